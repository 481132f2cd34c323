"""Spans of an OTLP request in the form in which CloudWatch keeps them, and the limits of X-Ray's endpoint."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from local_aws.traffic.doors.asgi import AwsError

# CloudWatch user guide, "OTLP Endpoints", "Endpoint limits and restrictions". Megabytes are taken as the smaller ones.
MAX_REQUEST_BYTES = 5_000_000
MAX_SPANS = 10_000
MAX_SPAN_BYTES = 200_000
MAX_FUTURE_SECONDS = 2 * 3600
MAX_AGE_SECONDS = 14 * 24 * 3600
MAX_GAP_SECONDS = 24 * 3600

JSON, PROTOBUF = "application/json", "application/x-protobuf"
INVALID = "InvalidRequestException"
_SECOND = 1_000_000_000
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8

# One span as a line of the log group `aws/spans`.
Record = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Spans of one request that are taken, how many are not, and why not."""

    records: tuple[Record, ...]
    rejected: int = 0
    why: str = ""


def read_request(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """Read an unpacked body; raises AwsError (400) where it isn't what its type says."""
    request = ExportTraceServiceRequest()
    try:
        if content_type == JSON:
            json_format.Parse(body, request, ignore_unknown_fields=True)
            _ids_from_hex(request)
        else:
            request.ParseFromString(body)
    except (DecodeError, json_format.ParseError, ValueError) as problem:
        raise AwsError(400, INVALID, f"the body is no ExportTraceServiceRequest: {problem}") from None
    return request


def read_batch(request: ExportTraceServiceRequest, now: float) -> Batch:
    """The spans of a request, judged at `now` (seconds since the epoch).

    Too many spans or times out of bounds refuse the request (AwsError, 400); a span that is too large or without valid
    ids is left out by itself.
    """
    spans = [span for _, _, span in _spans(request)]
    if len(spans) > MAX_SPANS:
        raise AwsError(400, INVALID, f"{len(spans)} spans in one request; the limit is {MAX_SPANS}")
    _check_times(spans, now)
    records: list[Record] = []
    refusals: list[str] = []
    for resource, scope, span in _spans(request):
        if why := _refusal(span):
            refusals.append(why)
        else:
            records.append(_record(resource, scope, span))
    return Batch(tuple(records), len(refusals), "; ".join(dict.fromkeys(refusals)))


def trace_ids(request: ExportTraceServiceRequest) -> frozenset[str]:
    """Ids of the traces that a request has spans of."""
    return frozenset(span.trace_id.hex() for _, _, span in _spans(request))


def _spans(request: ExportTraceServiceRequest) -> Iterator[tuple[Any, Any, Span]]:
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield of_resource.resource, of_scope.scope, span


def _check_times(spans: Iterable[Span], now: float) -> None:
    starts = [span.start_time_unix_nano / _SECOND for span in spans]
    if not starts:
        return
    if max(starts) > now + MAX_FUTURE_SECONDS or min(starts) < now - MAX_AGE_SECONDS:
        raise AwsError(400, INVALID, "a span starts more than 2 hours in the future or more than 14 days in the past")
    if max(starts) - min(starts) > MAX_GAP_SECONDS:
        raise AwsError(400, INVALID, "more than 24 hours lie between the spans of one request")


def _refusal(span: Span) -> str:
    if span.ByteSize() > MAX_SPAN_BYTES:
        return f"a span is larger than {MAX_SPAN_BYTES} bytes"
    ids = ((span.trace_id, _TRACE_ID_BYTES), (span.span_id, _SPAN_ID_BYTES))
    return "" if all(len(id_) == size and any(id_) for id_, size in ids) else "a span has no valid ids"


def _record(resource: Any, scope: Any, span: Span) -> Record:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    parent = {"parentSpanId": span.parent_span_id.hex()} if span.parent_span_id else {}
    told = {"message": span.status.message} if span.status.message else {}
    named = {"name": scope.name} | ({"version": scope.version} if scope.version else {})
    events = [
        {"timeUnixNano": each.time_unix_nano, "name": each.name, "attributes": _attributes(each.attributes)}
        for each in span.events
    ]
    return {
        "resource": {"attributes": _attributes(resource.attributes)},
        "scope": named,
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        **parent,
        "flags": span.flags,
        "name": span.name,
        "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        "startTimeUnixNano": start,
        "endTimeUnixNano": end,
        "durationNano": end - start,
        "attributes": _attributes(span.attributes),
        **({"events": events} if events else {}),
        "status": {"code": Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"), **told},
    }


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {each.key: _value(each.value) for each in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(value, kind)
    match kind:
        case "array_value":
            return [_value(each) for each in found.values]
        case "kvlist_value":
            return _attributes(found.values)
        case "bytes_value":
            return base64.b64encode(found).decode()
    return found


def _ids_from_hex(request: ExportTraceServiceRequest) -> None:
    """Ids are hexadecimal in OTLP's JSON, which protobuf's own JSON reads as base64."""
    for _, _, span in _spans(request):
        for holder in (span, *span.links):
            for name in ("trace_id", "span_id", "parent_span_id"):
                if hasattr(holder, name):
                    given = base64.b64encode(getattr(holder, name)).decode()
                    setattr(holder, name, bytes.fromhex(given))
