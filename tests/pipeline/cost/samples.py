"""Resources and estimates of environments, for the tests of prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from config import Environment, load
from pipeline.cost import Estimate, Line
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from tests.support.shared import configurations, environment
from tests.support.template import Template

Resources = tuple[PricedResource, ...]


def resources_in(templates: Mapping[str, Template]) -> Resources:
    return tuple(
        PricedResource(layer, kind, name, body)
        for layer, template in templates.items()
        for kind, named in template.config.get("resource", {}).items()
        for name, body in named.items()
    )


@cache
def resources(name: str) -> Resources:
    """Resources of a checked-in environment."""
    return resources_in(environment(name))


def synthesised(*envs: Environment) -> list[Resources]:
    """Resources of other environments, synthesised in one process, as starting it takes most of the time."""
    return [resources_in(templates) for templates in configurations(envs)]


def priced(name: str) -> Estimate:
    """The estimate of a checked-in environment."""
    return estimate_resources(resources(name), load(name))


def line(estimate: Estimate, kind: str, what: str) -> Line:
    """The one line of a resource type and purpose."""
    found = [each for each in estimate.lines if each.addresses[0].startswith(f"{kind}.") and each.what == what]
    assert len(found) == 1, f"{kind} {what}: {found}"
    return found[0]


def changed(kind: str, **values: Any) -> Resources:
    """Resources of dev with other values in those of one type."""
    return tuple(
        replace(each, body={**each.body, **values}) if each.type == kind else each for each in resources("dev")
    )
