"""Weighted forwards and the forgotten conditions come back as they were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., Any]


@pytest.fixture
def groups(client: Make, request: pytest.FixtureRequest) -> list[str]:
    names = [f"{request.node.name.replace('_', '-')[:28]}-{index}" for index in range(2)]
    made = [client("elbv2").create_target_group(Name=each, Protocol="HTTP", Port=80, VpcId="vpc-1") for each in names]
    return [each["TargetGroups"][0]["TargetGroupArn"] for each in made]


def weighted(groups: list[str], *weights: int) -> dict[str, Any]:
    shares = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in zip(groups, weights, strict=True)]
    return {"TargetGroups": shares, "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}


def listener(client: Make, name: str, action: dict[str, Any]) -> str:
    elb = client("elbv2")
    balancer = elb.create_load_balancer(Name=name, Subnets=["subnet-1"])["LoadBalancers"][0]["LoadBalancerArn"]
    made = elb.create_listener(LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=[action])
    assert made["Listeners"][0]["DefaultActions"][0] == {"Order": 1, **action}
    arn: str = made["Listeners"][0]["ListenerArn"]
    return arn


def test_weights_of_a_listener(client: Make, groups: list[str]) -> None:
    elb = client("elbv2")
    arn = listener(client, "weighted", {"Type": "forward", "ForwardConfig": weighted(groups, 9, 1)})
    for shares in ((9, 1), (0, 999)):
        action = {"Type": "forward", "ForwardConfig": weighted(groups, *shares)}
        elb.modify_listener(ListenerArn=arn, DefaultActions=[action])
        found = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"][0]
        assert found["ForwardConfig"] == weighted(groups, *shares)
        (default,) = elb.describe_rules(ListenerArn=arn)["Rules"]
        assert default["Actions"][0]["ForwardConfig"] == weighted(groups, *shares)
    elb.modify_listener(ListenerArn=arn, DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[0]}])
    found = elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"][0]
    assert "ForwardConfig" not in found
    assert found["TargetGroupArn"] == groups[0]


def test_weights_and_conditions_of_a_rule(client: Make, groups: list[str]) -> None:
    elb = client("elbv2")
    arn = listener(client, "rules", {"Type": "forward", "TargetGroupArn": groups[0]})
    asked = {"Values": [{"Key": "version", "Value": "v1"}, {"Value": "*example*"}]}
    conditions = [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/api/*"]}},
        {"Field": "query-string", "QueryStringConfig": asked},
    ]
    actions = [{"Type": "forward", "ForwardConfig": weighted(groups, 1, 1)}]
    made = elb.create_rule(ListenerArn=arn, Priority=1, Conditions=conditions, Actions=actions)["Rules"][0]
    assert made["Conditions"][1]["QueryStringConfig"] == asked
    elb.modify_rule(RuleArn=made["RuleArn"], Actions=[{"Type": "forward", "ForwardConfig": weighted(groups, 5, 7)}])
    elb.set_rule_priorities(RulePriorities=[{"RuleArn": made["RuleArn"], "Priority": 3}])
    found = {each["Priority"]: each for each in elb.describe_rules(ListenerArn=arn)["Rules"]}
    assert found["3"]["Actions"][0]["ForwardConfig"] == weighted(groups, 5, 7)
    assert found["3"]["Conditions"][0]["PathPatternConfig"] == {"Values": ["/api/*"]}
    assert found["3"]["Conditions"][1]["QueryStringConfig"] == asked
    assert "ForwardConfig" not in found["default"]["Actions"][0]
