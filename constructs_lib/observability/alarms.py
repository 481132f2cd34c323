"""Metric alarms from short descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct


@dataclass(frozen=True)
class Alarm:
    """Description of an alarm on one metric.

    `id` names the construct and ends the alarm's name. `period_seconds` is 10, 20, 30 or a multiple of 60, and
    `period_seconds * periods` at most a day (PutMetricAlarm). `missing` is what no data means: `notBreaching` for
    metrics that exist only while something happens, `breaching` where silence is itself a failure. One that is
    `asleep` changes its state and tells nobody.
    """

    id: str
    description: str
    namespace: str
    metric: str
    threshold: float
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Average"
    comparison: str = "GreaterThanOrEqualToThreshold"
    period_seconds: int = 60
    periods: int = 5
    breaching_periods: int | None = None
    missing: str = "notBreaching"
    asleep: bool = False


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
        for alarm in alarms:
            CloudwatchMetricAlarm(
                self,
                alarm.id,
                alarm_name=f"{name_prefix}-{alarm.id.replace('_', '-')}",
                alarm_description=alarm.description,
                namespace=alarm.namespace,
                metric_name=alarm.metric,
                dimensions=dict(alarm.dimensions) or None,
                # Percentiles such as p95 are extended statistics in CloudWatch's API.
                statistic=None if alarm.statistic.startswith("p") else alarm.statistic,
                extended_statistic=alarm.statistic if alarm.statistic.startswith("p") else None,
                comparison_operator=alarm.comparison,
                threshold=alarm.threshold,
                period=alarm.period_seconds,
                evaluation_periods=alarm.periods,
                datapoints_to_alarm=alarm.breaching_periods,
                treat_missing_data=alarm.missing,
                actions_enabled=False if alarm.asleep else None,
                alarm_actions=[topic_arn],
                ok_actions=[topic_arn],
                provider=provider,
            )
