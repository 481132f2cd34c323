"""Alarms on how fast the failures that an objective allows are used up, in windows of two lengths."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_composite_alarm import CloudwatchCompositeAlarm
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from config.alarm_text import alarm_text
from config.objectives import BurnRate, composite_rule, share, window_name, windows


@dataclass(frozen=True)
class Objective:
    """What is promised of a metric: at most `100 - percent` of its values are failures, which `failures` counts.

    `failures` is a statistic: `Sum` of a metric that is 0 or 1, or `TC(5000:)` of one whose values above 5000 are.
    `share` says in words what is counted, as a share in percent.
    """

    description: str
    share: str
    percent: float
    namespace: str
    metric: str
    failures: str
    runbook: str


class ObjectiveAlarms(Construct):
    """Two metric alarms a burn rate, and the composite alarm that tells people: once, whichever of them began it.

    A rate is exceeded where it is in the long window, in which few failures don't count, and in the short one, without
    which the alarm would go on for hours after the cause has gone. The metric alarms tell nobody, and `asleep` the
    composite one doesn't either.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, topic_arn: str, objective: Objective, asleep: bool = False
    ) -> None:
        super().__init__(scope, id_)
        self._name, self._objective = name, objective
        watched = [self._window(*window) for window in windows()]
        CloudwatchCompositeAlarm(
            self,
            "burns",
            alarm_name=name,
            alarm_description=alarm_text(objective.description, severity="page", runbook=objective.runbook),
            alarm_rule=composite_rule(name),
            actions_enabled=False if asleep else None,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            # The rule names them by text, and AWS refuses one that names an alarm which isn't there.
            depends_on=watched,
        )

    def _window(self, rate: BurnRate, length: str, seconds: int) -> CloudwatchMetricAlarm:
        objective = self._objective
        said = f"{objective.description}: {rate.rate:g} times as many as allowed, in {seconds // 60} minutes"
        return CloudwatchMetricAlarm(
            self,
            f"{rate.id}_{length}",
            alarm_name=window_name(self._name, rate, length),
            alarm_description=alarm_text(said, severity="page", runbook=objective.runbook, told_by=self._name),
            metric_query=[
                self._metric("bad", objective.failures, seconds),
                self._metric("every", "SampleCount", seconds),
                CloudwatchMetricAlarmMetricQuery(
                    id="share",
                    expression=share(length),
                    label=objective.share,
                    return_data=True,
                ),
            ],
            comparison_operator="GreaterThanThreshold",
            threshold=rate.threshold(objective.percent),
            evaluation_periods=1,
            # Without a question nothing failed; and a gap must not keep an alarm on.
            treat_missing_data="notBreaching",
        )

    def _metric(self, id_: str, statistic: str, seconds: int) -> CloudwatchMetricAlarmMetricQuery:
        named = CloudwatchMetricAlarmMetricQueryMetric(
            namespace=self._objective.namespace, metric_name=self._objective.metric, period=seconds, stat=statistic
        )
        return CloudwatchMetricAlarmMetricQuery(id=id_, metric=named)
