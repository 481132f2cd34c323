"""Notification of trouble and maintenance on AWS's side."""

from __future__ import annotations

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from constructs import Construct

from constructs_lib.observability.event_message import EventMessage

MESSAGE = EventMessage(
    (
        "AWS Health tells of <code>, a matter of <service> (<category>).",
        "Region <place>, account <account>, at <time>.",
        "What to do: the runbook aws-health.",
    ),
    {
        "code": "$.detail.eventTypeCode",
        "service": "$.detail.service",
        "category": "$.detail.eventTypeCategory",
        "place": "$.region",
        "account": "$.account",
        "time": "$.time",
    },
)
# Account notifications are left out: most are news (AWS Health guide, "Amazon EventBridge schema").
CATEGORIES = ("issue", "investigation", "scheduledChange")


class HealthEvents(Construct):
    """A rule that tells a topic of the same region of AWS Health's events of the account in that region.

    AWS Health sends what concerns the region, and events of global services to us-east-1 alone. The topic must admit
    EventBridge (`rules_publisher`).
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, topic_arn: str) -> None:
        super().__init__(scope, id_)
        pattern = {
            "source": ["aws.health"],
            "detail-type": ["AWS Health Event"],
            "detail": {"eventTypeCategory": list(CATEGORIES)},
        }
        rule = CloudwatchEventRule(
            self,
            "rule",
            name=name,
            description="AWS has trouble or plans a change that concerns the account",
            event_pattern=json.dumps(pattern),
        )
        CloudwatchEventTarget(
            self,
            "topic",
            rule=rule.name,
            target_id="topic",
            arn=topic_arn,
            input_transformer=MESSAGE.transformer(),
        )
        self.name: str = rule.name
