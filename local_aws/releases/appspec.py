"""The AppSpec of an ECS deployment: what to run, and which functions to ask.

"AppSpec 'resources' section for Amazon ECS deployments" and "AppSpec 'hooks' section", CodeDeploy user guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The events that run functions, in their order.
HOOKS = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")


class AppSpecError(Exception):
    """An AppSpec that says something wrong."""


class UnknownAppSpecError(Exception):
    """An AppSpec of a form that isn't read here."""


@dataclass(frozen=True)
class AppSpec:
    """What a replacement task set is made of, in the words of CreateTaskSet; functions by their events."""

    task_definition: str
    container: str
    port: int
    platform_version: str
    network: Mapping[str, Any]
    capacity: tuple[Mapping[str, Any], ...]
    hooks: Mapping[str, str]


def parse(content: str) -> AppSpec:
    """Read an AppSpec in JSON. Raises AppSpecError, or UnknownAppSpecError for one in YAML."""
    if not content.lstrip().startswith("{"):
        raise UnknownAppSpecError("an AppSpec in YAML isn't read here: write it as JSON")
    try:
        told = json.loads(content)
        resources = told.get("Resources") or told.get("resources") or []
        (service,) = (each["TargetService"] for each in resources)
        if service["Type"] != "AWS::ECS::Service":
            raise AppSpecError(f"the type of TargetService is {service['Type']}")
        return _of(service["Properties"], told.get("Hooks") or told.get("hooks") or [])
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise AppSpecError(f"the AppSpec can't be read: {problem!r}") from None


def _of(properties: Mapping[str, Any], hooks: list[Mapping[str, str]]) -> AppSpec:
    functions = {event: function for each in hooks for event, function in each.items()}
    if strange := sorted(functions.keys() - set(HOOKS)):
        raise AppSpecError(f"no hook of an ECS deployment: {', '.join(strange)}")
    balancer = properties["LoadBalancerInfo"]
    network = (properties.get("NetworkConfiguration") or {}).get("AwsvpcConfiguration") or {}
    return AppSpec(
        properties["TaskDefinition"],
        balancer["ContainerName"],
        int(balancer["ContainerPort"]),
        properties.get("PlatformVersion") or "",
        _small(network),
        tuple(_small(each) for each in properties.get("CapacityProviderStrategy") or []),
        functions,
    )


def _small(told: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of an AppSpec as ECS's API spells them."""
    return {name[:1].lower() + name[1:]: value for name, value in told.items()}
