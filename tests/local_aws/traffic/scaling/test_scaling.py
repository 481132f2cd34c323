"""Services scaled by their policies, in the emulated ECS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_aws import Endpoint
from local_aws.traffic.metrics import Metrics
from local_aws.traffic.scaling import Scaling
from local_aws.traffic.world import World
from tests.local_aws.traffic.metrics.conftest import MovedClock

Make = Callable[..., Any]
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
MEMORY = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}}
NAMES = {"CPUUtilization": "AWS/ECS", "MemoryUtilization": "AWS/ECS", "RequestCountPerTarget": "AWS/ApplicationELB"}


class Scaled:
    """A service with policies, and the minutes that pass."""

    def __init__(self, world: World, client: Make) -> None:
        self.clock = MovedClock()
        self._metrics = Metrics(world, self.clock, tuple)
        self._scaling = Scaling(world, self.clock, self._metrics.readings)
        self._metrics.followers.append(self._scaling.follow)
        self._client = client

    def limits(self, least: int, most: int, **more: Any) -> None:
        """Register the service as a scalable target."""
        self._client("application-autoscaling").register_scalable_target(
            **target(), MinCapacity=least, MaxCapacity=most, **more
        )

    def policy(self, name: str, settings: dict[str, Any], kind: str = "TargetTrackingScaling") -> None:
        """Give the target a policy."""
        self._client("application-autoscaling").put_scaling_policy(
            **target(),
            PolicyName=name,
            PolicyType=kind,
            **({"TargetTrackingScalingPolicyConfiguration": settings} if "TargetValue" in settings else settings),
        )

    def minutes(self, number: int, **values: float) -> int:
        """Let minutes pass, in each of which metrics have values; the desired count after them."""
        for _ in range(number):
            for name, value in values.items():
                names = {"ClusterName": "scaled", "ServiceName": "chat"}
                if name == "RequestCountPerTarget":
                    names = {"LoadBalancer": "app/a/1", "TargetGroup": "targetgroup/b/2"}
                self._metrics.record(NAMES[name], name, names, value)
            self.clock.moment += 60
            asyncio.run(self._metrics.tick())
        return self.desired

    def tick(self) -> int:
        """Bring the service within its limits; the desired count after that."""
        asyncio.run(self._scaling.tick())
        return self.desired

    @property
    def desired(self) -> int:
        """The service's desired count."""
        told = self._client("ecs").describe_services(cluster="scaled", services=["chat"])
        return int(told["services"][0]["desiredCount"])


def target() -> dict[str, str]:
    named = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    return {**named, "ResourceId": "service/scaled/chat"}


@pytest.fixture
def scaled(endpoint: Endpoint, client: Make) -> Iterator[Scaled]:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="scaled")
    container = {"name": "chat", "image": "none", "essential": True}
    ecs.register_task_definition(family="scaled", containerDefinitions=[container], cpu="256", memory="512")
    ecs.create_service(cluster="scaled", serviceName="chat", taskDefinition="scaled", desiredCount=2)
    yield Scaled(World(endpoint.url, endpoint.account_id, "us-east-1"), client)
    client("application-autoscaling").deregister_scalable_target(**target())
    ecs.delete_service(cluster="scaled", service="chat", force=True)
    ecs.delete_cluster(cluster="scaled")


def tracked(metric: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**metric, "TargetValue": 50.0, "ScaleOutCooldown": 120, "ScaleInCooldown": 300, **more}


def test_a_service_stays_within_its_limits(scaled: Scaled) -> None:
    scaled.limits(3, 4)
    assert scaled.tick() == 3


def test_three_minutes_above_the_target_add_in_proportion(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU))
    assert scaled.minutes(2, CPUUtilization=80) == 2
    assert scaled.minutes(1, CPUUtilization=80) == 4


def test_never_more_than_the_limit(scaled: Scaled) -> None:
    scaled.limits(1, 3)
    scaled.policy("cpu", tracked(CPU))
    assert scaled.minutes(3, CPUUtilization=100) == 3


def test_in_its_cooldown_only_a_larger_need_adds(scaled: Scaled) -> None:
    scaled.limits(1, 20)
    scaled.policy("cpu", tracked(CPU, ScaleOutCooldown=300))
    assert scaled.minutes(3, CPUUtilization=90) == 4
    assert scaled.minutes(2, CPUUtilization=90) == 4
    assert scaled.minutes(1, CPUUtilization=140) == 6
    assert scaled.minutes(3, CPUUtilization=60) == 6
    assert scaled.minutes(3, CPUUtilization=60) == 8


def test_fifteen_minutes_below_nine_tenths_take_away(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU))
    scaled.minutes(3, CPUUtilization=100)
    assert scaled.minutes(14, CPUUtilization=20) == 4
    assert scaled.minutes(1, CPUUtilization=20) == 2
    assert scaled.minutes(4, CPUUtilization=20) == 2
    assert scaled.minutes(1, CPUUtilization=20) == 1


@pytest.mark.parametrize("percent", [46, 50])
def test_near_the_target_nothing_changes(scaled: Scaled, percent: float) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU))
    assert scaled.minutes(20, CPUUtilization=percent) == 2


def test_fewer_only_when_all_policies_agree_and_the_largest_counts(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU))
    scaled.policy("memory", tracked(MEMORY))
    assert scaled.minutes(3, CPUUtilization=150, MemoryUtilization=90) == 6
    assert scaled.minutes(20, CPUUtilization=5, MemoryUtilization=48) == 6
    assert scaled.minutes(15, CPUUtilization=5, MemoryUtilization=25) == 3


def test_a_policy_that_may_not_take_away(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU, DisableScaleIn=True))
    assert scaled.minutes(20, CPUUtilization=5) == 2


def test_a_policy_without_values_keeps_the_others_from_taking_away(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    scaled.policy("cpu", tracked(CPU))
    scaled.policy("memory", tracked(MEMORY))
    assert scaled.minutes(20, CPUUtilization=5) == 2


def test_requests_per_target_are_followed(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    label = "app/a/1/targetgroup/b/2"
    predefined = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    scaled.policy("requests", tracked({"PredefinedMetricSpecification": predefined}))
    assert scaled.minutes(3, RequestCountPerTarget=75) == 3


def test_a_metric_of_one_s_own_is_followed(scaled: Scaled) -> None:
    scaled.limits(1, 10)
    dimensions = [{"Name": "ClusterName", "Value": "scaled"}, {"Name": "ServiceName", "Value": "chat"}]
    named = {"MetricName": "MemoryUtilization", "Namespace": "AWS/ECS", "Dimensions": dimensions}
    scaled.policy("own", tracked({"CustomizedMetricSpecification": {**named, "Statistic": "Maximum"}}))
    assert scaled.minutes(3, MemoryUtilization=100) == 4


def test_suspended_scaling_does_not_act(scaled: Scaled) -> None:
    scaled.limits(1, 10, SuspendedState={"DynamicScalingOutSuspended": True})
    scaled.policy("cpu", tracked(CPU))
    assert scaled.minutes(3, CPUUtilization=100) == 2


def test_other_kinds_of_policies_are_told_to_do_nothing(scaled: Scaled, capfd: pytest.CaptureFixture[str]) -> None:
    scaled.limits(1, 10)
    steps = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]}
    scaled.policy("steps", {"StepScalingPolicyConfiguration": steps}, "StepScaling")
    assert scaled.minutes(3, CPUUtilization=100) == 2
    assert capfd.readouterr().err.count("policy steps doesn't act: StepScaling") == 1


def test_a_scheduled_action_changes_the_limits_when_it_is_due(scaled: Scaled, client: Make) -> None:
    scaled.limits(1, 10)
    client("application-autoscaling").put_scheduled_action(
        **target(),
        ScheduledActionName="morning",
        Schedule="cron(0/5 * * * ? *)",
        ScalableTargetAction={"MinCapacity": 4},
    )
    counts = [scaled.tick()]
    for _ in range(5):
        scaled.clock.moment += 60
        counts.append(scaled.tick())
    assert counts[0] == 2
    assert counts[-1] == 4
