"""An environment's alarms as CloudWatch has them: state, threshold in words, since when, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.alarm_text import NOT_READ, read_alarm_text
from config.place import GLOBAL_REGION
from pipeline.aws import asked, failed_to

if TYPE_CHECKING:
    from pipeline.session import Session

RINGING, UNKNOWN, QUIET = "ALARM", "INSUFFICIENT_DATA", "OK"
# In the order in which they are shown.
STATES = (RINGING, UNKNOWN, QUIET)
_COMPARED = {
    "GreaterThanOrEqualToThreshold": "at least",
    "GreaterThanThreshold": "above",
    "LessThanOrEqualToThreshold": "at most",
    "LessThanThreshold": "below",
}
# What a composite alarm asks of others, as it is said of ALARM.
_RULE = re.compile(r'ALARM\("([^"]+)"\)')
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True)
class AlarmState:
    """An alarm: `threshold` in words, `since` when it is in its state, `asleep` where it tells nobody for a while.

    `severity` is "page" or "ticket". One with `told_by` never tells anybody: the composite alarm of that name does.
    """

    name: str
    region: str
    state: str
    since: datetime
    threshold: str
    description: str
    runbook: str
    asleep: bool
    severity: str = ""
    told_by: str = ""

    @property
    def rings(self) -> bool:
        """Whether it is in ALARM and tells people."""
        return self.state == RINGING and not self.asleep and not self.told_by


def find_alarms(session: Session) -> tuple[AlarmState, ...]:
    """All alarms of an environment, in its region and where CloudFront's are; what rings first, then by name.

    Raises SitechatError (6).
    """
    env = session.env
    regions = dict.fromkeys((env.region, GLOBAL_REGION))
    found = [
        _state(each, region) for region in regions for each in described(session, region, f"{env.project}-{env.name}-")
    ]
    return tuple(sorted(found, key=lambda each: (each.asleep, _rank(each.state), each.name)))


def described(session: Session, region: str, prefix: str, state: str = "") -> list[dict[str, Any]]:
    """Alarms of a region as CloudWatch describes them, all or in one state. Raises SitechatError (6)."""
    pages = session.client("cloudwatch", region).get_paginator("describe_alarms")
    wanted: dict[str, Any] = {"StateValue": state} if state else {}
    answers = asked(
        lambda: list(pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"], **wanted)),
        otherwise=failed_to(f"list the alarms in {region}"),
    )
    return [
        dict(each) for page in answers for kind in ("MetricAlarms", "CompositeAlarms") for each in page.get(kind, ())
    ]


def threshold_in_words(alarm: Mapping[str, Any]) -> str:
    """When an alarm rings, as a sentence's end: "Sum of Errors at least 5, in 2 of 3 periods of 1 minute"."""
    if "AlarmRule" in alarm:
        return _RULE.sub(r"\1", str(alarm["AlarmRule"])).replace(" AND ", " and ").replace(" OR ", " or ")
    metrics = alarm.get("Metrics") or ()
    watched, seconds = _math(metrics) if metrics else _one(alarm)
    compared = _COMPARED.get(str(alarm.get("ComparisonOperator")), str(alarm.get("ComparisonOperator")))
    limit = f"{compared} {_limit(float(alarm['Threshold']))}" if "Threshold" in alarm else compared
    periods = int(alarm.get("EvaluationPeriods", 1))
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    if periods == 1:
        return f"{watched} {limit}, in {_length(seconds)}"
    return f"{watched} {limit}, in {needed} of {periods} periods of {_length(seconds)}"


def _limit(threshold: float) -> str:
    return "a share of a quota that was not read yet" if threshold >= NOT_READ else f"{threshold:g}"


def _one(alarm: Mapping[str, Any]) -> tuple[str, int]:
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    return f"{statistic} of {alarm.get('MetricName')}", int(alarm.get("Period", 60))


def _math(queries: Any) -> tuple[str, int]:
    """The label of the line that an alarm goes by, and the longest period of its metrics."""
    line = next((each for each in queries if each.get("ReturnData")), queries[-1])
    stats = [each["MetricStat"] for each in queries if "MetricStat" in each]
    label = str(line.get("Label") or line.get("Expression") or line.get("Id"))
    kinds = {str(each.get("Stat")) for each in stats}
    named = f"{kinds.pop()} of {label}" if len(kinds) == 1 and line.get("Label") else label
    return named, max((int(each.get("Period", 60)) for each in stats), default=60)


def _length(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _state(alarm: Mapping[str, Any], region: str) -> AlarmState:
    text = read_alarm_text(str(alarm.get("AlarmDescription", "")))
    return AlarmState(
        name=str(alarm["AlarmName"]),
        region=region,
        state=str(alarm["StateValue"]),
        since=alarm["StateUpdatedTimestamp"].astimezone(UTC),
        threshold=threshold_in_words(alarm),
        description=text.description,
        runbook=text.runbook,
        asleep=not alarm.get("ActionsEnabled", True),
        severity=text.severity,
        told_by=text.told_by,
    )


def _rank(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)
