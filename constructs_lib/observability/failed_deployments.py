"""Notification of a deployment that the circuit breaker, or CodeDeploy, has stopped."""

from __future__ import annotations

import json
from typing import Any

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

SHIFT_MESSAGE = EventMessage(
    (
        "Deployment <deployment> of <application> failed or was stopped; CodeDeploy goes back to the release before.",
        "Region <place>, account <account>, at <time>.",
        "What to do: the runbook failed-release.",
    ),
    {
        "deployment": "$.detail.deploymentId",
        "application": "$.detail.application",
        "place": "$.region",
        "account": "$.account",
        "time": "$.time",
    },
)


class FailedDeployments(Construct):
    """A rule that tells a topic of the same region when a deployment of one service fails.

    With `deployment_group`, the name of an application of CodeDeploy and of its group, CodeDeploy deploys the service
    and sends the event ("Monitoring deployments with Amazon EventBridge", its guide). Else ECS does: it sends the event
    for services with a circuit breaker ("Service deployment state change events", its guide). Terraform has reported
    success by then: it waits for no deployment. The topic must admit EventBridge (`rules_publisher`).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        service_arn: str,
        topic_arn: str,
        deployment_group: str = "",
    ) -> None:
        super().__init__(scope, id_)
        pattern = _of_codedeploy(deployment_group) if deployment_group else _of_ecs(service_arn)
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
            input_transformer=(SHIFT_MESSAGE if deployment_group else MESSAGE).transformer(),
        )
        self.name: str = rule.name


def _of_ecs(service_arn: str) -> dict[str, Any]:
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [service_arn],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }


def _of_codedeploy(name: str) -> dict[str, Any]:
    return {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {"application": [name], "deploymentGroup": [name], "state": ["FAILURE", "STOP"]},
    }
