from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import problems

TWO = {"workload_zones": 2}


def search(**settings: Any) -> dict[str, str]:
    return problems(search=settings)


@pytest.mark.parametrize("kind", ["i3.large.search", "r6gd.large.search", "t2.small.search", "m3.medium.search"])
def test_type_without_volume_or_encryption(kind: str) -> None:
    assert set(search(instance_type=kind)) == {"search.instance_type"}


@pytest.mark.parametrize("kind", ["t3.small.search", "t3.medium.search", "m6g.large.search", "or1.medium.search"])
def test_type(kind: str) -> None:
    assert not search(instance_type=kind)


@pytest.mark.parametrize(("count", "accepted"), [(10, True), (11, False)])
def test_nodes_of_t3(count: int, accepted: bool) -> None:
    assert (not search(instance_count=count)) == accepted
    assert not search(instance_count=count, instance_type="m6g.large.search")


@pytest.mark.parametrize(("size", "accepted"), [(200, True), (201, False)])
def test_volume_of_t3(size: int, accepted: bool) -> None:
    assert (not search(volume_gib=size)) == accepted
    assert not search(volume_gib=size, instance_type="m6g.large.search")


@pytest.mark.parametrize(("count", "accepted"), [(1, True), (2, True), (3, False), (4, True)])
def test_nodes_spread_evenly(count: int, accepted: bool) -> None:
    assert (not problems(network=TWO, search={"instance_count": count})) == accepted


def test_no_rule_for_a_domain_that_is_off() -> None:
    off = {"enabled": False, "instance_count": 11, "volume_gib": 500}
    assert not problems(network=TWO, search=off)
    assert not search(enabled=False, instance_type="i3.large.search")
