"""Rolling deployments as ECS's API has them: their alarms, and which of them a failed one goes back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Alarms:
    """Alarms as UpdateService and CreateService name them, switched on."""

    names: tuple[str, ...]
    rolls_back: bool


def alarms_of(configuration: Mapping[str, Any] | None) -> Alarms | None:
    """The alarms of a deployment configuration; None where it has none, or has them switched off."""
    told = (configuration or {}).get("alarms") or {}
    names = tuple(told.get("alarmNames") or ())
    return Alarms(names, bool(told.get("rollback"))) if told.get("enable") and names else None


def primary(service: Mapping[str, Any]) -> Item:
    """The primary deployment of a service; empty where it has none."""
    return next((each for each in service.get("deployments", []) if each["status"] == "PRIMARY"), {})


def last_completed(service: Mapping[str, Any]) -> Item | None:
    """The deployment that a failed one goes back to."""
    return next((each for each in service.get("deployments", []) if each.get("rolloutState") == "COMPLETED"), None)
