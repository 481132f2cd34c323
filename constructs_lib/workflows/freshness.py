"""Alarms on sources that weren't ingested for too long."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from constructs import Construct

from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import MetricAlarms


class SourceFreshness(Construct):
    """One metric and one alarm a source: the metric counts successes in the log of the ledger's function.

    The metrics of Step Functions are those of the machine, in which one source that succeeds hides another.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        log_group_name: str,
        sources: Sequence[str],
        stale_after_hours: int,
        topic_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        for source in sources:
            CloudwatchLogMetricFilter(
                self,
                f"source_{source.replace('-', '_')}",
                name=f"{name_prefix}-{source}",
                log_group_name=log_group_name,
                # As the function writes it (ingestion/functions/ledger.py).
                pattern=f'{{ $.ingested = "{source}" }}',
                metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                    name=source, namespace=name_prefix, value="1"
                ),
            )
        self.watched = MetricAlarms(
            self,
            "alarms",
            name_prefix=name_prefix,
            topic_arn=topic_arn,
            alarms=catalogue.ingestion_alarms(
                namespace=name_prefix, sources=sources, stale_after_hours=stale_after_hours
            ),
        ).watched
