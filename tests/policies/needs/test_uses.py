"""An argument that sets a service to work is known with its needs, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from policies.needs.arns import Arns
from policies.needs.uses import unknown_uses
from policies.proof.configuration import Configuration
from tests.policies.proof.configurations import ALL, Configs, backend, broken, ci, configuration, resource


def unknown(configuration: Configuration) -> list[str]:
    return list(unknown_uses(configuration, Arns(configuration)))


@pytest.mark.parametrize("name", ALL)
def test_every_use_of_every_environment_is_known(name: str) -> None:
    assert unknown(configuration(name)) == []


def test_those_of_the_backend_and_of_a_ci_too() -> None:
    assert unknown(backend("prod")) == unknown(ci("prod")) == []


@pytest.mark.parametrize(
    ("layer", "kind", "name", "arguments", "says"),
    [
        (
            "monitoring",
            "aws_cloudwatch_metric_alarm",
            "alarms_cpu",
            {"ok_actions": ["arn:aws:lambda:us-east-1:111111111111:function:a"]},
            "ok_actions leads to a function",
        ),
        (
            "infrastructure",
            "aws_sns_topic",
            "alarms_topic",
            {"sqs_success_feedback_role_arn": "${aws_iam_role.roles_task_role_F118EA89.arn}"},
            "sqs_success_feedback_role_arn leads to a role",
        ),
        (
            "llm",
            "aws_s3_bucket_notification",
            "code_signing",
            {"topic": [{"topic_arn": "arn:aws:sns:us-east-1:111111111111:files"}]},
            "topic.topic_arn leads to a topic",
        ),
    ],
    ids=["alarm that is over calls a function", "feedback of a topic", "events of a bucket"],
)
def test_an_unknown_use_is_named(layer: str, kind: str, name: str, arguments: dict[str, Any], says: str) -> None:
    def use(configs: Configs) -> None:
        resource(configs, layer, kind, name).update(arguments)

    (line,) = unknown(broken("prod", use))
    assert says in line
    assert line.startswith(f"{layer}/{kind}.{name}")
