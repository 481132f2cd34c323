"""An alarm on pages in which the guardrail found a prompt attack."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from constructs import Construct

from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import MetricAlarms


class Quarantine(Construct):
    """One metric and one alarm for all sources: pages that the ledger's function writes off as an attack.

    A page that stays as it is counts again in each run that looks at it.
    """

    def __init__(self, scope: Construct, id_: str, *, name_prefix: str, log_group_name: str, topic_arn: str) -> None:
        super().__init__(scope, id_)
        CloudwatchLogMetricFilter(
            self,
            "pages",
            name=f"{name_prefix}-quarantined",
            log_group_name=log_group_name,
            # As the function writes it (ingestion/functions/ledger.py), with the name of the source.
            pattern="{ $.quarantined = * }",
            metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                name=catalogue.QUARANTINED, namespace=name_prefix, value="1"
            ),
        )
        self.watched = MetricAlarms(
            self,
            "alarms",
            name_prefix=name_prefix,
            topic_arn=topic_arn,
            alarms=(catalogue.quarantine_alarm(namespace=name_prefix),),
        ).watched
