"""Entry point of the function that keeps alarms on quotas of models true: it reads these and puts their thresholds.

A schedule calls it. It changes nothing of an alarm but its threshold, and nothing at all where that is right already.
A quota that can't be found is told and never guessed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

VARIABLE = "MODEL_QUOTA"
RUNBOOK = "docs/runbooks/model-refuses.md"
_SUBJECT, _A_PAGE = 100, 100


@dataclass(frozen=True)
class Kept:
    """Quotas by service code and name, the percent of each by the alarm that rings there, and who is told of what.

    `doctor` is the command that compares both.
    """

    service: str
    quotas: Mapping[str, Mapping[str, int]]
    topic: str
    site: str
    doctor: str


class Clients(Protocol):
    """The AWS clients, as boto3 makes them."""

    def client(self, service_name: str, **options: Any) -> Any: ...


def handle(event: object, context: object) -> dict[str, Any]:
    """Keep what the construct configured; whoever calls it adds nothing."""
    import boto3

    return keep(Kept(**json.loads(os.environ[VARIABLE])), boto3)


def keep(kept: Kept, clients: Clients) -> dict[str, Any]:
    """Read the quotas and put what differs; people are told what can't be done. Raises what boto3 raises."""
    cloudwatch = clients.client("cloudwatch", config=_patience())
    listed = _listed(kept, clients.client("service-quotas", config=_patience()))
    values: dict[str, float] = {}
    put: dict[str, float] = {}
    wrong: list[str] = []
    for quota, percents in kept.quotas.items():
        found = listed[quota.casefold()]
        values[quota] = max(found) if len(found) == 1 else 0.0
        if values[quota] <= 0:
            wrong.append(_unusable(quota, len(found)))
            continue
        alarms = _described(percents, cloudwatch)
        for name, percent in percents.items():
            if name not in alarms:
                wrong.append(f"There is no alarm {name}.")
            elif alarms[name].get("Threshold") != (threshold := values[quota] * percent / 100):
                cloudwatch.put_metric_alarm(**_asked_for(alarms[name], cloudwatch), Threshold=threshold)
                put[name] = threshold
    if wrong:
        _tell(kept, wrong, clients)
    told = {"values": values, "put": put, "wrong": wrong}
    print(json.dumps({"message": "model quota", **told}))
    return told


def _listed(kept: Kept, quotas: Any) -> dict[str, set[float]]:
    """Applied values by the quotas' names, in small letters: Service Quotas writes some in capitals and some not."""
    found: dict[str, set[float]] = {name.casefold(): set() for name in kept.quotas}
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode=kept.service, PaginationConfig={"PageSize": _A_PAGE}
    )
    for page in pages:
        for each in page["Quotas"]:
            name = str(each.get("QuotaName", "")).casefold()
            if name in found and "Value" in each:
                found[name].add(float(each["Value"]))
    return found


def _unusable(quota: str, values: int) -> str:
    if values > 1:
        return f'Service Quotas has several values of "{quota}": none of them was taken.'
    return f'Service Quotas has no value above 0 of "{quota}" in this account and region.'


def _described(percents: Mapping[str, int], cloudwatch: Any) -> dict[str, dict[str, Any]]:
    found = cloudwatch.describe_alarms(AlarmNames=list(percents), AlarmTypes=["MetricAlarm"])
    return {each["AlarmName"]: each for each in found["MetricAlarms"]}


def _asked_for(alarm: Mapping[str, Any], cloudwatch: Any) -> dict[str, Any]:
    """The alarm as PutMetricAlarm takes it, which replaces all of it, without the threshold.

    Everything that the operation knows is carried over, so that a newer argument isn't lost.
    """
    known = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    return {key: value for key, value in alarm.items() if key in known and key != "Threshold" and value not in ([], "")}


def _tell(kept: Kept, wrong: list[str], clients: Clients) -> None:
    first = f"The alarms on the model's quota in {kept.site} aren't kept true."
    last = f"Until then they have their last thresholds. What to do: `{kept.doctor}`, and {RUNBOOK}."
    clients.client("sns", config=_patience()).publish(
        TopicArn=kept.topic,
        Subject=f"A model's quota can't be read in {kept.site}"[:_SUBJECT],
        Message="\n\n".join((first, *wrong, last)),
    )


def _patience() -> Any:
    from botocore.config import Config

    return Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})
