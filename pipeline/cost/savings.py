"""Alternatives to an environment's settings: its resources priced with one setting changed at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from config.rules.network import interface_endpoints
from pipeline.cost.context import PricedResource, resources_of
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.model import Range

if TYPE_CHECKING:
    from config import Environment
    from pipeline.synth.layers import Synthesis

Resources = tuple[PricedResource, ...]

EGRESS_KINDS = ("public_ip", "nat_gateway", "nat_per_az", "endpoints")
SHORT_RETENTION_DAYS = 7
_EGRESS_TYPES = ("aws_nat_gateway", "aws_eip")
_EGRESS_LAYER, _AUDIT_LAYER = "infrastructure", "security"


@dataclass(frozen=True)
class Alternative:
    """A setting as written in the environment's file, and its change of the monthly price."""

    setting: str
    difference: Range

    def to_dict(self) -> dict[str, Any]:
        """The alternative as plain data, for --json."""
        return {"setting": self.setting, "difference_usd": self.difference.to_dict()}


def alternatives(synthesis: Synthesis, env: Environment) -> tuple[Alternative, ...]:
    """Alternatives that change the price of a synthesised environment, the cheapest first."""
    return alternatives_of(resources_of(synthesis), env)


def alternatives_of(resources: Resources, env: Environment) -> tuple[Alternative, ...]:
    """Alternatives that change the price of the given resources, the cheapest first."""
    now = estimate_resources(resources, env)
    found = []
    for setting, changed in _changed(resources, env):
        then = estimate_resources(changed, env)
        difference = then.total + now.total.times(-1)
        # With more that has no price a setting would look cheaper than it is.
        if difference.expected and len(then.unpriced) <= len(now.unpriced):
            found.append(Alternative(setting, difference))
    return tuple(sorted(found, key=lambda each: each.difference.expected))


def by_direction(found: Sequence[Alternative]) -> Iterator[tuple[str, list[Alternative]]]:
    """Alternatives under a heading: first those that lower the price, the largest saving first; then the others."""
    lower = [each for each in found if each.difference.expected < 0]
    raise_it = [each for each in found if each.difference.expected > 0]
    for heading, others in (("What would lower the expected price", lower), ("What would raise it", raise_it)):
        if others:
            yield heading, others


def _changed(resources: Resources, env: Environment) -> Iterator[tuple[str, Resources]]:
    if env.network.vpc_id is None:
        for kind in EGRESS_KINDS:
            if kind != env.network.egress:
                yield f'network.egress = "{kind}"', with_egress(resources, env, kind)
    for percent in {0, 100} - {env.service.spot_percent}:
        yield f"service.spot_percent = {percent}", with_spot(resources, percent)
    other = "X86_64" if env.service.architecture == "ARM64" else "ARM64"
    yield f'service.architecture = "{other}"', with_architecture(resources, other)
    insights = not env.service.container_insights
    yield f"service.container_insights = {str(insights).lower()}", with_insights(resources, on=insights)
    yield f"logs kept {SHORT_RETENTION_DAYS} days, except audit logs", with_retention(resources, SHORT_RETENTION_DAYS)
    yield "monitoring.dashboard = false", tuple(each for each in resources if each.type != "aws_cloudwatch_dashboard")


def with_egress(resources: Resources, env: Environment, kind: str) -> Resources:
    """Resources with another kind of egress: those of the present kind removed, those of `kind` added."""
    public = kind == "public_ip"
    kept = (each for each in resources if each.type not in _EGRESS_TYPES and not _is_interface(each))
    changed = (_service_with(each, "network_configuration", assign_public_ip=public) for each in kept)
    return (*changed, *_egress(env, kind))


def _is_interface(resource: PricedResource) -> bool:
    return resource.type == "aws_vpc_endpoint" and resource.body.get("vpc_endpoint_type") == "Interface"


def _service_with(resource: PricedResource, key: str, **values: Any) -> PricedResource:
    if resource.type != "aws_ecs_service":
        return resource
    return replace(resource, body={**resource.body, key: {**resource.body.get(key, {}), **values}})


def _egress(env: Environment, kind: str) -> Iterator[PricedResource]:
    zones = env.network.workload_zones
    for index in range({"nat_gateway": 1, "nat_per_az": zones}.get(kind, 0)):
        for type_ in _EGRESS_TYPES:
            yield PricedResource(_EGRESS_LAYER, type_, str(index), {})
    if kind == "endpoints":
        body = {"vpc_endpoint_type": "Interface", "subnet_ids": [str(zone) for zone in range(zones)]}
        for index in range(interface_endpoints(env)):
            yield PricedResource(_EGRESS_LAYER, "aws_vpc_endpoint", str(index), body)


def with_spot(resources: Resources, percent: int) -> Resources:
    """Resources with `percent` of the tasks beyond the on-demand base on Spot capacity."""
    return tuple(_with_spot(each, percent) if each.type == "aws_ecs_service" else each for each in resources)


def _with_spot(resource: PricedResource, percent: int) -> PricedResource:
    strategies = resource.body.get("capacity_provider_strategy", ())
    base = sum(each.get("base", 0) for each in strategies if each["capacity_provider"] == "FARGATE")
    shares = (("FARGATE", 100 - percent, base), ("FARGATE_SPOT", percent, 0))
    changed = [{"capacity_provider": name, "weight": weight, "base": first} for name, weight, first in shares]
    return replace(resource, body={**resource.body, "capacity_provider_strategy": changed})


def with_architecture(resources: Resources, architecture: str) -> Resources:
    """Resources with tasks on the processor `architecture`; the image has to be built for it."""
    task = "aws_ecs_task_definition"
    body = {"runtime_platform": {"cpu_architecture": architecture}}
    return tuple(replace(each, body={**each.body, **body}) if each.type == task else each for each in resources)


def with_insights(resources: Resources, *, on: bool) -> Resources:
    """Resources with Container Insights of the cluster on or off."""
    body = {"setting": [{"name": "containerInsights", "value": "enabled" if on else "disabled"}]}
    return tuple(
        replace(each, body={**each.body, **body}) if each.type == "aws_ecs_cluster" else each for each in resources
    )


def with_retention(resources: Resources, days: int) -> Resources:
    """Resources with logs kept no longer than `days`, except audit logs."""

    def shorter(resource: PricedResource) -> PricedResource:
        audit = "audit" in resource.name or resource.layer == _AUDIT_LAYER
        if resource.type != "aws_cloudwatch_log_group" or audit or resource.body["retention_in_days"] <= days:
            return resource
        return replace(resource, body={**resource.body, "retention_in_days": days})

    return tuple(map(shorter, resources))
