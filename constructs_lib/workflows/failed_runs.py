"""Notification of a run of ingestion that failed or took too long."""

from __future__ import annotations

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from constructs import Construct

from constructs_lib.observability.event_message import EventMessage

_FIELDS = {
    "status": "$.detail.status",
    "run": "$.detail.executionArn",
    "place": "$.region",
    "account": "$.account",
    "time": "$.time",
}


def run_message(what: str, advice: str) -> EventMessage:
    """Message about a run: what it means, with `<run>` and `<status>`, where and when, and what to do."""
    return EventMessage((what, "Region <place>, account <account>, at <time>.", advice), _FIELDS)


MESSAGE = run_message(
    "A run of ingestion ended as <status>, and the index is as it was: <run>.",
    "What to do: the runbook ingestion-failed.",
)


class FailedRuns(Construct):
    """A rule that tells a topic of the same region when an execution of one state machine fails or is timed out.

    Step Functions sends the event for standard executions ("Step Functions execution status change", its guide); those
    of a distributed map's pages belong to another ARN. The topic must admit EventBridge (`rules_publisher`).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        machine_arn: str,
        topic_arn: str,
        description: str = "A run of ingestion failed or took too long",
        message: EventMessage = MESSAGE,
    ) -> None:
        super().__init__(scope, id_)
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [machine_arn], "status": ["FAILED", "TIMED_OUT"]},
        }
        rule = CloudwatchEventRule(
            self,
            "rule",
            name=name,
            description=description,
            event_pattern=json.dumps(pattern),
        )
        CloudwatchEventTarget(
            self,
            "topic",
            rule=rule.name,
            target_id="topic",
            arn=topic_arn,
            input_transformer=message.transformer(),
        )
