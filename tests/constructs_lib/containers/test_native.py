"""What can be shown of ECS's own deployments under bindings that have none: that they are refused, and how.

Their fields are asserted by `make synth-next`, under bindings that have them.
"""

from __future__ import annotations

import pytest

from constructs_lib.containers import native
from constructs_lib.containers.native import (
    ListenerRules,
    NativeDeployment,
    NativeMissingError,
    NativeShift,
    advanced_configuration,
    deployment_configuration,
    is_installed,
)

RULES = ListenerRules("arn:of:second", "arn:of:rule", "arn:of:tests", "arn:of:role")


def test_the_bindings_of_this_environment_have_none() -> None:
    assert not is_installed()


@pytest.mark.parametrize("strategy", ["blue_green", "canary", "linear"])
def test_a_deployment_is_refused_by_name(strategy: str) -> None:
    shift = NativeShift(strategy, 10, 5)  # type: ignore[arg-type]
    with pytest.raises(NativeMissingError, match="came with version 6: EcsServiceDeploymentConfiguration"):
        deployment_configuration(NativeDeployment(shift, RULES, bake_minutes=10))


def test_rules_of_listeners_are_refused_by_name() -> None:
    with pytest.raises(NativeMissingError, match="EcsServiceLoadBalancerAdvancedConfiguration"):
        advanced_configuration(RULES)


def test_one_missing_part_means_that_they_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bindings:
        EcsServiceDeploymentConfiguration = object

    monkeypatch.setattr(native, "ecs_service", Bindings)
    assert not is_installed()
    for each in native._STRUCTS:
        monkeypatch.setattr(Bindings, f"EcsService{each}", object, raising=False)
    assert is_installed()
