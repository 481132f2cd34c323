"""Input of a pricer: the resource, the prices, the assumed usage, and methods that make lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pipeline.cost.model import HOURS, Line, Range
from pipeline.cost.table import NoPriceError, PriceTable
from pipeline.cost.usage import Usage, assumed_usage
from terraform_json.blocks import named, resources

if TYPE_CHECKING:
    from config import Environment
    from pipeline.synth.layers import Synthesis


@dataclass(frozen=True)
class PricedResource:
    """One managed resource as synthesised."""

    layer: str
    type: str
    name: str
    body: Mapping[str, Any]

    @property
    def address(self) -> str:
        """Address as in Terraform: "type.name"."""
        return f"{self.type}.{self.name}"


@dataclass(frozen=True)
class PricingContext:
    """The environment being priced, with its prices and all its resources."""

    env: Environment
    prices: PriceTable
    resources: tuple[PricedResource, ...]

    @cached_property
    def assumed(self) -> Usage:
        """Expected usage a month, as stated or derived."""
        return assumed_usage(self.env)

    def usage(self, value: int | Decimal) -> Range:
        """An assumed quantity under low, expected and high usage."""
        cost = self.env.cost
        expected = Decimal(value)
        return Range(expected * cost.low_percent / 100, expected, expected * cost.high_percent / 100)

    @property
    def tasks(self) -> Range:
        """Average number of tasks: min_tasks, and max_tasks for the busy share of the month; none while parked."""
        service = self.env.service
        if service.parked:
            return Range.fixed(0)
        busy = self.usage(self.assumed.busy_percent).most(Decimal(100))
        return Range.fixed(service.min_tasks) + busy.times(Decimal(service.max_tasks - service.min_tasks) / 100)

    def fixed(self, resource: PricedResource, what: str, key: str, count: int | Decimal = 1) -> Line:
        """A line for a cost that doesn't depend on usage. Raises NoPriceError."""
        quantity = Range.fixed(count)
        return Line(resource.layer, (resource.address,), what, quantity, self.prices.price(key), usage=False)

    def hours(self, resource: PricedResource, what: str, key: str, count: int | Decimal = 1) -> Line:
        """A line for a cost by the hour, all month. Raises NoPriceError."""
        return self.fixed(resource, what, key, count * HOURS)

    def used(self, resource: PricedResource, what: str, key: str, quantity: Range) -> Line:
        """A line for a cost that depends on usage. Raises NoPriceError."""
        return Line(resource.layer, (resource.address,), what, quantity, self.prices.price(key), usage=True)

    def of_type(self, *types: str) -> tuple[PricedResource, ...]:
        """The environment's resources of these types."""
        return tuple(resource for resource in self.resources if resource.type in types)

    def referred(self, text: Any, kind: str) -> PricedResource:
        """The resource of type `kind` in a reference such as `${aws_x.y.arn}`. Raises NoPriceError."""
        for resource in self.of_type(kind):
            if f"{kind}.{resource.name}." in str(text):
                return resource
        raise NoPriceError(f"{text!r} names no {kind} of this environment")


Pricer = Callable[[PricedResource, PricingContext], Iterable[Line]]


def resources_of(synthesis: Synthesis) -> tuple[PricedResource, ...]:
    """Every managed resource of a synthesis, layers in dependency order."""
    return tuple(_resources(synthesis))


def _resources(synthesis: Synthesis) -> Iterator[PricedResource]:
    for layer in synthesis.layers:
        # What a module holds is seen by nobody here, so that it has no price.
        for name, _ in named(layer.config.get("module")):
            yield PricedResource(layer.name, "module", name, {})
        for each in resources(layer.config):
            yield PricedResource(layer.name, each.type, each.name, each.body)
