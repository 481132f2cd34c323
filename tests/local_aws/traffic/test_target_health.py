"""DescribeTargetHealth of a run with its data plane: what the load balancer found, in AWS's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_aws.traffic.tasks.conftest import wait_for
from tools.bench.first_token.site import NAME, Site, site

pytestmark = pytest.mark.slow
# Addresses in the service's subnet that nothing has.
STRAY_IP, NOBODY_IP = "10.9.0.77", "10.9.0.78"
STRAY, NOBODY = ({"Id": ip, "Port": 8080} for ip in (STRAY_IP, NOBODY_IP))
REGISTERING = ("initial", "Elb.RegistrationInProgress")
DRAINING = ("draining", "Target.DeregistrationInProgress")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("small") / "run") as found:
        yield found


def group_of(elb: Any) -> str:
    arn: str = elb.describe_target_groups(Names=[NAME])["TargetGroups"][0]["TargetGroupArn"]
    return arn


def health(elb: Any, group: str, *targets: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """State and reason by address."""
    named = {"Targets": list(targets)} if targets else {}
    told = elb.describe_target_health(TargetGroupArn=group, **named)["TargetHealthDescriptions"]
    found = {each["Target"]["Id"]: each["TargetHealth"] for each in told}
    return {ip: (each["State"], each.get("Reason", "")) for ip, each in found.items()}


def test_a_task_is_healthy_and_an_address_that_nothing_has_is_not(small: Site) -> None:
    elb = small.client("elbv2")
    group = group_of(elb)
    (task,) = health(elb, group)
    assert health(elb, group) == {task: ("healthy", "")}
    (described,) = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert described["HealthCheckPort"] == "8080"

    elb.register_targets(TargetGroupArn=group, Targets=[STRAY])
    assert health(elb, group, STRAY)[STRAY_IP][0] == "initial"
    wait_for(lambda: health(elb, group, STRAY)[STRAY_IP] == ("unhealthy", "Target.Timeout"))
    assert health(elb, group)[task] == ("healthy", "")

    elb.deregister_targets(TargetGroupArn=group, Targets=[STRAY])
    assert health(elb, group) == {task: ("healthy", ""), STRAY_IP: DRAINING}
    elb.register_targets(TargetGroupArn=group, Targets=[STRAY])
    assert health(elb, group)[STRAY_IP][0] in ("initial", "unhealthy")
    elb.deregister_targets(TargetGroupArn=group, Targets=[STRAY])


def test_only_those_named_are_described(small: Site) -> None:
    elb = small.client("elbv2")
    group = group_of(elb)
    task = next(ip for ip, (state, _) in health(elb, group).items() if state == "healthy")
    assert health(elb, group, {"Id": task}, NOBODY) == {
        task: ("healthy", ""),
        NOBODY_IP: ("unused", "Target.NotRegistered"),
    }


def test_a_group_behind_no_load_balancer_is_not_in_use(small: Site) -> None:
    elb = small.client("elbv2")
    vpc = elb.describe_target_groups(Names=[NAME])["TargetGroups"][0]["VpcId"]
    made = elb.create_target_group(Name="alone", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    group = made["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[STRAY])
    assert health(elb, group)[STRAY_IP] in (REGISTERING, ("unused", "Target.NotInUse"))
    wait_for(lambda: health(elb, group)[STRAY_IP] == ("unused", "Target.NotInUse"))


def test_a_group_that_does_not_exist_is_an_error(small: Site) -> None:
    elb = small.client("elbv2")
    arn = group_of(elb).replace(NAME, "none")
    with pytest.raises(elb.exceptions.TargetGroupNotFoundException):
        elb.describe_target_health(TargetGroupArn=arn)


def test_the_plane_acts_in_its_own_region_alone(small: Site) -> None:
    elb = small.client("elbv2", "eu-west-1")
    made = elb.create_target_group(Name="far", Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip")
    group = made["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[STRAY])
    assert health(elb, group) == {STRAY_IP: ("healthy", "")}
