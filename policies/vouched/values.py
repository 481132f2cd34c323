"""Values that nobody vouches for, wherever they stand: expressions that no construct makes, and foreign names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from policies.vouched.expressions import Grammar, unvouched_outputs
from policies.vouched.foreign import Foreign, harmless
from policies.vouched.strings import leaves
from terraform_json.blocks import Config

if TYPE_CHECKING:
    from config import Environment


def unvouched_values(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """A line for each value, with its place and what to do."""
    grammar, foreign = Grammar(layers), Foreign(env)
    names: set[str | int | float] = set()
    for leaf in leaves(layers):
        if leaf.key:
            # The same few names stand everywhere, and where one stands doesn't matter.
            if leaf.value in names:
                continue
            names.add(leaf.value)
        if harmless(leaf):
            continue
        if why := grammar.refused(leaf):
            yield f"{leaf.place}: {why}"
        yield from (f"{leaf.place}: {why}" for why in foreign.refused(leaf))
    yield from unvouched_outputs(layers)
