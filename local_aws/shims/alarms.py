"""CloudWatch alarms: ministack forgets metric math and some settings, evaluates alarms by a rule of its own
whenever a metric is written, whatever their dimensions and periods, and tells topics of it in a form of its own.

So it gets alarms without their metric and their actions, which are kept here: nothing but SetAlarmState changes a
state. The data plane calls that (local_aws/traffic/metrics); without it alarms keep their state. Requests in CBOR,
which the provider doesn't send, pass this by.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode
from xml.sax.saxutils import escape

from local_aws.messages import Request, Response, json_response
from local_aws.shims.alarm_functions import event, functions, may_call
from local_aws.shims.alarm_messages import message, topics
from local_aws.shims.base import Forward, Item, Key, Shim

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_TARGET = "GraniteServiceVersion20100801."
# What ministack doesn't get: it evaluates alarms that have a metric, and informs topics of those that have actions.
_WITHHELD = ("MetricName", "Namespace", "ActionsEnabled")
# Settings that ministack forgets or doesn't get, or fills with a default where AWS returns none.
_KEPT = (
    *_WITHHELD,
    "Metrics",
    "ThresholdMetricId",
    "InsufficientDataActions",
    "EvaluateLowSampleCountPercentile",
    "Statistic",
    "Period",
)


class AlarmDescriptions(Shim):
    """The operations on alarms; metrics and dashboards are ministack's as they are."""

    service = "monitoring"

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[Key, Item] = {}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        match request.operation:
            case "PutMetricAlarm":
                return self._put(request, forward)
            case "DescribeAlarms":
                return self._describe(request, forward)
            case "DescribeAlarmsForMetric":
                return self._describe_for_metric(request, forward)
            case "SetAlarmState":
                return self._set_state(request, forward)
            case "EnableAlarmActions" | "DisableAlarmActions":
                return self._switch(request, enabled=request.operation.startswith("Enable"))
        return None

    def _put(self, request: Request, forward: Forward) -> Response:
        sent = _sent(request)
        given = forward(_without_metric(request))
        if given.status < 300:
            kept = {"ActionsEnabled": True, **{name: sent.get(name) for name in _KEPT if name in sent}}
            self._settings[request.region, sent["AlarmName"]] = {**dict.fromkeys(_KEPT), **kept}
        return given

    def _describe(self, request: Request, forward: Forward) -> Response:
        given, found = self._found(request, forward, _sent(request))
        return given if found is None else _answered(request, found)

    def _describe_for_metric(self, request: Request, forward: Forward) -> Response:
        wanted = _sent(request)
        given, found = self._found(request, forward, {"AlarmTypes": ["MetricAlarm"], "MaxRecords": 100})
        if found is None:
            return given
        alarms = [each for each in found["MetricAlarms"] if _watches(each, wanted)]
        return _answered(request, {"MetricAlarms": alarms})

    def _set_state(self, request: Request, forward: Forward) -> Response:
        sent = _sent(request)
        _, found = self._found(request, forward, {"AlarmNames": [sent["AlarmName"]]})
        given = forward(request)
        alarms = (found or {}).get("MetricAlarms", [])
        if given.status < 300 and alarms and alarms[0]["StateValue"] != sent["StateValue"]:
            self._tell(request, forward, alarms[0], sent)
        return given

    def _tell(self, request: Request, forward: Forward, alarm: Item, sent: Item) -> None:
        subject, text = message(alarm, sent["StateValue"], sent.get("StateReason", ""), request.region, time.time())
        for topic in topics(alarm, sent["StateValue"]):
            form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Subject": subject}
            _, _, _, region, account, _ = topic.split(":")
            scope = f"{account}/20260101/{region}/sns/aws4_request"
            content = urlencode({**form, "Message": text}).encode()
            headers = {**_signed(request, scope), "content-type": "application/x-www-form-urlencoded"}
            headers["content-length"] = str(len(content))
            forward(Request("POST", "/", headers, "sns", region, content))
        for function in functions(alarm, sent["StateValue"]):
            self._call(request, forward, function, alarm, sent)

    def _call(self, request: Request, forward: Forward, function: str, alarm: Item, sent: Item) -> None:
        """Call a function as CloudWatch does: asynchronously, and where its policy lets it."""
        _, _, _, region, account, _, name = function.split(":")
        signed = _signed(request, f"{account}/20260101/{region}/lambda/aws4_request")
        path = f"/2015-03-31/functions/{name}"
        found = forward(Request("GET", f"{path}/policy", signed, "lambda", region))
        policy = json.loads(json.loads(found.body).get("Policy", "{}")) if found.status < 300 else {}
        if not may_call(policy, alarm["AlarmArn"]):
            return
        content = event(alarm, sent["StateValue"], sent.get("StateReason", ""), request.region, time.time()).encode()
        headers = {**signed, "content-type": "application/json", "content-length": str(len(content))}
        headers["x-amz-invocation-type"] = "Event"
        forward(Request("POST", f"{path}/invocations", headers, "lambda", region, content))

    def _switch(self, request: Request, *, enabled: bool) -> Response | None:
        keys = [(request.region, name) for name in _sent(request).get("AlarmNames") or []]
        if any(key not in self._settings for key in keys):
            return None  # composite alarms, which are ministack's
        for key in keys:
            self._settings[key]["ActionsEnabled"] = enabled
        return _answered(request, {})

    def _found(self, request: Request, forward: Forward, asked: Item) -> tuple[Response, Item | None]:
        """ministack's answer to DescribeAlarms, and it with what is kept here; None for an error."""
        content = json.dumps(
            {name: value for name, value in asked.items() if name not in ("Action", "Version")}
        ).encode()
        headers = {**request.headers, "content-type": "application/x-amz-json-1.0", "content-length": str(len(content))}
        headers["x-amz-target"] = f"{_TARGET}DescribeAlarms"
        given = forward(replace(request, headers=headers, body=content))
        if given.status >= 300:
            return given, None
        found = json.loads(given.body)
        for alarm in found.get("MetricAlarms", []):
            alarm.update(self._settings.get((request.region, alarm["AlarmName"]), {}))
            for name in [name for name, value in alarm.items() if value is None]:
                del alarm[name]
        return given, found


def _signed(request: Request, scope: str) -> dict[str, str]:
    """Headers of a request of CloudWatch's own to another service of the emulated AWS."""
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return {"authorization": authorization, "host": request.headers.get("host", "")}


def _is_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "")


def _sent(request: Request) -> Item:
    return request.json() if _is_json(request) else _nested(request.body)


def _without_metric(request: Request) -> Request:
    """A PutMetricAlarm as ministack gets it."""
    if _is_json(request):
        sent = {name: value for name, value in request.json().items() if name not in _WITHHELD}
        content = json.dumps({**sent, "ActionsEnabled": False}).encode()
    else:
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        kept = [(name, value) for name, value in form if name not in _WITHHELD]
        content = urlencode([*kept, ("ActionsEnabled", "false")]).encode()
    return replace(request, headers={**request.headers, "content-length": str(len(content))}, body=content)


def _watches(alarm: Item, wanted: Item) -> bool:
    """Whether an alarm is on the metric that DescribeAlarmsForMetric names; one on metric math never is."""
    names = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit")
    same = all(str(alarm.get(name)) == str(wanted[name]) for name in names if name in wanted)
    return same and _pairs(alarm) == _pairs(wanted)


def _pairs(metric: Item) -> set[tuple[str, str]]:
    return {(each["Name"], each["Value"]) for each in metric.get("Dimensions") or []}


def _answered(request: Request, found: Mapping[str, Any]) -> Response:
    if _is_json(request):
        return json_response(found)
    name = request.operation
    result = f"<{name}Result>{_as_xml(found)}</{name}Result>" if found else ""
    body = f'<{name}Response xmlns="{_NAMESPACE}">{result}</{name}Response>'
    return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _nested(form: bytes) -> Item:
    """The query protocol's flat names as an object: `Metrics.member.1.Id` becomes the Id of the first of Metrics."""
    root: Item = {}
    for name, values in parse_qs(form.decode("utf-8", "replace")).items():
        *parents, last = name.split(".")
        place = root
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = _typed(last, values[0])
    return {name: _lists(value) for name, value in root.items()}


def _typed(name: str, value: str) -> Any:
    if name in ("ActionsEnabled", "ReturnData"):
        return value == "true"
    return int(value) if name in ("Period", "MaxRecords") else value


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
