"""Reader of states as Terraform stores them (format version 4): addresses, ids, attributes and outputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]

# Attributes that identify the resource itself; all others may refer to another resource.
_OWN_IDS = ("arn", "id", "guardrail_arn")


def lineage_and_serial(state: State | None) -> tuple[str, int]:
    """Lineage and serial of a state; "" and 0 where there is none."""
    return (state or {}).get("lineage", ""), int((state or {}).get("serial", 0))


def managed_addresses(state: State) -> Iterator[str]:
    """Addresses of the managed resources that a state knows."""
    for resource in _managed(state):
        if resource.get("instances"):
            yield _address(resource)


def managed_instances(state: State) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """(address, resource, instance) of all that a state manages, without deposed ones; addresses name the instance."""
    for resource in _managed(state):
        prefix = f"{resource['module']}." if resource.get("module") else ""
        for instance in resource.get("instances", ()):
            if "deposed" not in instance:
                key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                yield f"{prefix}{_address(resource)}{key}", resource, instance


def tainted_addresses(state: State) -> Iterator[str]:
    """Addresses whose creation was cut off: the next apply replaces them."""
    for resource in state.get("resources", ()):
        if any(each.get("status") == "tainted" for each in resource.get("instances", ())):
            yield _address(resource)


def holds_type(state: State | None, kind: str) -> bool:
    """Whether a state knows any resource or data source of a type."""
    return any(each.get("type") == kind for each in (state or {}).get("resources", ()))


def own_ids(state: State) -> set[str]:
    """ARNs and ids by which AWS calls the managed resources of a state."""
    attributes = [one.get("attributes") or {} for each in _managed(state) for one in each.get("instances", ())]
    return {str(each[key]) for each in attributes for key in _OWN_IDS if each.get(key)}


def attributes_at(state: State, address: str) -> Mapping[str, Any] | None:
    """Attributes of the first instance at "type.name" or "data.type.name"; None where the state doesn't know it."""
    mode = "data" if address.startswith("data.") else "managed"
    for resource in state.get("resources", ()):
        if resource.get("mode") == mode and _address(resource) == address.removeprefix("data."):
            instances = resource.get("instances") or [{}]
            return dict(instances[0].get("attributes") or {})
    return None


def output_values(state: State | None) -> dict[str, Any]:
    """Values of the outputs by name."""
    return {name: each.get("value") for name, each in outputs(state).items()}


def outputs(state: State | None) -> dict[str, Mapping[str, Any]]:
    """Outputs by name, each with value, type and whether it is sensitive."""
    return dict((state or {}).get("outputs") or {})


def _managed(state: State) -> list[Mapping[str, Any]]:
    return [each for each in state.get("resources", ()) if each.get("mode") == "managed"]


def _address(resource: Mapping[str, Any]) -> str:
    return f"{resource['type']}.{resource['name']}"
