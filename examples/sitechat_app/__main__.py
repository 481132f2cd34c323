"""`python -m sitechat_app`: read the settings, build the application, serve until told to stop."""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from types import FrameType

from . import settings as settings_module
from .answering import Answerer
from .application import build_application
from .chat import MAX_STREAMS, Chat
from .local import LocalIndex, LocalModel
from .logs import configure_logging, log_event
from .metrics import Metrics
from .revision import running_revision
from .server import build_server
from .settings import AppSettings, AwsSettings, SettingsError

NO_CREDENTIALS = "no AWS credentials were found (expected a task role)"


def build_answerer(settings: AppSettings) -> Answerer:
    """An answerer with the AWS services, or with their local stand-ins."""
    if settings.aws is not None:
        return _aws_answerer(settings.aws, settings.site_name)
    assert settings.local is not None
    model = LocalModel(
        first_token_seconds=settings.local.first_token_seconds, token_seconds=settings.local.token_seconds
    )
    return Answerer(LocalIndex(), model, settings.site_name)


def _aws_answerer(aws: AwsSettings, site_name: str) -> Answerer:
    # Imported here: loading the SDKs is most of the start-up time, and local mode has no use for them.
    from passages.embedding import Embedder

    from . import bedrock, pause, search

    runtime = bedrock.runtime_client(aws.region, MAX_STREAMS)
    model = bedrock.BedrockLanguageModel(runtime, model_id=aws.model_id, guardrail=aws.guardrail, site_name=site_name)
    if aws.search is None:
        return Answerer(None, model, site_name)
    try:
        opensearch = search.opensearch_client(aws.search.endpoint, aws.region, MAX_STREAMS)
    except ValueError:
        raise SettingsError(NO_CREDENTIALS) from None
    embedder = Embedder(runtime, model_id=aws.embedding_model_id)
    retriever = search.OpenSearchRetriever(opensearch, embedder, index=aws.search.index)
    switch = pause.PauseSwitch(pause.s3_client(aws.region), aws.paused_object) if aws.paused_object else None
    return Answerer(retriever, model, site_name, source_hosts=aws.source_hosts, paused=switch.is_on if switch else None)


def _traced(settings: AppSettings) -> Callable[[], None]:
    """Send spans, where they are asked for; returns what sends the last ones."""
    aws = settings.aws
    if aws is None or aws.tracing is None:
        return lambda: None
    # Imported here: only tracing needs OpenTelemetry's SDK.
    from .exporting import flush_seconds, start

    try:
        return start(aws.tracing, aws.region, wait_seconds=flush_seconds(settings.stop_timeout_seconds))
    except ValueError:
        raise SettingsError(NO_CREDENTIALS) from None


def _switched_off(aws: AwsSettings) -> list[str]:
    return [name for name, part in (("guardrail", aws.guardrail), ("search", aws.search)) if part is None]


def _listener(settings: AppSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.bind_address else socket.AF_INET
    try:
        return socket.create_server((settings.bind_address, settings.port), family=family, backlog=512)
    except OSError as error:
        raise SettingsError(f"can't listen on {settings.bind_address} port {settings.port}: {error.strerror}") from None


def _tls(settings: AppSettings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    # Imported here: only TLS needs the library.
    from .encryption import server_context

    try:
        return server_context()
    except OSError as error:
        raise SettingsError(f"SITECHAT_TLS is on, but no certificate can be made: {error.strerror}") from None


def _leave(_: int, __: FrameType | None) -> None:
    """Exit with 0: uvicorn finishes the running streams first and then raises the signal again, for this handler."""
    sys.exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    configure_logging("INFO")
    try:
        settings = settings_module.load_settings(os.environ)
        configure_logging(settings.log_level)
        chat = Chat(
            build_answerer(settings),
            session_key=settings.session_key,
            keepalive_seconds=settings.keepalive_seconds,
            metrics=Metrics(settings.metrics_namespace, settings.token_prices),
        )
        tls = _tls(settings)
        revision = running_revision(os.environ) if settings.aws else ""
        listener = _listener(settings)
        send_last_spans = _traced(settings)
    except SettingsError as error:
        log_event(logging.ERROR, f"cannot start: {error}")
        sys.exit(2)
    host, port = listener.getsockname()[:2]
    off = _switched_off(settings.aws) if settings.aws else []
    mode = "aws" if settings.aws else "local"
    log_event(logging.INFO, "listening", address=host, port=port, tls=settings.tls, mode=mode, off=off)
    try:
        build_server(build_application(chat, revision), settings, tls).run(sockets=[listener])
    finally:
        send_last_spans()


if __name__ == "__main__":
    main()
