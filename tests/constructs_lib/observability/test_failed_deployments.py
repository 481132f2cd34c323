from __future__ import annotations

import json

import pytest

from constructs_lib.observability.failed_deployments import FailedDeployments
from tests.support.synthesised import Template, template

SERVICE = "arn:aws:ecs:us-east-1:111111111111:service/main/app"


@pytest.fixture(scope="module")
def notified() -> Template:
    return template(
        lambda scope: FailedDeployments(
            scope, "failed", name="failed-release", service_arn=SERVICE, topic_arn="arn:of:topic"
        )
    )


def test_only_failed_deployments_of_this_service_are_heard(notified: Template) -> None:
    rule = notified.one("aws_cloudwatch_event_rule")
    assert rule["name"] == "failed-release"
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [SERVICE],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }


def test_the_topic_gets_sentences_that_name_the_runbook_and_no_free_text(notified: Template) -> None:
    target = notified.one("aws_cloudwatch_event_target")
    assert target["arn"] == "arn:of:topic"
    assert "role_arn" not in target
    transformer = target["input_transformer"]
    assert "runbook failed-release" in transformer["input_template"]
    # `$.detail.reason` is ECS's own text.
    assert set(transformer["input_paths"].values()) == {
        "$.detail.deploymentId",
        "$.resources[0]",
        "$.region",
        "$.account",
        "$.time",
    }


@pytest.fixture(scope="module")
def shifted() -> Template:
    return template(
        lambda scope: FailedDeployments(
            scope, "failed", name="failed", service_arn=SERVICE, topic_arn="arn:of:topic", deployment_group="app"
        )
    )


def test_under_codedeploy_its_own_events_are_heard(shifted: Template) -> None:
    assert json.loads(shifted.one("aws_cloudwatch_event_rule")["event_pattern"]) == {
        "source": ["aws.codedeploy"],
        "detail-type": ["CodeDeploy Deployment State-change Notification"],
        "detail": {"application": ["app"], "deploymentGroup": ["app"], "state": ["FAILURE", "STOP"]},
    }
    transformer = shifted.one("aws_cloudwatch_event_target")["input_transformer"]
    assert "CodeDeploy goes back" in transformer["input_template"]
    assert "$.detail.application" in transformer["input_paths"].values()
