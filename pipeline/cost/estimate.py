"""Estimate a price from resources: each one is priced, free for a stated reason, or listed as unpriced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pipeline.cost.arguments import refuse_unknown_arguments
from pipeline.cost.context import PricedResource, PricingContext, resources_of
from pipeline.cost.free import AS_CONFIGURED, REASONS
from pipeline.cost.model import MODEL, ZERO, Free, Line, Unpriced
from pipeline.cost.pricers import PRICERS
from pipeline.cost.pricers.models import TOKENS, price_tokens
from pipeline.cost.result import Estimate
from pipeline.cost.state_backend import price_of_state
from pipeline.cost.stated import with_stated_figures
from pipeline.cost.table import NoPriceError, price_table

if TYPE_CHECKING:
    from config import Environment
    from pipeline.synth.layers import Synthesis

# The layer under which model tokens are listed, and the one of what a region's table lacks as a whole.
MODEL_LAYER, REGION_LAYER = "llm", "region"


def estimate(synthesis: Synthesis, env: Environment) -> Estimate:
    """Estimate the monthly price of a synthesised environment. Needs no AWS account."""
    return estimate_resources(resources_of(synthesis), env)


def estimate_resources(resources: tuple[PricedResource, ...], env: Environment, *, deployed: bool = False) -> Estimate:
    """Estimate the monthly price of the given resources, synthesised or not.

    `deployed` resources are as a state has them, with all that AWS answers: their arguments are not compared with
    those that the price knows.
    """
    prices = price_table(env.region)
    context = PricingContext(_as_it_runs(env), prices, resources)
    found = _Found()
    if prices.region != env.region:
        found.missing(REGION_LAYER, env.region, f"no price table: the figures are those of {prices.region}")
    for resource in resources:
        _sort(resource, context, found, deployed=deployed)
    if any(resource.layer == MODEL_LAYER for resource in resources):
        for tokens in TOKENS:
            model = PricedResource(MODEL_LAYER, MODEL, tokens.model_id(env), {})
            _price(model, partial(price_tokens, tokens, model, context), found)
    layers = dict.fromkeys((*(each.layer for each in resources), REGION_LAYER))
    order = {layer: index for index, layer in enumerate(layers)}
    sums = with_stated_figures(env, _merged(found.lines), found.unpriced)
    return Estimate(
        env=env.name,
        region=env.region,
        emulated=env.emulated,
        parked=env.service.parked,
        table_region=prices.region,
        table_date=prices.date,
        lines=tuple(sorted(sums.lines, key=lambda line: order[line.layer])),
        unpriced=sums.unpriced,
        stated=sums.stated,
        stale=sums.stale,
        free=tuple(Free(kind, count, why) for (kind, why), count in sorted(Counter(found.free).items())),
        budget_usd=env.budget.monthly_usd if env.budget.enabled else None,
        ceiling_usd=env.price_ceiling_usd,
        state_backend_usd=price_of_state(prices),
    )


def _as_it_runs(env: Environment) -> Environment:
    """The environment with the questions it gets: none while it is parked."""
    if not env.service.parked:
        return env
    return env.model_copy(update={"cost": env.cost.model_copy(update={"chats_per_month": 0})})


@dataclass
class _Found:
    """What became of the resources so far: every one is in exactly one of the three."""

    lines: list[Line] = field(default_factory=list)
    unpriced: list[Unpriced] = field(default_factory=list)
    free: list[tuple[str, str]] = field(default_factory=list)

    def missing(self, layer: str, address: str, reason: str) -> None:
        """List what has no price, once."""
        if not any((each.layer, each.address) == (layer, address) for each in self.unpriced):
            self.unpriced.append(Unpriced(layer, address, reason))


def _sort(resource: PricedResource, context: PricingContext, found: _Found, *, deployed: bool) -> None:
    """Add a resource to those that are priced, free or unpriced."""
    kind = resource.type
    if kind not in REASONS and kind not in PRICERS:
        found.missing(resource.layer, resource.address, "no pricer for this type")
        return
    if not deployed:
        try:
            refuse_unknown_arguments(kind, resource.body)
        except NoPriceError as error:
            found.missing(resource.layer, resource.address, str(error))
            return
    if kind in REASONS:
        found.free.append((kind, REASONS[kind]))
    elif not _price(resource, partial(PRICERS[kind], resource, context), found):
        free = AS_CONFIGURED.get(kind)
        if free is None:
            found.missing(resource.layer, resource.address, "nobody has said that it is free as it is")
        else:
            found.free.append((kind, free))


def _price(resource: PricedResource, price: Callable[[], Iterable[Line]], found: _Found) -> bool:
    """Add all lines of one resource, or list it as unpriced with the reason. False when it is free as configured.

    A resource that its pricer can't read is unpriced, rather than priced with something left out.
    """
    try:
        lines = tuple(price())
        negative = [line.what for line in lines if min(line.cost.low, line.cost.expected, line.cost.high) < 0]
        if negative:
            raise NoPriceError(f"less than nothing of it: {', '.join(negative)}")
    except NoPriceError as error:
        reason = str(error)
    except KeyError as error:
        reason = f"it has no {error.args[0]}"
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError):
        reason = "a size of it is known only after it exists, or isn't what Terraform takes"
    else:
        found.lines.extend(lines)
        return bool(lines)
    found.missing(resource.layer, resource.address, reason)
    return True


def _merged(lines: list[Line]) -> Iterator[Line]:
    """Merge the lines of a layer's resources that have the same type, purpose and price, as on a bill."""
    groups: dict[tuple[str, str, str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.layer, line.label, line.what, line.price.key), []).append(line)
    for group in groups.values():
        addresses = tuple(address for line in group for address in line.addresses)
        yield replace(group[0], addresses=addresses, quantity=sum((line.quantity for line in group), ZERO))
