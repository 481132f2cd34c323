"""X-Ray's OTLP endpoint: takes spans by HTTP from whoever may send them, where Transaction Search is on."""

from __future__ import annotations

import gzip
import io
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace

from botocore.exceptions import ClientError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from local_aws.traffic.doors.asgi import AwsError, Call, Closed, Door, Reply, RoadOf, unknown
from local_aws.traffic.doors.authorization import require
from local_aws.traffic.doors.identity import Identity
from local_aws.traffic.doors.span_log import GROUP, STREAM, SpanBook, write_spans
from local_aws.traffic.doors.spans import (
    INVALID,
    JSON,
    MAX_REQUEST_BYTES,
    PROTOBUF,
    Batch,
    read_batch,
    read_request,
    trace_ids,
)
from local_aws.traffic.road import Road, RoadBook, SharedRoad
from local_aws.traffic.world import World

_HOP = "traces"
_XRAY = "xray.amazonaws.com"
_DESTINATION = "CloudWatchLogs"
# AWS's words: CloudWatch user guide, "Troubleshooting" of OpenTelemetry.
NO_DESTINATION = "The OTLP API is supported with CloudWatch Logs as a Trace Segment Destination."
# gRPC's codes, which OTLP's errors carry beside HTTP's.
_CODES = {400: 3, 401: 16, 403: 7, 413: 3, 415: 3, 501: 12, 503: 14}
_UNKNOWN_CODE = 2


class TracesDoor(Door):
    """ASGI application of `POST /v1/traces`. `book` holds the spans of the last traces.

    Spans are kept and written where X-Ray may write the log group `aws/spans`; where it may not they are accepted and
    lost, as with AWS. Roads of requests are found by the trace ids of their spans.
    """

    def __init__(
        self,
        world: World,
        identity: Identity,
        roads: RoadBook | None = None,
        *,
        road_of: RoadOf | None = None,
        closed: Closed | None = None,
    ) -> None:
        self._roads = roads or RoadBook()
        super().__init__(self._roads, road_of, closed)
        self._world, self._identity = world, identity
        self.book = SpanBook()

    async def answer(self, call: Call) -> Reply:
        if (call.method, call.path) != ("POST", "/v1/traces"):
            raise unknown(f"{call.method} {call.path} of X-Ray")
        read = _read(call)
        call = replace(call, road=SharedRoad(self._roads_of(read)))
        await require(self._identity, call, "xray:PutSpans", "*")
        region = call.region or self._world.region
        try:
            if not await self._is_on(region):
                raise AwsError(400, INVALID, NO_DESTINATION)
            if isinstance(read, AwsError):
                raise read
            batch = read_batch(read, time.time())
        except AwsError as refusal:
            call.road.step(_HOP, "X-Ray's OTLP endpoint", f"refused: {refusal.message}", refused=True)
            raise
        await self._take(call, region, batch)
        answer, kind = ExportTraceServiceResponse(), _media_type(call.headers)
        if batch.rejected:
            answer.partial_success.rejected_spans = batch.rejected
            answer.partial_success.error_message = batch.why
        return Reply(200, _encoded(answer, kind), (("content-type", kind),))

    def refusal(self, error: AwsError, headers: Mapping[str, str]) -> Reply:
        """OTLP's errors are a google.rpc.Status in the form of the request."""
        code = _CODES.get(error.status, _UNKNOWN_CODE)
        in_json = _media_type(headers) == JSON
        body = json.dumps({"code": code, "message": error.message}).encode() if in_json else _status(code, error)
        kind = JSON if in_json else PROTOBUF
        return Reply(error.status, body, (("content-type", kind), ("x-amzn-errortype", error.code)))

    def _roads_of(self, read: ExportTraceServiceRequest | AwsError) -> list[Road]:
        ids = () if isinstance(read, AwsError) else trace_ids(read)
        return [road for each in ids if (road := self._roads.of_trace(each))]

    async def _is_on(self, region: str) -> bool:
        """Whether traces go to CloudWatch Logs. Where the emulated X-Ray doesn't say so, they don't."""
        xray = self._world.client("xray", region)
        try:
            told = await self._world.ask(f"trace segment destination {region}", xray.get_trace_segment_destination)
        except ClientError:
            return False
        return (told.get("Destination"), told.get("Status")) == (_DESTINATION, "ACTIVE")

    async def _take(self, call: Call, region: str, batch: Batch) -> None:
        account = self._world.account_id
        log = f"arn:aws:logs:{region}:{account}:log-group:{GROUP}:log-stream:{STREAM}"
        source = f"arn:aws:xray:{region}:{account}:*"
        may = await self._identity.service_may(_XRAY, "logs:PutLogEvents", log, source)
        traces = len({each["traceId"] for each in batch.records})
        taken = f"spans: {len(batch.records)}, traces: {traces}"
        left_out = f"; left out: {batch.rejected} ({batch.why})" if batch.rejected else ""
        if not may.allowed:
            call.road.step(_HOP, may.decided, f"accepted and lost: {taken}; {may.reason}", refused=True)
            return
        if batch.records:
            await write_spans(self._world, region, batch.records)
            self.book.add(batch.records)
        call.road.step(_HOP, may.decided, f"{taken} to {GROUP}{left_out}", refused=bool(batch.rejected))


def _read(call: Call) -> ExportTraceServiceRequest | AwsError:
    """The spans of a request, or what is wrong with it: that is told after who may send any."""
    try:
        kind = _content_type(call.headers)
        return read_request(_unpacked(call), kind)
    except AwsError as refusal:
        return refusal


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _content_type(headers: Mapping[str, str]) -> str:
    kind = _media_type(headers)
    if kind not in (JSON, PROTOBUF):
        raise AwsError(415, INVALID, f"a payload of the type {kind!r}; accepted: {PROTOBUF}, {JSON}")
    return kind


def _unpacked(call: Call) -> bytes:
    encoding = call.headers.get("content-encoding", "").strip().lower()
    body = call.body
    if encoding == "gzip":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(call.body)) as packed:
                body = packed.read(MAX_REQUEST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as problem:
            raise AwsError(400, INVALID, f"the body is no gzip: {problem}") from None
    elif encoding not in ("", "identity"):
        raise AwsError(415, INVALID, f"a payload compressed by {encoding}; accepted: gzip, none")
    if len(body) > MAX_REQUEST_BYTES:
        raise AwsError(413, INVALID, f"the request has more than {MAX_REQUEST_BYTES} bytes")
    return body


def _encoded(answer: ExportTraceServiceResponse, kind: str) -> bytes:
    if kind == PROTOBUF:
        return bytes(answer.SerializeToString())
    partial = answer.partial_success
    told = {"rejectedSpans": str(partial.rejected_spans), "errorMessage": partial.error_message}
    return json.dumps({"partialSuccess": told} if partial.rejected_spans else {}).encode()


def _status(code: int, error: AwsError) -> bytes:
    """A google.rpc.Status: code (field 1) and message (field 2), of which no library here has the type."""
    text = error.message.encode()
    return b"\x08" + _varint(code) + b"\x12" + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes((low | 0x80,)) + _varint(rest) if rest else bytes((low,))
