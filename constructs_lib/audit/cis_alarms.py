"""Alarms on events that the trail records."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from constructs import Construct

from constructs_lib.audit.cis import WATCHES
from constructs_lib.observability.alarms import Alarm, MetricAlarms


class CisAlarms(Construct):
    """A metric filter and an alarm for each of `cis.WATCHES`, on the log group of a trail that covers every region."""

    def __init__(self, scope: Construct, id_: str, *, name_prefix: str, log_group_name: str, topic_arn: str) -> None:
        super().__init__(scope, id_)
        for watch in WATCHES:
            CloudwatchLogMetricFilter(
                self,
                watch.id,
                name=f"{name_prefix}-{watch.id.replace('_', '-')}",
                log_group_name=log_group_name,
                pattern=watch.pattern,
                metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                    name=watch.id, namespace=name_prefix, value="1"
                ),
            )
        self.watched = MetricAlarms(
            self,
            "alarms",
            name_prefix=name_prefix,
            topic_arn=topic_arn,
            alarms=[
                Alarm(
                    id=watch.id,
                    description=f"CIS {watch.number}: {watch.description}",
                    namespace=name_prefix,
                    metric=watch.id,
                    statistic="Sum",
                    threshold=1,
                    runbook="account-change",
                    period_seconds=300,
                    periods=1,
                )
                for watch in WATCHES
            ],
        ).watched
