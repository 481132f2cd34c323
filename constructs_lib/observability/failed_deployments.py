"""Notification of an ECS deployment that the circuit breaker has stopped."""

from __future__ import annotations

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from constructs import Construct

from constructs_lib.observability.event_message import EventMessage

MESSAGE = EventMessage(
    (
        "Deployment <deployment> of <service> failed, and ECS has gone back to the release before.",
        "Region <place>, account <account>, at <time>.",
        "What to do: the runbook failed-release.",
    ),
    {
        "deployment": "$.detail.deploymentId",
        "service": "$.resources[0]",
        "place": "$.region",
        "account": "$.account",
        "time": "$.time",
    },
)


class FailedDeployments(Construct):
    """A rule that tells a topic of the same region when a deployment of one service fails.

    ECS sends the event for services with a circuit breaker ("Service deployment state change events", its guide).
    Terraform has reported success by then: it waits for no deployment. The topic must admit EventBridge
    (`rules_publisher`).
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, service_arn: str, topic_arn: str) -> None:
        super().__init__(scope, id_)
        pattern = {
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change"],
            "resources": [service_arn],
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        }
        rule = CloudwatchEventRule(
            self,
            "rule",
            name=name,
            description="A deployment of the service failed and was rolled back",
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
