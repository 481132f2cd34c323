"""Deployment configurations of ECS: the shares of traffic, and the minutes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]
# Share of the new task set in percent, and the minutes to wait after it.
Shift = tuple[int, int]
ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"


class RoutingError(Exception):
    """A traffic routing that can't be."""


def _canary(percent: int, minutes: int) -> Item:
    return {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": percent, "canaryInterval": minutes},
    }


def _linear(percent: int, minutes: int) -> Item:
    return {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": percent, "linearInterval": minutes},
    }


# "Predefined deployment configurations for an Amazon ECS compute platform", CodeDeploy user guide.
PREDEFINED: Mapping[str, Item] = {
    ALL_AT_ONCE: {"type": "AllAtOnce"},
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": _linear(10, 1),
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": _linear(10, 3),
    "CodeDeployDefault.ECSCanary10Percent5Minutes": _canary(10, 5),
    "CodeDeployDefault.ECSCanary10Percent15Minutes": _canary(10, 15),
}


def shifts_of(routing: Item) -> tuple[Shift, ...]:
    """The steps of a traffic routing, the last of which is all traffic. Raises RoutingError."""
    kind = routing.get("type")
    if kind == "AllAtOnce":
        return ((100, 0),)
    if kind == "TimeBasedCanary":
        percent, minutes = _numbers(routing, "timeBasedCanary", "canary")
        return ((percent, minutes), (100, 0))
    if kind == "TimeBasedLinear":
        percent, minutes = _numbers(routing, "timeBasedLinear", "linear")
        # Each increment begins with its share ("TimeBasedLinear", API reference); what is left comes last.
        return (*((share, minutes) for share in range(percent, 100, percent)), (100, 0))
    raise RoutingError(f"no type of traffic routing: {kind}")


def _numbers(routing: Item, name: str, prefix: str) -> tuple[int, int]:
    told = routing.get(name) or {}
    percent, minutes = told.get(f"{prefix}Percentage"), told.get(f"{prefix}Interval")
    if not isinstance(percent, int) or not isinstance(minutes, int):
        raise RoutingError(f"{name} needs {prefix}Percentage and {prefix}Interval")
    if not 0 < percent < 100 or minutes < 1:
        raise RoutingError(f"{name} takes 1 to 99 percent and at least a minute, not {percent} and {minutes}")
    return percent, minutes
