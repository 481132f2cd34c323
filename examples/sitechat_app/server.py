"""The HTTP server, which goes on accepting for a while after SIGTERM."""

from __future__ import annotations

import logging
import signal
import ssl
import time
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from .logs import log_event
from .settings import AppSettings

_CLOSE = (b"connection", b"close")


class Server(uvicorn.Server):
    """Server with a grace between SIGTERM and its last request.

    ECS may send SIGTERM before the load balancer knows of it, which sends requests on for some seconds; refused, they
    would be a 502 (aws/containers-roadmap#708). Meanwhile every answer closes its connection, so that the next request
    takes a new one, to another task. A second signal, or Ctrl-C, ends the grace at once.
    """

    def __init__(self, config: uvicorn.Config, *, grace_seconds: float) -> None:
        super().__init__(config)
        self._grace_seconds = grace_seconds
        self._last_accept: float | None = None
        self._announced = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and self._last_accept is None and self._grace_seconds > 0:
            self._last_accept = time.monotonic() + self._grace_seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._last_accept is not None:
            if not self._announced:
                self._announced = True
                log_event(logging.INFO, "stopping", grace_seconds=self._grace_seconds)
                self.config.encoded_headers.append(_CLOSE)
                self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
            if time.monotonic() >= self._last_accept and not self.should_exit:
                super().handle_exit(signal.SIGTERM, None)
        return await super().on_tick(counter)


def build_server(application: Starlette, settings: AppSettings, tls: ssl.SSLContext | None) -> Server:
    """The server of one application. After SIGTERM it has ended when five sixths of the stop timeout are over."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        loop=f"{__package__}.encryption:Loop" if tls else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_context_factory=(lambda *_: tls) if tls else None,
        # Above the load balancer's, or it sends a request into a connection we are just closing, and answers 502.
        timeout_keep_alive=settings.idle_timeout_seconds + 5,
        # Below ECS's, so that a stuck stream is cut by us, with a log line, and not by SIGKILL.
        timeout_graceful_shutdown=max(1, int(settings.stop_timeout_seconds * 5 / 6 - settings.stop_grace_seconds)),
    )
    return Server(config, grace_seconds=settings.stop_grace_seconds)
