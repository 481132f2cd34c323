"""Spans of each question, under the id that the load balancer gave it.

Without `exporting.start` they are OpenTelemetry's empty ones, and cost nothing. A span holds names, counts and fixed
words; never a question, an answer, a passage, a query string, an address, or an exception's message, which may quote
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answering import ServiceError

# The one address whose requests are traced: pages, files and health checks would be most of the spans, and say nothing.
TRACED = "/api/chat"

# Any other is the sender's word.
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
# X-Ray's form of an id of a trace: 1, the time, and 24 digits ("Tracing header", X-Ray developer guide).
_TRACE_ID = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})", re.IGNORECASE)
# What the load balancer calls the id of a request, its own and one that came from outside.
_IDS = ("Root", "Self")
# CloudFront's ids are letters, digits and three signs of Base64.
_CLOUDFRONT_ID = re.compile(r"[A-Za-z0-9_=-]{1,100}")
# The id of the trace that begins.
given_id: ContextVar[int | None] = ContextVar("given_id", default=None)

_tracer = trace.get_tracer("sitechat_app")


def trace_id_of(header: str) -> int | None:
    """The id that the load balancer gave a request in X-Amzn-Trace-Id; None where it says none.

    `Root` is the load balancer's own while nobody sent one. A `Root` that came from outside stands beside the load
    balancer's id in `Self`, and isn't believed: visitors could put all their questions into one trace, or choose ids
    that are always sampled.
    """
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    found = _TRACE_ID.fullmatch(fields.get("Self") or fields.get("Root", ""))
    return int(found[1] + found[2], 16) or None if found else None


def ids_of(header: str) -> str:
    """The ids in X-Amzn-Trace-Id, for the log; whatever else a visitor wrote into it is left out."""
    parts = (part.strip().partition("=") for part in header.split(";"))
    return ";".join(f"{name}={value}" for name, _, value in parts if name in _IDS and _TRACE_ID.fullmatch(value))[:200]


@contextmanager
def span(
    name: str, attributes: Mapping[str, AttributeValue] | None = None, *, kind: SpanKind = SpanKind.CLIENT
) -> Iterator[Span]:
    """A part of a question. An error of a service ends it with its code, any other with the error's type."""
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except ServiceError as error:
            current.set_status(Status(StatusCode.ERROR, error.code))
            raise
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


class Traced:
    """Wraps an application: a span around each question, under the load balancer's id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != TRACED:
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        attributes = {"http.request.method": method, "http.route": TRACED}
        # By this id CloudFront's log has the request.
        if _CLOUDFRONT_ID.fullmatch(cloudfront := headers.get(b"x-amz-cf-id", "")):
            attributes["aws.cloudfront.request_id"] = cloudfront
        given = given_id.set(trace_id_of(headers.get(b"x-amzn-trace-id", "")))
        try:
            with _tracer.start_as_current_span(
                f"{method} {TRACED}",
                kind=SpanKind.SERVER,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as current:
                try:
                    await self._app(scope, receive, _noting_status(send, current))
                except Exception as error:
                    current.set_status(Status(StatusCode.ERROR, type(error).__name__))
                    raise
        finally:
            given_id.reset(given)


def _noting_status(send: Send, current: Span) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            current.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                current.set_status(Status(StatusCode.ERROR))
        await send(message)

    return noting
