"""Where tasks run and where they are configured to run: each difference in words, and none that isn't one."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.operations.releases import placement

NETWORK = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
TASK_SET: dict[str, Any] = {
    "status": "PRIMARY",
    "platformVersion": "1.4.0",
    "networkConfiguration": {"awsvpcConfiguration": NETWORK},
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 20}, {"capacityProvider": "FARGATE_SPOT"}],
}


def wanted(version: str = "LATEST", shares: tuple[tuple[str, int], ...] = (), **network: Any) -> dict[str, Any]:
    place = {"Subnets": ["subnet-2", "subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED", **network}
    chosen = shares or (("FARGATE_SPOT", 0), ("FARGATE", 20))
    return {
        "PlatformVersion": version,
        "NetworkConfiguration": {"AwsvpcConfiguration": place},
        "CapacityProviderStrategy": [
            {"CapacityProvider": provider, "Base": 0, "Weight": weight} for provider, weight in chosen
        ],
    }


@pytest.mark.parametrize(
    ("configured", "told"),
    [
        ({}, ()),
        (wanted(), ()),
        (wanted("1.4.0"), ()),
        (wanted(Subnets=["subnet-1"]), ("subnets",)),
        (wanted(SecurityGroups=["sg-1", "sg-2"]), ("security groups",)),
        (wanted(AssignPublicIp="ENABLED"), ("public address",)),
        (wanted(shares=(("FARGATE", 20),)), ("capacity providers",)),
        (wanted(shares=(("FARGATE", 30), ("FARGATE_SPOT", 0))), ("capacity providers",)),
        (wanted("1.3.0", Subnets=[]), ("subnets", "platform version")),
    ],
)
def test_what_a_release_would_change(configured: dict[str, Any], told: tuple[str, ...]) -> None:
    assert placement.differences(configured, placement.running({"taskSets": [TASK_SET]})) == told


def test_a_service_without_task_sets_says_it_itself() -> None:
    assert placement.running({**TASK_SET, "status": "ACTIVE"}) == placement.running({"taskSets": [TASK_SET]})


def test_it_is_the_output_that_the_layer_has() -> None:
    assert placement.configured({"placement": wanted()}) == wanted()
    assert placement.configured({}) == {}
