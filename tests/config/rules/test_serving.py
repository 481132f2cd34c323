from __future__ import annotations

from typing import Any

import pytest

from config.rules.serving import memory_sizes
from tests.config.samples import problems

# The table of the ECS developer guide, written out.
SIZES = {
    256: {512, 1024, 2048},
    512: {1024, 2048, 3072, 4096},
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
}


def service(**settings: Any) -> dict[str, str]:
    return problems(service=settings)


@pytest.mark.parametrize("cpu", SIZES)
def test_memory_sizes(cpu: int) -> None:
    assert set(memory_sizes(cpu)) == SIZES[cpu]
    for memory in range(512, 122881, 512):
        refused = "service.memory_mib" in service(cpu=cpu, memory_mib=memory)
        assert refused == (memory not in SIZES[cpu])


def test_memory_problem_says_what_there_is() -> None:
    assert service(memory_mib=3072) == {"service.memory_mib": "512, 1024 or 2048, because cpu = 256"}
    assert service(cpu=8192, memory_mib=17408) == {
        "service.memory_mib": "16384 to 61440 in steps of 4096, because cpu = 8192"
    }


def test_scaling_needs_room() -> None:
    assert service(min_tasks=5) == {"service.min_tasks": "at most 4, which is max_tasks"}
    assert not service(min_tasks=4)
    assert service(min_tasks=0) == {
        "service.min_tasks": "a whole number from 1 to 5000; to run nothing, set service.parked = true"
    }
    assert not service(parked=True)


def test_base_is_not_above_the_most_tasks() -> None:
    assert set(service(on_demand_base=5)) == {"service.on_demand_base"}
    assert not service(on_demand_base=4)


@pytest.mark.parametrize(("timeout", "accepted"), [(29, True), (30, False), (31, False)])
def test_health_check_ends_before_the_next(timeout: int, accepted: bool) -> None:
    found = service(health_check_interval_seconds=30, health_check_timeout_seconds=timeout)
    assert (not found) == accepted


def test_load_balancer_waits_as_long_as_the_edge() -> None:
    assert set(service(idle_timeout_seconds=59)) == {"service.idle_timeout_seconds"}
    assert not service(idle_timeout_seconds=60)
    assert not problems(service={"idle_timeout_seconds": 59}, edge={"enabled": False})


def test_global_layers_need_their_partition() -> None:
    model = {"model_id": "amazon.x-v1:0", "destination_regions": [], "guardrail": False}
    there = {"region": "us-gov-west-1", "bedrock": model, "budget": {"enabled": False}}
    assert set(problems(**there, dns={"domain": "chat.example.com"})) == {"edge.enabled", "dns.domain"}
    assert not problems(**there, edge={"enabled": False})


CONNECTED: dict[str, Any] = {"service_connect": True, "cpu": 512, "memory_mib": 1024, "tls_to_task": False}


def test_a_rolling_service_with_room_for_the_proxy_is_connected() -> None:
    assert service(**CONNECTED) == {}


def test_services_whose_visitors_are_shifted_are_not_connected() -> None:
    found = problems(service=CONNECTED, deployment={"strategy": "canary"}, dns={"domain": "chat.example.com"})
    assert found["service.service_connect"].startswith(
        'false, because strategy = "canary" shifts visitors between two groups of tasks'
    )


def test_the_proxy_needs_a_way_to_its_control_plane() -> None:
    (reason,) = problems(service=CONNECTED, network={"egress": "endpoints"}).values()
    assert reason.startswith('false, because egress = "endpoints"')


def test_nobody_connected_a_service_in_another_partition() -> None:
    settings = {
        "region": "us-gov-west-1",
        "edge": {"enabled": False},
        "budget": {"enabled": False},
        "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": []},
        "network": {"availability_zones": ["us-gov-west-1a", "us-gov-west-1b"]},
    }
    assert set(problems(**settings, service={**CONNECTED, "service_connect": False})) == set()
    assert set(problems(**settings, service=CONNECTED)) == {"service.service_connect"}


def test_a_task_without_room_for_the_proxy_is_refused_with_what_is_enough() -> None:
    assert service(**{**CONNECTED, "cpu": 256, "memory_mib": 512}) == {
        "service.cpu": "at least 512, because service_connect adds a proxy of 256 to the 256 that the application "
        "needs",
        "service.memory_mib": "at least 576, because service_connect adds a proxy of 64 to the 512 that the "
        "application needs",
    }
    assert set(service(**{**CONNECTED, "cpu": 256})) == {"service.cpu"}


def test_the_proxy_reads_what_comes_to_the_port() -> None:
    assert set(service(**{**CONNECTED, "tls_to_task": True})) == {"service.tls_to_task"}
