"""Estimate a price from resources: each one is priced, free for a stated reason, or listed as unpriced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

from pipeline.cost.context import PricedResource, PricingContext, resources_of
from pipeline.cost.free import AS_CONFIGURED, REASONS
from pipeline.cost.model import MODEL, ZERO, Free, Line, Unpriced
from pipeline.cost.pricers import PRICERS
from pipeline.cost.pricers.models import price_tokens
from pipeline.cost.result import Estimate
from pipeline.cost.table import NoPriceError, price_table

if TYPE_CHECKING:
    from config import Environment
    from pipeline.synth.layers import Synthesis

# The layer under which model tokens are listed.
MODEL_LAYER = "llm"


def estimate(synthesis: Synthesis, env: Environment) -> Estimate:
    """Estimate the monthly price of a synthesised environment. Needs no AWS account."""
    return estimate_resources(resources_of(synthesis), env)


def estimate_resources(resources: tuple[PricedResource, ...], env: Environment) -> Estimate:
    """Estimate the monthly price of the given resources, synthesised or not."""
    prices = price_table(env.region)
    context = PricingContext(env, prices, resources)
    lines: list[Line] = []
    unpriced: list[Unpriced] = []
    free: list[tuple[str, str]] = []
    for resource in resources:
        if resource.type in REASONS:
            free.append((resource.type, REASONS[resource.type]))
        elif resource.type not in PRICERS:
            unpriced.append(Unpriced(resource.layer, resource.address, "no pricer for this type"))
        elif not _price(resource, partial(PRICERS[resource.type], resource, context), lines, unpriced):
            free.append((resource.type, AS_CONFIGURED[resource.type]))
    if any(resource.layer == MODEL_LAYER for resource in resources):
        model = PricedResource(MODEL_LAYER, MODEL, env.bedrock.model_id, {})
        _price(model, partial(price_tokens, MODEL_LAYER, context), lines, unpriced)
    order = {layer: index for index, layer in enumerate(dict.fromkeys(each.layer for each in resources))}
    return Estimate(
        env=env.name,
        region=env.region,
        emulated=env.emulated,
        table_region=prices.region,
        table_date=prices.date,
        lines=tuple(sorted(_merged(lines), key=lambda line: order[line.layer])),
        unpriced=tuple(unpriced),
        free=tuple(Free(kind, count, why) for (kind, why), count in sorted(Counter(free).items())),
        budget_usd=env.budget.monthly_usd if env.budget.enabled else None,
        ceiling_usd=env.price_ceiling_usd,
    )


def _price(
    resource: PricedResource, price: Callable[[], Iterable[Line]], lines: list[Line], unpriced: list[Unpriced]
) -> bool:
    """Add all lines of one resource, or list it as unpriced with the reason. False when it is free as configured.

    A resource that its pricer can't read is unpriced, rather than priced with something left out.
    """
    try:
        found = tuple(price())
    except NoPriceError as error:
        unpriced.append(Unpriced(resource.layer, resource.address, str(error)))
        return True
    except KeyError as error:
        unpriced.append(Unpriced(resource.layer, resource.address, f"it has no {error.args[0]}"))
        return True
    except (InvalidOperation, TypeError):
        unpriced.append(Unpriced(resource.layer, resource.address, "a size of it is known only after it exists"))
        return True
    lines.extend(found)
    return bool(found)


def _merged(lines: list[Line]) -> Iterator[Line]:
    """Merge the lines of a layer's resources that have the same type, purpose and price, as on a bill."""
    groups: dict[tuple[str, str, str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.layer, line.label, line.what, line.price.key), []).append(line)
    for group in groups.values():
        addresses = tuple(address for line in group for address in line.addresses)
        yield replace(group[0], addresses=addresses, quantity=sum((line.quantity for line in group), ZERO))
