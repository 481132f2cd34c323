"""CloudWatch alarms: ministack describes them fully in JSON but only in part in the XML that Terraform asks for.

So the shim asks in JSON and writes the answer as XML. Metric math and a few settings, which ministack forgets, are
kept here. The alarms and their state are ministack's; an alarm on metric math is never evaluated.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Item, Key, Shim

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
# Settings that ministack forgets, or fills with a default where AWS returns none.
_KEPT = (
    "Metrics",
    "ThresholdMetricId",
    "InsufficientDataActions",
    "EvaluateLowSampleCountPercentile",
    "Statistic",
    "Period",
    "MetricName",
    "Namespace",
)


class AlarmDescriptions(Shim):
    """PutMetricAlarm and DescribeAlarms in the query protocol; the rest is ministack's as it is."""

    service = "monitoring"

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[Key, Item] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if "json" in request.headers.get("content-type", ""):
            return None
        if request.operation == "PutMetricAlarm":
            sent = _nested(request.body)
            given = forward(request)
            if given.status < 300:
                self._settings[request.region, sent["AlarmName"]] = {name: sent.get(name) for name in _KEPT}
            return given
        return self._describe(request, forward) if request.operation == "DescribeAlarms" else None

    def _describe(self, request: Request, forward: Forward) -> Response:
        asked = {name: value for name, value in _nested(request.body).items() if name not in ("Action", "Version")}
        question = json.dumps(
            {**asked, **{name: int(asked[name]) for name in ("MaxRecords",) if name in asked}}
        ).encode()
        headers = {
            **request.headers,
            "content-type": "application/x-amz-json-1.0",
            "content-length": str(len(question)),
        }
        headers["x-amz-target"] = "GraniteServiceVersion20100801.DescribeAlarms"
        given = forward(replace(request, headers=headers, body=question))
        if given.status >= 300:
            return given
        found = json.loads(given.body)
        for alarm in found.get("MetricAlarms", []):
            alarm.update(self._settings.get((request.region, alarm["AlarmName"]), {}))
        result = f"<DescribeAlarmsResult>{_as_xml(found)}</DescribeAlarmsResult>"
        body = f'<DescribeAlarmsResponse xmlns="{_NAMESPACE}">{result}</DescribeAlarmsResponse>'
        return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _nested(form: bytes) -> Item:
    """The query protocol's flat names as an object: `Metrics.member.1.Id` becomes the Id of the first of Metrics."""
    root: Item = {}
    for name, values in parse_qs(form.decode("utf-8", "replace")).items():
        *parents, last = name.split(".")
        place = root
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = values[0]
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value.keys() == {"member"}:
        return [_lists(value["member"][number]) for number in sorted(value["member"], key=int)]
    return {name: _lists(inner) for name, inner in value.items()}


def _as_xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_as_xml(inner, key)}</{key}>" for key, inner in value.items() if inner is not None)
    if isinstance(value, list):
        return "".join(f"<member>{_as_xml(inner)}</member>" for inner in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp") and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return escape(str(value))
