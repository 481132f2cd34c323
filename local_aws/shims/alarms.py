"""CloudWatch alarms: ministack describes them fully in JSON but only in part in the XML that Terraform asks for.

So the question is put in JSON and the answer is written as XML. The alarms and their state are ministack's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Item, Shim

_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"
_LISTS = ("AlarmNames", "AlarmTypes")


class Alarms(Shim):
    """Only DescribeAlarms in the query protocol; the rest is ministack's as it is."""

    service = "monitoring"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        if "json" in request.headers.get("content-type", "") or form.get("Action") != ["DescribeAlarms"]:
            return None
        question = json.dumps(_as_json(form)).encode()
        headers = {
            **request.headers,
            "content-type": "application/x-amz-json-1.0",
            "content-length": str(len(question)),
        }
        headers["x-amz-target"] = "GraniteServiceVersion20100801.DescribeAlarms"
        given = forward(replace(request, headers=headers, body=question))
        if given.status >= 300:
            return given
        result = f"<DescribeAlarmsResult>{_as_xml(json.loads(given.body))}</DescribeAlarmsResult>"
        body = f'<DescribeAlarmsResponse xmlns="{_NAMESPACE}">{result}</DescribeAlarmsResponse>'
        return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _as_json(form: dict[str, list[str]]) -> Item:
    question: Item = {}
    for name in sorted(form):
        field, _, _ = name.partition(".")
        if field in _LISTS:
            question.setdefault(field, []).append(form[name][0])
        elif field not in ("Action", "Version"):
            question[field] = int(form[name][0]) if field == "MaxRecords" else form[name][0]
    return question


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
