"""Sends spans by OTLP: to AWS X-Ray itself, signed with the task role, or to a collector, which heeds no signature."""

from __future__ import annotations

import threading
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
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from requests import PreparedRequest, Session
from requests.auth import AuthBase

from .sampling import CentralSampler
from .settings import TracingSettings
from .tracing import given_id

# Spans that wait to be sent. What doesn't fit is dropped: an answer never waits for its spans.
QUEUED_SPANS = 2048
EVERY_MILLISECONDS = 2000
# A request to X-Ray, and what the end of the process waits for the last ones: within the sixth of the stop timeout that
# the server leaves (server.py), 5 of 30 seconds.
EXPORT_SECONDS = 3.0
FLUSH_SECONDS = 2.0


class _Signed(AuthBase):
    def __init__(self, credentials: Credentials, region: str) -> None:
        self._signer = SigV4Auth(credentials, "xray", region)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        signed = AWSRequest(request.method, request.url, data=request.body)
        self._signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


class _LoadBalancerIds(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        return given_id.get() or super().generate_trace_id()


def start(settings: TracingSettings, region: str) -> Callable[[], None]:
    """Send spans from now on; returns what ends it, and waits no longer than FLUSH_SECONDS for the last ones.

    Raises ValueError without AWS credentials.
    """
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise ValueError("no AWS credentials were found")
    session = Session()
    session.auth = _Signed(credentials, region)
    exporter = OTLPSpanExporter(
        endpoint=settings.endpoint, timeout=EXPORT_SECONDS, compression=Compression.Gzip, session=session
    )
    by_rules, by_share = CentralSampler, TraceIdRatioBased
    provider = TracerProvider(
        resource=Resource({"service.name": settings.service, "cloud.provider": "aws", "cloud.region": region}),
        sampler=by_rules(settings.rules, settings.service) if settings.rules else by_share(settings.ratio),
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
        last.join(FLUSH_SECONDS)

    return stop
