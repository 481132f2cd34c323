"""X-Ray's OTLP endpoint: real exporters of OpenTelemetry, and what AWS refuses."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import requests
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from local_aws import Endpoint
from local_aws.endpoint import PLANE_AGENT
from local_aws.traffic.doors import Identity, TracesDoor
from local_aws.traffic.doors.span_log import KEPT_SPANS, KEPT_TRACES, SpanBook, write_spans
from local_aws.traffic.doors.spans import MAX_REQUEST_BYTES, MAX_SPAN_BYTES, MAX_SPANS, read_batch
from local_aws.traffic.doors.traces import NO_DESTINATION
from local_aws.traffic.road import RoadBook
from local_aws.traffic.world import World
from tests.local_aws.traffic.doors.conftest import ACCOUNT, KEY_ID, REGION, ROLE, Answered, SmallWorld, send

NOW = time.time_ns()
PROTOBUF = "application/x-protobuf"
TRACE = "6a0c3f7d1b2e4a5968778695a4b3c2d1"
WRITES = {
    "Effect": "Allow",
    "Principal": {"Service": "xray.amazonaws.com"},
    "Action": "logs:PutLogEvents",
    "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:aws/spans:*",
    "Condition": {
        "ArnLike": {"aws:SourceArn": f"arn:aws:xray:{REGION}:{ACCOUNT}:*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    },
}


class _Signed(requests.Session):
    """Signs as the AWS SDKs do, for the service of OTLP's endpoint."""

    def request(self, method: Any, url: Any, *given: Any, **more: Any) -> requests.Response:
        asked = AWSRequest(method, url, data=more.get("data"), headers={**self.headers, **more["headers"]})
        SigV4Auth(Credentials(KEY_ID, "a task's"), "xray", REGION).add_auth(asked)
        return super().request(method, url, *given, **{**more, "headers": dict(asked.headers)})


@pytest.fixture
def spans_world(world: SmallWorld) -> SmallWorld:
    """Transaction Search is on, X-Ray may write, and the task may send."""
    world.destination = {"Destination": "CloudWatchLogs", "Status": "ACTIVE"}
    world.log_policies = [json.dumps({"Version": "2012-10-17", "Statement": [WRITES]})]
    world.allow({"Effect": "Allow", "Action": "xray:PutSpans", "Resource": "*"})
    return world


@pytest.fixture
def roads() -> RoadBook:
    """Roads of a request that is traced, and of one after it."""
    book = RoadBook()
    book.open("r").trace_id = TRACE
    book.open("later").trace_id = "f" * 32
    return book


@pytest.fixture
def door(spans_world: SmallWorld, roads: RoadBook) -> TracesDoor:
    identity = Identity(spans_world)
    identity.enrol(KEY_ID, ROLE, "task-1")
    return TracesDoor(spans_world, identity, roads)


@pytest.fixture
def address(door: TracesDoor) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(door, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/traces"
    server.should_exit = True
    thread.join(10)


def batch(*names: str, start: int = NOW, trace: str = TRACE, **attributes: str) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    of_scope = request.resource_spans.add().scope_spans.add()
    for at, name in enumerate(names):
        span = of_scope.spans.add(
            trace_id=bytes.fromhex(trace),
            span_id=(at + 1).to_bytes(8, "big"),
            name=name,
            start_time_unix_nano=start + at,
            end_time_unix_nano=start + at + 5_000_000,
        )
        for key, value in attributes.items():
            span.attributes.add(key=key).value.string_value = value
    return request


@pytest.fixture
def post(door: TracesDoor) -> Callable[..., Answered]:
    def call(body: ExportTraceServiceRequest | bytes, **options: Any) -> Answered:
        content = body if isinstance(body, bytes) else body.SerializeToString()
        given = {"service": "xray", "content_type": PROTOBUF, **options}
        return asyncio.run(send(door, "POST", "/v1/traces", content, **given))

    return call


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_spans_of_the_real_exporter_are_kept_and_written_as_cloudwatch_does(
    spans_world: SmallWorld, door: TracesDoor, address: str, compression: Compression
) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "chat", "cloud.platform": "aws_ecs"}))
    exporter = OTLPSpanExporter(address, session=_Signed(), compression=compression)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("sitechat", "1")
    told: dict[str, Any] = {"hits": 3, "took": 1.5, "names": ["a"]}
    with (
        tracer.start_as_current_span("POST /api/chat", kind=SpanKind.SERVER) as root,
        tracer.start_as_current_span("search", attributes=told) as inner,
    ):
        inner.set_status(StatusCode.ERROR, "no domain")
    trace_id = f"{root.get_span_context().trace_id:032x}"

    outer, search = door.book.trace(trace_id)
    assert (outer["name"], outer["kind"], outer["status"]) == ("POST /api/chat", "SERVER", {"code": "UNSET"})
    assert "parentSpanId" not in outer
    assert (search["parentSpanId"], search["kind"]) == (outer["spanId"], "INTERNAL")
    assert search["status"] == {"code": "ERROR", "message": "no domain"}
    assert search["attributes"] == told
    assert search["scope"] == {"name": "sitechat", "version": "1"}
    assert search["resource"]["attributes"]["service.name"] == "chat"
    assert search["durationNano"] == search["endTimeUnixNano"] - search["startTimeUnixNano"] > 0
    assert [json.loads(line) for line in spans_world.written["aws/spans"]] == [search, outer]


def test_the_real_exporter_is_told_of_a_refusal(spans_world: SmallWorld, door: TracesDoor, address: str) -> None:
    spans_world.roles["chat-task"].clear()
    provider = TracerProvider()
    exporter = OTLPSpanExporter(address, session=_Signed())
    results: list[SpanExportResult] = []
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span: Any = provider.get_tracer("t").start_span("s")
    span.end()
    results.append(exporter.export([span]))
    assert results == [SpanExportResult.FAILURE]
    assert door.book.trace(f"{span.get_span_context().trace_id:032x}") == []


def test_whoever_may_not_put_spans_is_refused_in_otlps_form(
    spans_world: SmallWorld, post: Callable[..., Answered]
) -> None:
    spans_world.roles["chat-task"].clear()
    refused = post(batch("a"))
    assert (refused.status, refused.headers["content-type"]) == (403, PROTOBUF)
    assert refused.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert refused.body.startswith(b"\x08\x07\x12")
    assert b"xray:PutSpans" in refused.body
    in_json = post(b"{}", content_type="application/json")
    assert (in_json.status, in_json.json()["code"]) == (403, 7)


@pytest.mark.parametrize(
    "destination",
    [{}, {"Destination": "XRay", "Status": "ACTIVE"}, {"Destination": "CloudWatchLogs", "Status": "PENDING"}],
)
def test_without_transaction_search_nothing_is_taken(
    spans_world: SmallWorld, post: Callable[..., Answered], roads: RoadBook, destination: dict[str, str]
) -> None:
    spans_world.destination = destination
    refused = post(batch("a"))
    assert (refused.status, refused.headers["x-amzn-errortype"]) == (400, "InvalidRequestException")
    assert NO_DESTINATION.encode() in refused.body
    assert NO_DESTINATION in roads.open("r").steps[-1].did


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [json.dumps({"Statement": [{**WRITES, "Principal": {"Service": "delivery.logs.amazonaws.com"}}]})],
        [json.dumps({"Statement": {**WRITES, "Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}})],
        [json.dumps({"Statement": [{**WRITES, "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/x:*"}]})],
    ],
)
def test_where_x_ray_may_not_write_spans_are_accepted_and_lost(
    spans_world: SmallWorld,
    door: TracesDoor,
    post: Callable[..., Answered],
    roads: RoadBook,
    policies: list[str],
) -> None:
    spans_world.log_policies = policies
    assert post(batch("a", "b")).status == 200
    assert (door.book.trace(TRACE), spans_world.written) == ([], {})
    said = roads.open("r").steps[-1]
    assert said.refused
    assert "accepted and lost: spans: 2" in said.did


def test_what_became_of_spans_is_on_the_road_of_their_own_request(
    post: Callable[..., Answered], roads: RoadBook, spans_world: SmallWorld
) -> None:
    post(batch("a", "b"))
    said = [(step.hop, step.did, step.refused) for step in roads.open("r").steps]
    assert said == [
        ("identity", "allowed xray:PutSpans on *", False),
        ("traces", "spans: 2, traces: 1 to aws/spans", False),
    ]
    assert roads.open("later").steps == []
    both = batch("a")
    both.MergeFrom(batch("b", trace="f" * 32))
    spans_world.roles["chat-task"].clear()
    post(both)
    assert [roads.open(each).steps[-1].did for each in ("r", "later")] == ["refused xray:PutSpans on *"] * 2


def test_sizes_and_numbers_above_the_limits_are_refused(post: Callable[..., Answered], door: TracesDoor) -> None:
    assert post(b"\0" * (MAX_REQUEST_BYTES + 1)).status == 413
    assert post(gzip.compress(b"\0" * (MAX_REQUEST_BYTES + 1)), encoding="gzip").status == 413
    assert post(batch(*("s" for _ in range(MAX_SPANS + 1)))).status == 400
    assert door.book.trace(TRACE) == []


@pytest.mark.parametrize("hours", [-15 * 24, 3])
def test_times_out_of_bounds_are_refused(post: Callable[..., Answered], hours: int) -> None:
    assert post(batch("a", start=NOW + hours * 3600 * 10**9)).status == 400


def test_a_day_between_spans_is_refused(post: Callable[..., Answered]) -> None:
    both = batch("a", start=NOW - 25 * 3600 * 10**9)
    both.MergeFrom(batch("b"))
    assert post(both).status == 400
    assert post(batch("a", start=NOW - 25 * 3600 * 10**9)).status == 200


def test_a_span_that_is_too_large_or_has_no_id_is_left_out_alone(
    post: Callable[..., Answered], door: TracesDoor
) -> None:
    mixed = batch("large", text="x" * MAX_SPAN_BYTES)
    mixed.MergeFrom(batch("kept"))
    mixed.MergeFrom(batch("nobody", trace="00" * 16))
    answered = post(mixed)
    told = ExportTraceServiceResponse.FromString(answered.body).partial_success
    assert (answered.status, told.rejected_spans) == (200, 2)
    assert "200000 bytes" in told.error_message
    assert [each["name"] for each in door.book.trace(TRACE)] == ["kept"]


@pytest.mark.parametrize("encoding", ["deflate", "zstd"])
def test_other_compressions_are_refused(post: Callable[..., Answered], encoding: str) -> None:
    refused = post(batch("a"), encoding=encoding)
    assert refused.status == 415
    assert b"gzip" in refused.body


def test_what_is_no_payload_is_refused(post: Callable[..., Answered]) -> None:
    assert post(batch("a"), content_type="text/plain").status == 415
    assert post(b"\xff\xff\xff").status == 400
    assert post(b"no gzip", encoding="gzip").status == 400
    assert post(b"[", content_type="application/json").status == 400


def test_json_has_ids_in_hexadecimal(post: Callable[..., Answered], door: TracesDoor) -> None:
    span = {
        "traceId": TRACE,
        "spanId": "00f067aa0ba902b7",
        "parentSpanId": "53995c3f42cd8ad8",
        "name": "said",
        "kind": 3,
        "startTimeUnixNano": str(NOW),
        "endTimeUnixNano": str(NOW + 7),
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    answered = post(json.dumps(body).encode(), content_type="application/json")
    assert (answered.status, answered.json()) == (200, {})
    (kept,) = door.book.trace(TRACE)
    assert {name: kept[name] for name in ("spanId", "parentSpanId", "kind", "durationNano")} == {
        "spanId": span["spanId"],
        "parentSpanId": span["parentSpanId"],
        "kind": "CLIENT",
        "durationNano": 7,
    }


def test_without_a_way_there_is_no_answer(spans_world: SmallWorld) -> None:
    book, asked = RoadBook(), []

    async def closed(key_id: str, service: str) -> str | None:
        asked.append(service)
        return "no route in rtb-1"

    door = TracesDoor(spans_world, Identity(spans_world), road_of=lambda key_id, headers: book.open("r"), closed=closed)

    async def given_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                send(door, "POST", "/v1/traces", batch("a").SerializeToString(), service="xray"), 0.05
            )

    asyncio.run(given_up())
    assert asked == ["xray"]
    (step,) = book.open("r").steps
    assert (step.decided, step.did, step.refused) == ("no route in rtb-1", "no way to xray: nothing answers", True)


def test_another_path_is_not_known(door: TracesDoor) -> None:
    assert asyncio.run(send(door, "POST", "/v1/metrics", b"", service="xray")).status == 501


def test_lines_are_in_the_emulated_log_group(endpoint: Endpoint) -> None:
    region = "eu-north-1"
    world = World(endpoint.url, endpoint.account_id, endpoint.region, PLANE_AGENT)
    records = read_batch(batch("first", "second"), time.time()).records
    for each in (records[:1], records[1:]):
        asyncio.run(write_spans(world, region, each))
    logs = boto3.client("logs", region, endpoint_url=endpoint.url, aws_access_key_id=ACCOUNT, aws_secret_access_key="x")
    found = logs.filter_log_events(logGroupName="aws/spans", logStreamNames=["default"])["events"]
    assert [json.loads(each["message"]) for each in found] == [*records]
    assert found[0]["timestamp"] == records[0]["endTimeUnixNano"] // 1_000_000


def _record(trace: int, start: int) -> dict[str, Any]:
    return {"traceId": f"{trace:032x}", "startTimeUnixNano": start}


def test_the_oldest_traces_are_forgotten_whole() -> None:
    book = SpanBook()
    for at in range(KEPT_TRACES + 1):
        book.add([_record(at, 2), _record(at, 1)])
    assert book.trace(f"{0:032x}") == []
    assert [each["startTimeUnixNano"] for each in book.trace(f"{1:032x}")] == [1, 2]
    book.add([_record(9999, at) for at in range(KEPT_SPANS + 10)])
    assert len(book.trace(f"{9999:032x}")) == KEPT_SPANS
    assert book.trace(f"{KEPT_TRACES:032x}") == []
