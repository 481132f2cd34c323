"""Health of targets over time: checks, thresholds, draining."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from local_aws.traffic.hops import HopError
from local_aws.traffic.network import Source
from local_aws.traffic.vpc.parts import GroupRule
from tests.support.balancing import GROUP, FixedNetwork, Stage, vpcs


def reasons(stage: Stage) -> list[tuple[str, str]]:
    return [(each.state, each.reason) for each in stage.balancers.health(GROUP) or ()]


def test_a_new_target_is_healthy_after_one_check_that_passes() -> None:
    async def run() -> None:
        stage = Stage()
        assert stage.balancers.health(GROUP) is None
        stage.wire.answers["/health"] = 503
        await stage.tick()
        assert reasons(stage) == [("initial", "Elb.InitialHealthChecking")]
        stage.wire.answers["/health"] = 200
        await stage.tick()
        assert reasons(stage) == [("healthy", "")]

    asyncio.run(run())


def test_thresholds_count_checks_in_a_row() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.tick()
        stage.wire.answers["/health"] = 500
        await stage.tick(2)
        stage.wire.answers["/health"] = 200
        await stage.tick()
        stage.wire.answers["/health"] = 500
        await stage.tick(2)
        assert reasons(stage) == [("healthy", "")]
        await stage.tick()
        assert reasons(stage) == [("unhealthy", "Target.ResponseCodeMismatch")]
        assert (stage.balancers.health(GROUP) or [])[0].description == "Health checks failed with these codes: [500]"
        stage.wire.answers["/health"] = 200
        await stage.tick()
        assert stage.states() == {"10.0.1.1": "unhealthy"}
        await stage.tick()
        assert stage.states() == {"10.0.1.1": "healthy"}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (HopError("timeout", "late"), "Target.Timeout"),
        (HopError("refused", "closed"), "Target.FailedHealthChecks"),
        (HopError("cut", "garbage"), "Target.FailedHealthChecks"),
        (302, "Target.ResponseCodeMismatch"),
    ],
)
def test_why_a_check_fails(answer: int | HopError, reason: str) -> None:
    async def run() -> None:
        stage = Stage()
        stage.wire.answers["/health"] = answer
        await stage.tick(3)
        assert reasons(stage) == [("unhealthy", reason)]

    asyncio.run(run())


def test_a_check_that_hangs_is_given_up_and_not_doubled() -> None:
    async def run() -> None:
        stage = Stage(group={"HealthCheckTimeoutSeconds": 0.05})
        stage.wire.waits["/health"] = asyncio.Event()
        await stage.balancers.tick()
        stage.clock.time += 60
        await stage.balancers.tick()
        await asyncio.sleep(0)
        assert len(stage.wire.asked("/health")) == 1
        await stage.balancers.checked()
        await stage.tick(2)
        assert reasons(stage) == [("unhealthy", "Target.Timeout")]

    asyncio.run(run())


def test_interval_port_path_protocol_and_matcher_are_the_groups() -> None:
    async def run() -> None:
        settings = {"HealthCheckPort": "9000", "HealthCheckPath": "/up?a=b", "HealthCheckProtocol": "HTTP"}
        stage = Stage(group={**settings, "Matcher": {"HttpCode": "200,300-399"}, "HealthCheckIntervalSeconds": 10})
        groups = dict(vpcs().groups)
        for name, egress, peer in (("sg-alb", True, "sg-task"), ("sg-task", False, "sg-alb")):
            rule = GroupRule(f"sgr-{name}", egress, 9000, 9000, peer)
            groups[name] = type(groups[name])(name, name, "vpc-1", (*groups[name].rules, rule))
        stage.network.stated = vpcs(groups=groups)
        stage.wire.answers["/up"] = 302
        await stage.tick(4, seconds=5)
        assert stage.states() == {"10.0.1.1": "healthy"}
        (first, *more) = stage.wire.calls
        assert len(more) == 1
        assert (first.address, first.tls, first.path) == (("10.0.1.1", 9000), False, "/up?a=b")
        assert dict(first.headers) == {
            "Host": "10.0.1.1:9000",
            "User-Agent": "ELB-HealthChecker/2.0",
            "Connection": "close",
        }

    asyncio.run(run())


def test_a_check_meets_the_network_as_well() -> None:
    async def run() -> None:
        stage = Stage(group={"HealthCheckPort": "9000"})
        await stage.tick(3)
        assert reasons(stage) == [("unhealthy", "Target.Timeout")]
        assert stage.wire.calls == []

    asyncio.run(run())


def test_a_target_that_no_rule_leads_to_is_unused_until_one_does() -> None:
    async def run() -> None:
        fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}]
        stage = Stage(default=fixed)
        await stage.tick()
        assert reasons(stage) == [("unused", "Target.NotInUse")]
        stage.api.default = [{"Type": "forward", "TargetGroupArn": GROUP}]
        await stage.tick()
        assert reasons(stage) == [("healthy", "")]

    asyncio.run(run())


def test_a_deregistered_target_drains_and_may_come_back() -> None:
    async def run() -> None:
        stage = Stage(group_attributes={"deregistration_delay.timeout_seconds": "45"})
        await stage.tick()
        stage.api.targets[GROUP] = []
        await stage.tick()
        assert reasons(stage) == [("draining", "Target.DeregistrationInProgress")]
        stage.api.targets[GROUP] = ["10.0.1.1"]
        await stage.tick()
        assert reasons(stage) == [("healthy", "")]
        stage.api.targets[GROUP] = []
        await stage.tick(3)
        assert reasons(stage) == []

    asyncio.run(run())


def test_a_deleted_group_drains_and_is_forgotten() -> None:
    async def run() -> None:
        stage = Stage(group_attributes={"deregistration_delay.timeout_seconds": "45"})
        await stage.tick()
        del stage.api.targets[GROUP]
        await stage.tick()
        assert reasons(stage) == [("draining", "Target.DeregistrationInProgress")]
        await stage.tick(2)
        assert stage.balancers.health(GROUP) is None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("minimum", "usable"), [({"count": "2"}, 2), ({"percentage": "50"}, 1), ({"percentage": "51"}, 2)]
)
def test_too_few_healthy_targets_open_the_group_to_all(minimum: dict[str, Any], usable: int) -> None:
    async def run() -> None:
        prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
        attributes = {f"{prefix}.{name}": value for name, value in minimum.items()}
        stage = Stage(targets={GROUP: ["10.0.1.1", "10.0.1.2"]}, group_attributes=attributes)
        stage.targets.closed.add("10.0.1.2")
        await stage.tick(3)
        assert stage.states() == {"10.0.1.1": "healthy", "10.0.1.2": "unhealthy"}
        statuses = [await stage.status() for _ in range(4)]
        assert statuses.count(502) == (2 if usable == 2 else 0)

    asyncio.run(run())


def test_a_check_that_could_not_be_made_is_made_again() -> None:
    class Silent(FixedNetwork):
        async def interface(self, ip: str, *, look_again: bool = True) -> Source | None:
            if look_again:
                raise ConnectionError("the emulators don't answer")
            return await super().interface(ip, look_again=look_again)

    async def run() -> None:
        stage = Stage()
        answering, silent = stage.network.interface, Silent(vpcs()).interface
        stage.network.interface = silent  # type: ignore[method-assign]
        await stage.tick()
        assert reasons(stage) == [("initial", "Elb.InitialHealthChecking")]
        stage.network.interface = answering  # type: ignore[method-assign]
        await stage.tick()
        assert reasons(stage) == [("healthy", "")]

    asyncio.run(run())
