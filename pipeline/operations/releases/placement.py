"""Where the tasks of a service run, under CodeDeploy: as configured, and as they run now.

AWS takes subnets, security groups, capacity providers and platform version with a deployment alone. Terraform writes
those of the configuration into an output of the layer (constructs_lib/containers/placement.py), in an AppSpec's words;
a release ships them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

OUTPUT = "placement"
Properties = dict[str, Any]
# What stands for the newest platform version; ECS may answer with the one that it is.
_NEWEST = "LATEST"


def configured(outputs: Mapping[str, Any]) -> Properties:
    """Properties of the AppSpec from the outputs of the layer; empty where it was applied before it had them."""
    return dict(outputs.get(OUTPUT) or {})


def running(service: Mapping[str, Any]) -> Properties:
    """Properties of the AppSpec that keep tasks where they run: in the primary task set, else as the service has it."""
    now = next((each for each in service.get("taskSets", ()) if each["status"] == "PRIMARY"), service)
    found: Properties = {"PlatformVersion": now.get("platformVersion") or service.get("platformVersion") or _NEWEST}
    network = (now.get("networkConfiguration") or service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if network:
        found["NetworkConfiguration"] = {"AwsvpcConfiguration": _capitals(network)}
    if strategy := now.get("capacityProviderStrategy") or service.get("capacityProviderStrategy"):
        found["CapacityProviderStrategy"] = [_capitals(each) for each in strategy]
    return found


def differences(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> tuple[str, ...]:
    """What a release would change of where tasks run, in words; nothing where the configuration isn't known."""
    return tuple(_differences(wanted, present)) if wanted else ()


def _differences(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[str]:
    new, old = (_network(each) for each in (wanted, present))
    for key, words in (("Subnets", "subnets"), ("SecurityGroups", "security groups")):
        if set(new.get(key) or ()) != set(old.get(key) or ()):
            yield words
    if new.get("AssignPublicIp", "DISABLED") != old.get("AssignPublicIp", "DISABLED"):
        yield "public address"
    if _shares(wanted) != _shares(present):
        yield "capacity providers"
    version = wanted.get("PlatformVersion", _NEWEST)
    if version not in (_NEWEST, present.get("PlatformVersion")):
        yield "platform version"


def _network(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict((properties.get("NetworkConfiguration") or {}).get("AwsvpcConfiguration") or {})


def _shares(properties: Mapping[str, Any]) -> set[tuple[str, int, int]]:
    """Provider, base and weight; both numbers are 0 where they aren't told (CapacityProviderStrategyItem, ECS API)."""
    return {
        (str(each["CapacityProvider"]), int(each.get("Base") or 0), int(each.get("Weight") or 0))
        for each in properties.get("CapacityProviderStrategy") or ()
    }


def _capitals(told: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of ECS's API as an AppSpec spells them."""
    return {f"{name[:1].upper()}{name[1:]}": value for name, value in told.items()}
