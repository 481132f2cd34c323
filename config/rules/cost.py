"""Rules on stated prices: one figure for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment


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
