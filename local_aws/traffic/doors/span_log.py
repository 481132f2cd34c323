"""Spans that were taken: the last traces in memory, and all of them in the log group `aws/spans`."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from local_aws.traffic.doors.spans import Record
from local_aws.traffic.world import World

GROUP, STREAM = "aws/spans", "default"
KEPT_TRACES, KEPT_SPANS = 200, 1000
_NANO_TO_MS = 1_000_000


class SpanBook:
    """Spans of the last traces by trace id; whole traces are forgotten, the oldest first."""

    def __init__(self) -> None:
        self._traces: OrderedDict[str, list[Record]] = OrderedDict()

    def add(self, records: Sequence[Record]) -> None:
        """Keep spans. Of a trace that is larger than all that is kept, the first spans stay."""
        for record in records:
            spans = self._traces.setdefault(record["traceId"], [])
            if len(spans) < KEPT_SPANS:
                spans.append(record)
            while len(self._traces) > KEPT_TRACES or sum(map(len, self._traces.values())) > KEPT_SPANS:
                self._traces.popitem(last=False)

    def trace(self, trace_id: str) -> list[Record]:
        """Spans of a trace in order of their start."""
        return sorted(self._traces.get(trace_id, ()), key=lambda each: int(each["startTimeUnixNano"]))


async def write_spans(world: World, region: str, records: Sequence[Record]) -> None:
    """Write each span as a line of `aws/spans`, which the service makes when the first ones come."""
    await asyncio.to_thread(_write, world.client("logs", region), records)


def _write(logs: Any, records: Sequence[Record]) -> None:
    in_order = sorted(records, key=lambda each: int(each["endTimeUnixNano"]))
    events = [
        {"timestamp": each["endTimeUnixNano"] // _NANO_TO_MS, "message": json.dumps(each, separators=(",", ":"))}
        for each in in_order
    ]
    put = {"logGroupName": GROUP, "logStreamName": STREAM, "logEvents": events}
    try:
        logs.put_log_events(**put)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=GROUP)
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        logs.put_log_events(**put)
