from __future__ import annotations

from typing import Any

import pytest

from config import aws_data
from config.disks import volume_range
from tests.config.samples import problems

TWO = {"workload_zones": 2}


def search(**settings: Any) -> dict[str, str]:
    return problems(search=settings)


@pytest.mark.parametrize("kind", ["i3.large.search", "r6gd.large.search", "t2.small.search", "m3.medium.search"])
def test_type_without_volume_or_encryption(kind: str) -> None:
    assert set(search(instance_type=kind)) == {"search.instance_type"}


@pytest.mark.parametrize("kind", ["t3.small.search", "t3.medium.search", "m6g.large.search", "or1.medium.search"])
def test_type(kind: str) -> None:
    assert not search(instance_type=kind, volume_gib=20)


PLAIN = {"model_id": "amazon.nova-lite-v1:0", "destination_regions": [], "guardrail": False}


@pytest.mark.parametrize(
    ("region", "kind", "accepted"),
    [
        ("mx-central-1", "r6g.large.search", False),
        ("mx-central-1", "t3.small.search", True),
        ("eu-central-1", "m5.large.search", True),
        ("ap-southeast-5", "m5.large.search", False),
        ("ap-south-2", "or1.medium.search", True),
        ("eu-south-1", "or1.medium.search", False),
    ],
)
def test_type_in_its_region(region: str, kind: str, accepted: bool) -> None:
    found = problems(region=region, bedrock=PLAIN, search={"instance_type": kind, "volume_gib": 20})
    assert found.get("search.instance_type") == (
        None if accepted else f"a type that {region} offers, such as t3.small.search"
    )


@pytest.mark.parametrize(("region", "accepted"), [("us-east-1", True), ("mx-central-1", False)])
def test_masters_in_their_region(region: str, accepted: bool) -> None:
    found = problems(region=region, bedrock=PLAIN, search={"dedicated_masters": 3})
    assert ("search.dedicated_masters" in found) != accepted


@pytest.mark.parametrize(
    ("region", "accepted"), [("us-east-1", True), ("eu-central-1", True), ("eu-central-2", False), ("cn-north-1", True)]
)
def test_the_functions_code_is_signed_in_the_region(region: str, accepted: bool) -> None:
    found = problems(region=region, bedrock=PLAIN)
    assert found.get("search.enabled") == (
        None if accepted else f"false, because {region} has no AWS Signer for the code of the domain's function"
    )
    assert "search.enabled" not in problems(region=region, bedrock=PLAIN, search={"enabled": False})


@pytest.mark.parametrize(("version", "accepted"), [("2.3", False), ("2.9", False), ("2.11", True), ("3.1", True)])
def test_optimized_nodes_run_new_versions(version: str, accepted: bool) -> None:
    engine = {"engine_version": f"OpenSearch_{version}", "volume_gib": 20}
    assert (not search(instance_type="or1.medium.search", **engine)) == accepted
    assert not search(instance_type="m6g.large.search", **engine)


@pytest.mark.parametrize(("count", "accepted"), [(10, True), (11, False)])
def test_nodes_of_t3(count: int, accepted: bool) -> None:
    assert (not search(instance_count=count)) == accepted
    assert not search(instance_count=count, instance_type="m6g.large.search")


@pytest.mark.parametrize(
    ("kind", "size", "accepted"),
    [
        ("t3.small.search", 100, True),
        ("t3.small.search", 101, False),
        ("t3.medium.search", 200, True),
        ("t3.medium.search", 201, False),
        ("m6g.large.search", 1024, True),
        ("m6g.large.search", 1025, False),
        ("or1.medium.search", 20, True),
        ("or1.medium.search", 19, False),
        ("or1.16xlarge.search", 32768, True),
    ],
)
def test_volume_of_a_type(kind: str, size: int, accepted: bool) -> None:
    found = search(volume_gib=size, instance_type=kind)
    assert set(found) == (set() if accepted else {"search.volume_gib"})


@pytest.mark.parametrize("kind", aws_data.search_instance_types())
def test_a_type_has_a_known_disk_or_is_refused(kind: str) -> None:
    allowed = volume_range(kind)
    assert (not search(instance_type=kind, volume_gib=(allowed or (10, 10))[0])) == (allowed is not None)


@pytest.mark.parametrize(("count", "accepted"), [(1, True), (2, True), (3, False), (4, True)])
def test_nodes_spread_evenly(count: int, accepted: bool) -> None:
    assert (not problems(network=TWO, search={"instance_count": count})) == accepted


def test_no_rule_for_a_domain_that_is_off() -> None:
    off = {"enabled": False, "instance_count": 11, "volume_gib": 500}
    assert not problems(network=TWO, search=off)
    assert not search(enabled=False, instance_type="i3.large.search")
    lacking = {"enabled": False, "instance_type": "r6g.large.search", "dedicated_masters": 3}
    assert not problems(region="mx-central-1", bedrock=PLAIN, search=lacking)


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"domain": "existing", "domain_name": "local-search"}, set()),
        ({"domain": "existing"}, {"search.domain_name"}),
        ({"domain_name": "local-search"}, {"search.domain_name"}),
        ({}, set()),
    ],
)
def test_an_existing_domain_has_a_name_and_a_created_one_none(settings: dict[str, str], wrong: set[str]) -> None:
    assert set(problems(search=settings, emulator={"enabled": True})) == wrong


def test_only_the_emulated_aws_has_a_domain_that_can_be_used() -> None:
    assert set(search(domain="existing", domain_name="local-search")) == {"search.domain"}
