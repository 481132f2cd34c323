from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from config.place import Place
from constructs_lib.containers.roles import TaskRoles
from tests.support.synthesised import Template, template


@cache
def _roles(**changes: Any) -> Template:
    arguments = {
        "execution_name": "execution",
        "task_name": "task",
        "place": Place("111111111111", "us-east-1", "aws"),
        "repository_arn": "arn:of:repository",
        "secret_arns": ("arn:of:a", "arn:of:b"),
        "key_arn": "arn:of:key",
        "log_group_arn": "arn:of:log",
    }
    return template(lambda scope: TaskRoles(scope, "roles", **{**arguments, **changes}))


@pytest.mark.parametrize("role", ["execution", "task"])
def test_tasks_of_this_account_and_region_assume_them(role: str) -> None:
    trust = _roles().statements(f"{role}/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}]
    assert {(each["variable"], *each["values"]) for each in trust["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("aws:SourceArn", "arn:aws:ecs:us-east-1:111111111111:*"),
    }


def test_the_application_may_do_nothing_by_default() -> None:
    assert [policy["role"] for policy in _roles().all("aws_iam_role_policy").values()] == [
        f"${{aws_iam_role.{next(name for name in _roles().all('aws_iam_role') if 'execution' in name)}.name}}"
    ]


def test_the_execution_role_starts_a_task_and_no_more() -> None:
    statements = _roles().statements("execution/access_document")
    assert {sid: statement["resources"] for sid, statement in statements.items()} == {
        "LogInToRegistry": ["*"],
        "PullImages": ["arn:of:repository"],
        "WriteLogs": ["arn:of:log:*"],
        "ReadSecrets": ["arn:of:a", "arn:of:b"],
        "DecryptForSecretsmanager": ["arn:of:key"],
    }


def test_without_secrets_nothing_is_read_or_decrypted() -> None:
    assert set(_roles(secret_arns=()).statements("execution/access_document")) == {
        "LogInToRegistry",
        "PullImages",
        "WriteLogs",
    }


def test_a_shell_belongs_to_the_task_role() -> None:
    roles = _roles(exec_log_group_arn="arn:of:exec")
    statements = roles.statements("task/access_document")
    assert statements["WriteExecLogs"]["resources"] == ["arn:of:exec:*"]
    assert "OpenExecChannels" in statements
    assert "OpenExecChannels" not in roles.statements("execution/access_document")


def test_names_are_those_given() -> None:
    assert {role["name"] for role in _roles().all("aws_iam_role").values()} == {"execution", "task"}
