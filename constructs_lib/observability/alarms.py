"""Metric alarms from short descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from config.alarm_text import AlarmText, Severity, alarm_text, read_alarm_text
from constructs_lib.observability.measures import Measure, Metric

# The dashboard that shows an alarm: that of the site, or of the model and its money.
Board = Literal["site", "model"]


@dataclass(frozen=True)
class WatchedAlarm:
    """An alarm as a dashboard shows it. One on other alarms has no measure; `region` is "" for the dashboard's own."""

    id: str
    name: str
    told: str
    board: Board
    measure: Measure | None = None
    threshold: float | None = None
    comparison: str = ""
    region: str = ""

    @property
    def text(self) -> AlarmText:
        """Description, severity and runbook."""
        return read_alarm_text(self.told)


@dataclass(frozen=True)
class Alarm:
    """Description of an alarm on one metric.

    `id` names the construct and ends the alarm's name. `runbook` is the page below docs/runbooks that says what to do;
    it and the `severity` end the description, which is all that the mail has. `period_seconds` is 10, 20, 30 or a
    multiple of 60, and `period_seconds * periods` at most a day (PutMetricAlarm). `missing` is what no data means:
    `notBreaching` for metrics that exist only while something happens, `breaching` where silence is itself a failure,
    `missing` where it is told by itself. One that is `asleep` changes its state and tells nobody. `added` are further
    dimensions, and `also` further metrics: their values are added, where one of them may have none; not for
    percentiles. `label` names such a sum.
    """

    id: str
    description: str
    namespace: str
    metric: str
    threshold: float
    runbook: str
    severity: Severity = "ticket"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Average"
    comparison: str = "GreaterThanOrEqualToThreshold"
    period_seconds: int = 60
    periods: int = 5
    breaching_periods: int | None = None
    missing: str = "notBreaching"
    asleep: bool = False
    added: Sequence[Mapping[str, str]] = ()
    also: Sequence[str] = ()
    label: str = ""
    board: Board = "site"

    @property
    def every(self) -> tuple[Mapping[str, str], ...]:
        """All dimensions that the alarm looks at."""
        return (self.dimensions, *self.added)

    @property
    def measure(self) -> Measure:
        """What the alarm looks at; of several metrics their sum, in which no data is 0 ("Using metric math")."""
        metrics = tuple(
            Metric(self.namespace, name, dimensions, self.statistic, self.period_seconds)
            for name in (self.metric, *self.also)
            for dimensions in self.every
        )
        if len(metrics) == 1:
            return Measure(metrics, label=self.label or (self.statistic if self.statistic.startswith("p") else ""))
        expression = " + ".join(f"FILL(m{index}, 0)" for index in range(len(metrics)))
        return Measure(metrics, expression, self.label or self.metric, "sum")

    def watched(self, name: str) -> WatchedAlarm:
        """The alarm under its name, for a dashboard."""
        return WatchedAlarm(self.id, name, self.told, self.board, self.measure, self.threshold, self.comparison)

    @property
    def told(self) -> str:
        """What people are told of it: the description, how urgent it is, and where to read on."""
        return alarm_text(self.description, severity=self.severity, runbook=self.runbook)


class MetricAlarms(Construct):
    """One metric alarm for each description, telling `topic_arn` when it starts and when it ends.

    An alarm works only in the region its metric is published in, and its topic has to be in that region too.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        topic_arn: str,
        alarms: Sequence[Alarm],
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        named = {f"{name_prefix}-{alarm.id.replace('_', '-')}": alarm for alarm in alarms}
        self.watched: tuple[WatchedAlarm, ...] = tuple(alarm.watched(name) for name, alarm in named.items())
        self.names: tuple[str, ...] = tuple(
            str(build_alarm(self, alarm.id, alarm, name=name, actions=(topic_arn,), provider=provider).id)
            for name, alarm in named.items()
        )


def build_alarm(
    scope: Construct,
    id_: str,
    alarm: Alarm,
    *,
    name: str,
    actions: Sequence[str],
    provider: TerraformProvider | None = None,
) -> CloudwatchMetricAlarm:
    """One alarm that does `actions`; the last of them also hears that it is over."""
    measure = alarm.measure
    alone = measure.metrics[0] if not measure.expression else None
    # Percentiles such as p95 are extended statistics in CloudWatch's API.
    percentile = alarm.statistic.startswith("p")
    return CloudwatchMetricAlarm(
        scope,
        id_,
        alarm_name=name,
        alarm_description=alarm.told,
        namespace=alone.namespace if alone else None,
        metric_name=alone.name if alone else None,
        dimensions=(dict(alone.dimensions) or None) if alone else None,
        statistic=alone.statistic if alone and not percentile else None,
        extended_statistic=alone.statistic if alone and percentile else None,
        period=alone.period_seconds if alone else None,
        metric_query=None if alone else metric_queries(measure),
        comparison_operator=alarm.comparison,
        threshold=alarm.threshold,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.breaching_periods,
        treat_missing_data=alarm.missing,
        actions_enabled=False if alarm.asleep else None,
        alarm_actions=list(actions),
        ok_actions=[actions[-1]],
        insufficient_data_actions=[actions[-1]] if alarm.missing == "missing" else None,
        provider=provider,
    )


def metric_queries(measure: Measure) -> list[CloudwatchMetricAlarmMetricQuery]:
    """The metrics of an expression, and the expression, which is what the alarm goes by."""
    metrics = [
        CloudwatchMetricAlarmMetricQuery(
            id=id_,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions) or None,
                period=metric.period_seconds,
                stat=metric.statistic,
            ),
        )
        for id_, metric in zip(measure.ids(), measure.metrics, strict=True)
    ]
    line = CloudwatchMetricAlarmMetricQuery(
        id=measure.id, expression=measure.expression, label=measure.label, return_data=True
    )
    return [*metrics, line]
