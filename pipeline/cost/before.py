"""What a plan starts from: the same resources as they are now, for the price before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pipeline.cost.context import PricedResource
from terraform_json.plan import does_something, managed_changes

Plans = Mapping[str, Mapping[str, Any]]


def before(resources: tuple[PricedResource, ...], plans: Plans) -> tuple[PricedResource, ...]:
    """`resources` without what the plans (by layer) add, with what they destroy, and with the sizes they change.

    A layer without a plan is taken to stay as it is. Only resources are looked at: usage and task counts are those
    that the environment assumes now.
    """
    return tuple(_present(resources, plans)) + tuple(_gone(resources, plans))


def _present(resources: tuple[PricedResource, ...], plans: Plans) -> Iterator[PricedResource]:
    changes = {layer: _changes(plan) for layer, plan in plans.items()}
    for resource in resources:
        change = changes.get(resource.layer, {}).get(resource.address)
        if change is None or not does_something(change["actions"]):
            yield resource
        elif change.get("before"):
            yield replace(resource, body=_as_it_is(resource.body, change))


def _gone(resources: tuple[PricedResource, ...], plans: Plans) -> Iterator[PricedResource]:
    wanted = {(each.layer, each.address) for each in resources}
    for layer, plan in plans.items():
        for address, change in _changes(plan).items():
            if change.get("before") and (layer, address) not in wanted:
                type_, _, name = address.partition(".")
                yield PricedResource(layer, type_, name, change["before"])


def _changes(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["address"]: each["change"] for each in managed_changes(plan)}


def _as_it_is(body: Mapping[str, Any], change: Mapping[str, Any]) -> Mapping[str, Any]:
    after = change.get("after") or {}
    changed = {key: value for key, value in change["before"].items() if value is not None and value != after.get(key)}
    return {**body, **{key: _overlaid(body.get(key), value) for key, value in changed.items()}}


def _overlaid(wanted: Any, found: Any) -> Any:
    """`found` in place of `wanted`, except where that is a reference: pricers follow it, and never an ARN."""
    if isinstance(wanted, str) and "${" in wanted:
        return wanted
    if isinstance(wanted, Mapping) and isinstance(found, list) and len(found) == 1:
        found = found[0]  # a block of its own in the state
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return {key: _overlaid(wanted.get(key), value) for key, value in found.items()}
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [_overlaid(each, value) for each, value in zip(wanted, found, strict=True)]
    return found
