from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.releases.access import ShiftedService
from constructs_lib.releases.role import ShiftRole
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "eu-west-1", "aws")
SHIFTED = ShiftedService("main", "web", "alb", ("execution", "task"), "hook")
HERE = "eu-west-1:111111111111"


@pytest.fixture(scope="module")
def config() -> Template:
    return template(
        lambda scope: ShiftRole(scope, "role", name="release", place=PLACE, group="app/app", shifted=SHIFTED)
    )


@pytest.mark.parametrize(
    ("sid", "actions", "resources"),
    [
        (
            "ShiftService",
            {"ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"},
            [f"arn:aws:ecs:{HERE}:service/main/web"],
        ),
        ("CreateTaskSets", {"ecs:CreateTaskSet"}, ["*"]),
        ("DeleteTaskSets", {"ecs:DeleteTaskSet"}, [f"arn:aws:ecs:{HERE}:task-set/main/web/*"]),
        (
            "ShiftVisitors",
            {"elasticloadbalancing:ModifyListener"},
            [f"arn:aws:elasticloadbalancing:{HERE}:listener/app/alb/*"],
        ),
        ("WatchAlarms", {"cloudwatch:DescribeAlarms"}, [f"arn:aws:cloudwatch:{HERE}:alarm:*"]),
        ("TryNewTasks", {"lambda:InvokeFunction"}, [f"arn:aws:lambda:{HERE}:function:hook"]),
        (
            "PassTaskRoles",
            {"iam:PassRole"},
            ["arn:aws:iam::111111111111:role/execution", "arn:aws:iam::111111111111:role/task"],
        ),
    ],
)
def test_the_role_may_only(config: Template, sid: str, actions: set[str], resources: list[str]) -> None:
    statement = config.statements("access_document")[sid]
    assert (set(statement["actions"]), statement["resources"]) == (actions, resources)


def test_nothing_that_changes_is_allowed_everywhere(config: Template) -> None:
    everywhere = [each for each in config.statements("access_document").values() if each["resources"] == ["*"]]
    assert [each["sid"] for each in everywhere] == ["CreateTaskSets", "LookUpLoadBalancer"]
    assert everywhere[0]["condition"] == [
        {"test": "ArnEquals", "variable": "ecs:service", "values": [f"arn:aws:ecs:{HERE}:service/main/web"]}
    ]
    assert all(each.partition(":")[2].startswith("Describe") for each in everywhere[1]["actions"])


def test_roles_are_passed_to_tasks_alone(config: Template) -> None:
    (condition,) = config.statements("access_document")["PassTaskRoles"]["condition"]
    assert condition == {
        "test": "StringEquals",
        "variable": "iam:PassedToService",
        "values": ["ecs-tasks.amazonaws.com"],
    }


def test_only_this_group_takes_the_role_on(config: Template) -> None:
    trust = config.statements("trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["codedeploy.amazonaws.com"]}]
    assert {each["variable"]: each["values"] for each in trust["condition"]} == {
        "aws:SourceAccount": ["111111111111"],
        "aws:SourceArn": [f"arn:aws:codedeploy:{HERE}:deploymentgroup:app/app"],
    }
