"""Alarms on how fast the failures that an objective allows are used up, in windows of two lengths."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_composite_alarm import CloudwatchCompositeAlarm
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from constructs import Construct

from config.alarm_text import alarm_text
from config.objectives import BurnRate, composite_rule, share, spent, window_name, windows
from constructs_lib.observability.alarms import WatchedAlarm, metric_queries
from constructs_lib.observability.measures import Measure, Metric

_COMPARISON = "GreaterThanThreshold"
_DAY = 86_400


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

    def window(self, length: str, seconds: int) -> Measure:
        """Failures of all values within one window, in percent."""
        return Measure(self._counts(seconds), share(length), self.share, "share")

    @property
    def month(self) -> Measure:
        """What a graph of a month shows: how much of what the objective allows is used up, day by day, in percent."""
        return Measure(self._counts(_DAY), spent(self.percent), "used up of what the objective allows, %")

    def _counts(self, seconds: int) -> tuple[Metric, ...]:
        return tuple(
            Metric(self.namespace, self.metric, {}, statistic, seconds, id_)
            for id_, statistic in (("bad", self.failures), ("every", "SampleCount"))
        )


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
        self._told = alarm_text(objective.description, severity="page", runbook=objective.runbook)
        built = [self._window(*window) for window in windows()]
        CloudwatchCompositeAlarm(
            self,
            "burns",
            alarm_name=name,
            alarm_description=self._told,
            alarm_rule=composite_rule(name),
            actions_enabled=False if asleep else None,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            # The rule names them by text, and AWS refuses one that names an alarm which isn't there.
            depends_on=built,
        )

    @property
    def watched(self) -> tuple[WatchedAlarm, ...]:
        """The composite alarm and those that it looks at."""
        return (
            WatchedAlarm("burns", self._name, self._told, "site"),
            *(self._watched(*window) for window in windows()),
        )

    def _watched(self, rate: BurnRate, length: str, seconds: int) -> WatchedAlarm:
        return WatchedAlarm(
            f"{rate.id}_{length}",
            window_name(self._name, rate, length),
            self._text(rate, seconds),
            "site",
            self._objective.window(length, seconds),
            rate.threshold(self._objective.percent),
            _COMPARISON,
        )

    def _text(self, rate: BurnRate, seconds: int) -> str:
        objective = self._objective
        said = f"{objective.description}: {rate.rate:g} times as many as allowed, in {seconds // 60} minutes"
        return alarm_text(said, severity="page", runbook=objective.runbook, told_by=self._name)

    def _window(self, rate: BurnRate, length: str, seconds: int) -> CloudwatchMetricAlarm:
        return CloudwatchMetricAlarm(
            self,
            f"{rate.id}_{length}",
            alarm_name=window_name(self._name, rate, length),
            alarm_description=self._text(rate, seconds),
            metric_query=metric_queries(self._objective.window(length, seconds)),
            comparison_operator=_COMPARISON,
            threshold=rate.threshold(self._objective.percent),
            evaluation_periods=1,
            # Without a question nothing failed; and a gap must not keep an alarm on.
            treat_missing_data="notBreaching",
        )
