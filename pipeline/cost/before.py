"""Resources as they are before a plan is applied, for the price before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pipeline.cost.context import PricedResource
from terraform_json.plan import does_something, managed_changes

Plans = Mapping[str, Mapping[str, Any]]


def resources_before(resources: tuple[PricedResource, ...], plans: Plans) -> tuple[PricedResource, ...]:
    """`resources` as they are now: without additions of the plans (by layer), with what they destroy, at present sizes.

    A layer without a plan counts as unchanged. Usage and task counts are those that the environment assumes now.
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
    """`found` in place of `wanted`, except for a reference: pricers can follow a reference but no ARN."""
    if isinstance(wanted, str) and "${" in wanted:
        return wanted
    if isinstance(wanted, Mapping) and isinstance(found, list) and len(found) == 1:
        found = found[0]  # in the state, a single block is a list of one
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return {key: _overlaid(wanted.get(key), value) for key, value in found.items()}
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return [_overlaid(each, value) for each, value in zip(wanted, found, strict=True)]
    return found
