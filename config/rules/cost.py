"""Rules on assumed usage and stated prices: no part above its whole, one figure for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment


@reads_fields("cost")
def parts_are_no_more_than_the_whole(env: Environment) -> Iterator[Violation]:
    cost = env.cost
    if cost.requests_per_month is not None and cost.chats_per_month > cost.requests_per_month:
        yield (
            "cost.chats_per_month",
            f"at most {cost.requests_per_month}, which is requests_per_month",
        )
    if cost.changed_pages_per_month > cost.ingested_pages_per_month:
        yield (
            "cost.changed_pages_per_month",
            f"at most {cost.ingested_pages_per_month}, which is ingested_pages_per_month",
        )


@reads_fields("cost.accepted", "cost.model_prices")
def one_figure_for_one_thing(env: Environment) -> Iterator[Violation]:
    """Two figures for one address or model differ, or one of them is superfluous."""
    stated = (
        ("accepted", "address", [each.address for each in env.cost.accepted]),
        ("model_prices", "model_id", [each.model_id for each in env.cost.model_prices]),
    )
    for key, field, names in stated:
        for index, name in enumerate(names):
            if name in names[:index]:
                yield f"cost.{key}[{index}].{field}", "one that no other entry has"


@reads_fields("budget.stop", "budget.enabled", "budget.stop_percent", "budget.notify_percent")
def budget_warns_before_it_stops(env: Environment) -> Iterator[Violation]:
    budget = env.budget
    if budget.stop == "off":
        return
    if not budget.enabled:
        yield "budget.stop", '"off", because budget.enabled = false'
    if budget.stop_percent < max(budget.notify_percent):
        yield "budget.stop_percent", f"at least {max(budget.notify_percent)}, the highest of notify_percent"
