"""The execution role's permissions, and the words of AWS when one is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.traffic.tasks import ExecutionRole, Start

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:session-key-AbCdEf"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
START = Start(
    "arn:aws:ecs:eu-west-1:123456789012:task/main/0123",
    "arn:aws:iam::123456789012:role/execution",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:00",
    (f"{SECRET}:field::",),
    "/site/app",
)


@dataclass
class Decider:
    """Allows all but one action, and remembers what was asked."""

    denied: str = ""
    asked: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None:
        self.known.add(key_id)

    def forget(self, key_id: str) -> None:
        self.known.remove(key_id)

    async def decide(
        self, key_id: str, action: str, resource: str, context: Mapping[str, str] | None = None, *, in_vpc: bool
    ) -> Any:
        assert key_id in self.known
        assert in_vpc
        self.asked[action] = (resource, context or {})
        return SimpleNamespace(allowed=action != self.denied, code="AccessDeniedException", reason=f"no {action}")


class Secrets:
    """A world with one secret, under a customer managed key."""

    def client(self, service: str, region: str) -> Any:
        return SimpleNamespace(describe_secret=lambda SecretId: {"KmsKeyId": KEY} if SecretId == SECRET else {})  # noqa: N803

    async def ask(self, name: str, question: Any) -> Any:
        return question()


def _reason(decider: Decider, start: Start = START) -> str:
    world: Any = Secrets()
    return asyncio.run(ExecutionRole(world, decider)(start))


def test_image_secret_key_and_log_stream_are_asked_for() -> None:
    decider = Decider()
    assert _reason(decider) == ""
    repository = "arn:aws:ecr:eu-west-1:123456789012:repository/app"
    stream = "arn:aws:logs:eu-west-1:123456789012:log-group:/site/app:log-stream:task"
    assert {action: resource for action, (resource, _) in decider.asked.items()} == {
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchGetImage": repository,
        "ecr:GetDownloadUrlForLayer": repository,
        "secretsmanager:GetSecretValue": SECRET,
        "kms:Decrypt": KEY,
        "logs:CreateLogStream": stream,
        "logs:PutLogEvents": stream,
    }
    assert decider.asked["kms:Decrypt"][1] == {
        "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
        "kms:EncryptionContext:SecretARN": SECRET,
    }
    assert decider.known == set()


@pytest.mark.parametrize(
    ("denied", "words"),
    [
        ("ecr:GetAuthorizationToken", ("ResourceInitializationError", "unable to retrieve ecr registry auth")),
        ("ecr:BatchGetImage", ("CannotPullContainerError", "failed to resolve ref 123456789012.dkr")),
        ("secretsmanager:GetSecretValue", ("ResourceInitializationError", f"failed to fetch secret {SECRET} from")),
        ("kms:Decrypt", ("ResourceInitializationError", f"failed to fetch secret {SECRET} from")),
        ("logs:CreateLogStream", ("ResourceInitializationError", "failed to create Cloudwatch log stream")),
    ],
)
def test_a_missing_permission_is_a_reason_in_awss_words(denied: str, words: tuple[str, str]) -> None:
    reason = _reason(Decider(denied))
    assert reason.startswith(f"{words[0]}: ")
    assert words[1] in reason
    assert reason.endswith(f"AccessDeniedException: no {denied}")


def test_parameters_are_asked_of_systems_manager() -> None:
    decider = Decider()
    _reason(decider, Start(START.task_arn, START.execution_role_arn, START.image, ("/site/key",), ""))
    assert decider.asked["ssm:GetParameters"][0] == "arn:aws:ssm:eu-west-1:123456789012:parameter/site/key"
    assert "logs:CreateLogStream" not in decider.asked


def test_without_an_execution_role_nothing_starts() -> None:
    decider = Decider()
    reason = _reason(decider, Start(START.task_arn, "", START.image, (), ""))
    assert reason.startswith("ClientException: Fargate requires")
    assert decider.asked == {}
