from __future__ import annotations

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.releases.native_roles import BalancerRole, HookRole
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "eu-west-1", "aws")
BALANCING = "arn:aws:elasticloadbalancing:eu-west-1:111111111111"


def _build(scope: Construct) -> None:
    BalancerRole(
        scope, "shift", name="shift", place=PLACE, load_balancer_name="alb", target_group_names=("app", "app-2")
    )
    HookRole(scope, "call", name="call", place=PLACE, function_name="release-test")


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


@pytest.mark.parametrize(
    ("role", "sid", "actions", "resources"),
    [
        (
            "shift",
            "LookUpLoadBalancer",
            {"DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"},
            ["*"],
        ),
        (
            "shift",
            "RegisterTasks",
            {"DeregisterTargets", "RegisterTargets"},
            [f"{BALANCING}:targetgroup/app/*", f"{BALANCING}:targetgroup/app-2/*"],
        ),
        ("shift", "ShiftListeners", {"ModifyListener"}, [f"{BALANCING}:listener/app/alb/*"]),
        ("shift", "ShiftRules", {"ModifyRule"}, [f"{BALANCING}:listener-rule/app/alb/*"]),
        ("call", "TryNewTasks", {"InvokeFunction"}, ["arn:aws:lambda:eu-west-1:111111111111:function:release-test"]),
    ],
)
def test_each_role_may_only(config: Template, role: str, sid: str, actions: set[str], resources: list[str]) -> None:
    statement = config.statements(f"{role}/access_document")[sid]
    assert {each.partition(":")[2] for each in statement["actions"]} == actions
    assert statement["resources"] == resources


@pytest.mark.parametrize("role", ["shift", "call"])
def test_ecs_alone_takes_them_on(config: Template, role: str) -> None:
    """No document of ECS says that it sends a source: a condition on one might refuse it."""
    (trust,) = config.statements(f"{role}/trust").values()
    assert trust["principals"] == [{"type": "Service", "identifiers": ["ecs.amazonaws.com"]}]
    assert "condition" not in trust


def test_they_may_nothing_else(config: Template) -> None:
    assert {role: len(config.statements(f"{role}/access_document")) for role in ("shift", "call")} == {
        "shift": 4,
        "call": 1,
    }
