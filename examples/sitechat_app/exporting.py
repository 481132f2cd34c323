"""Sends spans by OTLP: to AWS X-Ray itself, signed with the task role, or to a collector, which heeds no signature."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from requests import PreparedRequest, Session
from requests.auth import AuthBase

from .sampling import CentralSampler
from .settings import TracingSettings
from .tracing import given_id

# Spans that wait to be sent. What doesn't fit is dropped: an answer never waits for its spans.
QUEUED_SPANS = 2048
EVERY_MILLISECONDS = 2000
# A request to X-Ray, and what the end of the process waits for the last ones at most.
EXPORT_SECONDS = 3.0
FLUSH_SECONDS = 2.0
# An address that takes no spans would otherwise have one line, or two, for every request to it.
LOGGED_EVERY_SECONDS = 60.0
_EXPORTER = logging.getLogger(OTLPSpanExporter.__module__)


class _Signed(AuthBase):
    def __init__(self, credentials: Credentials, region: str) -> None:
        self._signer = SigV4Auth(credentials, "xray", region)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


class Seldom(logging.Filter):
    """Lets a message of one form through once in LOGGED_EVERY_SECONDS, whatever it says of the single case."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._logged: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        form, now = str(record.msg), self._clock()
        if now - self._logged.get(form, -LOGGED_EVERY_SECONDS) < LOGGED_EVERY_SECONDS:
            return False
        self._logged[form] = now
        return True


class _LoadBalancerIds(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        return given_id.get() or super().generate_trace_id()


def sampler_of(settings: TracingSettings) -> Sampler:
    """What decides once, at a question's own span: a rate that changes meanwhile leaves no trace half sent."""
    if settings.rules:
        return ParentBased(CentralSampler(settings.rules, settings.service))
    return ParentBased(TraceIdRatioBased(settings.ratio))


def flush_seconds(stop_timeout_seconds: int) -> float:
    """What the end may wait: within the sixth of the stop timeout that the server leaves (server.py)."""
    return min(FLUSH_SECONDS, stop_timeout_seconds / 6)


def start(settings: TracingSettings, region: str, *, wait_seconds: float) -> Callable[[], None]:
    """Send spans from now on; returns what ends it, and waits no longer than `wait_seconds` for the last ones.

    Raises ValueError without AWS credentials.
    """
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise ValueError("no AWS credentials were found")
    session = Session()
    session.auth = _Signed(credentials, region)
    _EXPORTER.addFilter(Seldom())
    exporter = OTLPSpanExporter(
        endpoint=settings.endpoint, timeout=EXPORT_SECONDS, compression=Compression.Gzip, session=session
    )
    provider = TracerProvider(
        resource=Resource({"service.name": settings.service, "cloud.provider": "aws", "cloud.region": region}),
        sampler=sampler_of(settings),
        id_generator=_LoadBalancerIds(),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=QUEUED_SPANS, schedule_delay_millis=EVERY_MILLISECONDS)
    )
    trace.set_tracer_provider(provider)

    def stop() -> None:
        # A thread of its own, because the SDK's shutdown waits for a request under way and its retries.
        last = threading.Thread(target=provider.shutdown, daemon=True, name="last spans")
        last.start()
        last.join(wait_seconds)

    return stop
