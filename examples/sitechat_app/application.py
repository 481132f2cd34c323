"""The ASGI application: routes, cache headers and one log line a request."""

from __future__ import annotations

import logging
import time
import uuid
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .chat import Chat
from .logs import log_event
from .revision import HEADER
from .tracing import Traced, ids_of

STATIC = Path(__file__).with_name("static")
# The files' names don't change with their content, so an hour is how long a visitor may see an old one.
STATIC_CACHE = "public, max-age=3600"
SAY_REVISION = ("/health", "/api/chat")


class RequestLog:
    """Gives a request an id, sends it back as `x-request-id`, and logs method, path, status and duration.

    Answers about health and questions say which `revision` gave them, where that is known: a release asks for it.
    Query strings, headers and addresses stay out of the log; so does the load balancer's health check below DEBUG.
    """

    def __init__(self, app: ASGIApp, revision: str = "") -> None:
        self._app = app
        self._said = [(HEADER.encode(), revision.encode())] if revision else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.monotonic(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                said = self._said if scope["path"] in SAY_REVISION else []
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *said]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            log_event(
                logging.DEBUG if scope["path"] == "/health" else logging.INFO,
                "request",
                request_id=request_id,
                trace=ids_of(Request(scope).headers.get("x-amzn-trace-id", "")),
                method=scope["method"],
                path=scope["path"][:200],
                status=status,
                duration_ms=round((time.monotonic() - started) * 1000),
            )


class CachedFiles(StaticFiles):
    """Static files that CloudFront and browsers may keep."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = STATIC_CACHE
        return response


async def health(_: Request) -> Response:
    """Health of the process alone: with dependencies in it, one that is slow would get every task replaced."""
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


async def page(_: Request) -> Response:
    """The page at `/`, for a load balancer alone, and at `/index.html`, CloudFront's default root object."""
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})


async def http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = {"error": {"code": f"http_{error.status_code}", "message": error.detail}}
    return JSONResponse(body, error.status_code, headers={**(error.headers or {}), "cache-control": "no-store"})


def build_application(chat: Chat, revision: str = "") -> Starlette:
    """Build the application around one chat endpoint; `revision` is what its answers say they come from."""
    return Starlette(
        routes=[
            Route("/", page),
            Route("/index.html", page),
            Route("/health", health),
            Route("/api/chat", chat.endpoint, methods=["POST"]),
            Mount("/static", CachedFiles(directory=STATIC)),
        ],
        # The span is the outer one, so that the request's log line has its id.
        middleware=[Middleware(Traced), Middleware(RequestLog, revision=revision)],
        exception_handlers={HTTPException: http_error},
    )
