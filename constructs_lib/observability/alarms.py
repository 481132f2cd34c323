"""Metric alarms from short descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from config.alarm_text import Severity, alarm_text


@dataclass(frozen=True)
class Alarm:
    """Description of an alarm on one metric.

    `id` names the construct and ends the alarm's name. `runbook` is the page below docs/runbooks that says what to do;
    it and the `severity` end the description, which is all that the mail has. `period_seconds` is 10, 20, 30 or a
    multiple of 60, and `period_seconds * periods` at most a day (PutMetricAlarm). `missing` is what no data means:
    `notBreaching` for metrics that exist only while something happens, `breaching` where silence is itself a failure.
    One that is `asleep` changes its state and tells nobody. `added` are further dimensions: the values of the same
    metric under them are added to it, where one of them may have none; not for percentiles.
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

    @property
    def every(self) -> tuple[Mapping[str, str], ...]:
        """All dimensions that the alarm looks at."""
        return (self.dimensions, *self.added)

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
        self.names: tuple[str, ...] = tuple(
            self._alarm(alarm, f"{name_prefix}-{alarm.id.replace('_', '-')}", topic_arn, provider) for alarm in alarms
        )

    def _alarm(self, alarm: Alarm, name: str, topic_arn: str, provider: TerraformProvider | None) -> str:
        # Percentiles such as p95 are extended statistics in CloudWatch's API.
        percentile = alarm.statistic.startswith("p")
        alone = not alarm.added
        return str(
            CloudwatchMetricAlarm(
                self,
                alarm.id,
                alarm_name=name,
                alarm_description=alarm.told,
                namespace=alarm.namespace if alone else None,
                metric_name=alarm.metric if alone else None,
                dimensions=(dict(alarm.dimensions) or None) if alone else None,
                statistic=alarm.statistic if alone and not percentile else None,
                extended_statistic=alarm.statistic if alone and percentile else None,
                period=alarm.period_seconds if alone else None,
                metric_query=None if alone else _sum(alarm),
                comparison_operator=alarm.comparison,
                threshold=alarm.threshold,
                evaluation_periods=alarm.periods,
                datapoints_to_alarm=alarm.breaching_periods,
                treat_missing_data=alarm.missing,
                actions_enabled=False if alarm.asleep else None,
                alarm_actions=[topic_arn],
                ok_actions=[topic_arn],
                provider=provider,
            ).id
        )


def _sum(alarm: Alarm) -> list[CloudwatchMetricAlarmMetricQuery]:
    """The metric under all dimensions, and their sum, in which no data is 0 ("Using metric math", CloudWatch guide)."""
    metrics = [
        CloudwatchMetricAlarmMetricQuery(
            id=f"m{index}",
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=alarm.namespace,
                metric_name=alarm.metric,
                dimensions=dict(dimensions),
                period=alarm.period_seconds,
                stat=alarm.statistic,
            ),
        )
        for index, dimensions in enumerate(alarm.every)
    ]
    expression = " + ".join(f"FILL(m{index}, 0)" for index in range(len(metrics)))
    total = CloudwatchMetricAlarmMetricQuery(id="sum", expression=expression, label=alarm.metric, return_data=True)
    return [*metrics, total]
