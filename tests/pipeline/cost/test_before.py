"""The price before a plan: without its additions, with what it destroys, at the sizes before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from config import load
from pipeline.cost.before import resources_before
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from tests.pipeline.cost.samples import priced, resources


def entry(address: str, actions: list[str], old: Any = None, new: Any = None, mode: str = "managed") -> dict[str, Any]:
    return {"address": address, "mode": mode, "change": {"actions": actions, "before": old, "after": new}}


def plan(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resource_changes": list(entries)}


def address(kind: str) -> tuple[str, str]:
    found = next(each for each in resources("dev") if each.type == kind)
    return found.layer, found.address


def price(plans: dict[str, Any]) -> Decimal:
    return estimate_resources(resources_before(resources("dev"), plans), load("dev")).expected


def test_without_plans_nothing_was_different() -> None:
    assert resources_before(resources("dev"), {}) == resources("dev")


def test_on_an_empty_account_nothing_was_there() -> None:
    plans: dict[str, Any] = {}
    for each in resources("dev"):
        changes = plans.setdefault(each.layer, plan())["resource_changes"]
        changes.append(entry(each.address, ["create"], new=dict(each.body)))
    assert resources_before(resources("dev"), plans) == ()
    assert price(plans) == 0


def test_what_is_destroyed_was_paid_for() -> None:
    gone = entry("aws_cloudwatch_dashboard.second", ["delete"], old={"dashboard_name": "second"})
    assert price({"monitoring": plan(gone)}) - priced("dev").expected == Decimal("3.00")


def test_a_size_that_changes_counts_as_it_was() -> None:
    layer, domain = address("aws_opensearch_domain")
    old = {"cluster_config": [{"instance_type": "t3.small.search", "instance_count": 3}]}
    new = {"cluster_config": [{"instance_type": "t3.small.search", "instance_count": 1}]}
    change = price({layer: plan(entry(domain, ["update"], old, new))}) - priced("dev").expected
    assert change == Decimal("26.28") * 2 + Decimal("1.22") * 2  # two nodes and their disks


def test_references_stay_what_pricers_can_follow() -> None:
    """A service replaced because of its public address: the state has its task definition's ARN."""
    layer, service = address("aws_ecs_service")
    network = {"subnets": ["subnet-1"], "security_groups": ["sg-1"], "assign_public_ip": False}
    old = {"task_definition": "arn:of:the:one:before", "network_configuration": [network]}
    new = {"network_configuration": [{**network, "assign_public_ip": True}]}
    estimate = estimate_resources(
        resources_before(resources("dev"), {layer: plan(entry(service, ["delete", "create"], old, new))}), load("dev")
    )
    assert estimate.unpriced == ()
    assert not [line for line in estimate.lines if line.what == "public IPv4 of tasks"]
    assert [line for line in estimate.lines if line.what == "Spot task vCPU"]


def test_data_and_unchanged_resources_count_as_they_are() -> None:
    layer, board = address("aws_cloudwatch_dashboard")
    read = entry("data.aws_caller_identity.me", ["read"], old={"id": "1"}, mode="data")
    assert resources_before(resources("dev"), {layer: plan(entry(board, ["no-op"], {}, {}), read)}) == resources("dev")


def test_a_layer_that_has_gone_is_priced_where_it_was() -> None:
    zone = entry("aws_route53_zone.zone", ["delete"], old={"name": "example.com"})
    assert resources_before((), {"dns": plan(zone)}) == (
        PricedResource("dns", "aws_route53_zone", "zone", {"name": "example.com"}),
    )
