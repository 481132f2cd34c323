"""ECS's own blue-green, canary and linear deployments, as arguments of a service.

They came with version 6 of the provider, whose bindings this project doesn't run on yet: the structs are looked up in
the installed ones, here and nowhere else. `make synth-next` synthesises them and asserts every field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws import ecs_service

# Stage at which new tasks have the test traffic and no visitor (DeploymentLifecycleHook, ECS API reference).
TEST_STAGE = "POST_TEST_TRAFFIC_SHIFT"
_MISSING = "the installed AWS provider has no deployments of ECS's own, which came with version 6"


class NativeMissingError(Exception):
    """The installed bindings of the AWS provider don't have what a native deployment takes."""


@dataclass(frozen=True)
class NativeShift:
    """How visitors move: all at once, `percent` of them first and the rest `minutes` later, or so many every so many.

    canary: 0.1 to 100 percent, linear: 3 to 100 percent; 0 to 1,440 minutes (CanaryConfiguration, LinearConfiguration,
    ECS API reference). All at once reads neither.
    """

    strategy: Literal["blue_green", "canary", "linear"]
    percent: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class LifecycleHook:
    """The function that tries new tasks before a visitor reaches them, and the role in which ECS calls it."""

    function_arn: str
    role_arn: str


@dataclass(frozen=True)
class ListenerRules:
    """What ECS shifts by: the second target group, a rule for visitors, one for tests, and the role it does that in."""

    alternate_target_group_arn: str
    production_rule_arn: str
    test_rule_arn: str
    role_arn: str


@dataclass(frozen=True)
class NativeDeployment:
    """A deployment that ECS carries out by itself.

    The old tasks stay `bake_minutes`, 0 to 1,440, after the last shift. One of the `alarms` takes it back, and so does
    the `hook`, of which there is none while no task runs. What `ready` lists has to exist before the service, and goes
    after it: ECS works in those roles until then.
    """

    shift: NativeShift
    rules: ListenerRules
    bake_minutes: int
    alarms: Sequence[str] = ()
    hook: LifecycleHook | None = None
    ready: Sequence[ITerraformDependable] = ()


def is_installed() -> bool:
    """Whether the installed bindings have native deployments, and all their parts."""
    return all(hasattr(ecs_service, f"EcsService{each}") for each in _STRUCTS)


_CONFIGURATION = "DeploymentConfiguration"
_STRUCTS = (
    "LoadBalancerAdvancedConfiguration",
    _CONFIGURATION,
    *(f"{_CONFIGURATION}{each}" for each in ("CanaryConfiguration", "LifecycleHook", "LinearConfiguration")),
)


def deployment_configuration(native: NativeDeployment) -> Any:
    """`deployment_configuration` of a service. Raises NativeMissingError where the bindings have none."""
    minutes = str(native.shift.minutes)
    steps: dict[str, Any] = {}
    if native.shift.strategy == "canary":
        canary = _struct(f"{_CONFIGURATION}CanaryConfiguration")
        steps["canary_configuration"] = canary(canary_percent=native.shift.percent, canary_bake_time_in_minutes=minutes)
    elif native.shift.strategy == "linear":
        linear = _struct(f"{_CONFIGURATION}LinearConfiguration")
        steps["linear_configuration"] = linear(step_percent=native.shift.percent, step_bake_time_in_minutes=minutes)
    if native.hook:
        hook = _struct(f"{_CONFIGURATION}LifecycleHook")
        steps["lifecycle_hook"] = [
            hook(
                hook_target_arn=native.hook.function_arn,
                role_arn=native.hook.role_arn,
                lifecycle_stages=[TEST_STAGE],
            )
        ]
    return _struct(_CONFIGURATION)(
        strategy=native.shift.strategy.upper(), bake_time_in_minutes=str(native.bake_minutes), **steps
    )


def advanced_configuration(rules: ListenerRules) -> Any:
    """`load_balancer.advanced_configuration` of a service. Raises NativeMissingError where the bindings have none."""
    return _struct("LoadBalancerAdvancedConfiguration")(
        alternate_target_group_arn=rules.alternate_target_group_arn,
        production_listener_rule=rules.production_rule_arn,
        test_listener_rule=rules.test_rule_arn,
        role_arn=rules.role_arn,
    )


def _struct(name: str) -> Any:
    try:
        return getattr(ecs_service, f"EcsService{name}")
    except AttributeError:
        raise NativeMissingError(f"{_MISSING}: EcsService{name}") from None
