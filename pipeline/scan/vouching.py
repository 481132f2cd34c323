"""What nobody vouches for among the layers: each answer is one line with the layer, the place and what to do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from terraform_json.blocks import Config

if TYPE_CHECKING:
    from config import Environment

# Given the layers by name and the environment, the lines of what is refused. Shapes have been checked before: sections
# are objects of objects.
Voucher = Callable[[Mapping[str, Config], "Environment"], Iterator[str]]


def vouchers() -> dict[str, Voucher]:
    """The positive lists by what they judge."""
    from policies.vouched.access import unvouched_access
    from policies.vouched.containers import unknown_containers
    from policies.vouched.dictated import undictated
    from policies.vouched.functions import unvouched_functions
    from policies.vouched.kept import unkept
    from policies.vouched.promised import unpromised
    from policies.vouched.referring import unconnected
    from policies.vouched.secrets import plain_secrets
    from policies.vouched.targets import untargeted
    from policies.vouched.types import unknown_types
    from policies.vouched.valued import unvalued
    from policies.vouched.values import unvouched_values

    return {
        "what the environment dictates": undictated,
        "what the settings promise": unpromised,
        "arguments that are settings": unvalued,
        "what is the same in every environment": unkept,
        "references": untargeted,
        "values": unvouched_values,
        "types": unknown_types,
        "containers": unknown_containers,
        "connections": unconnected,
        "secrets": plain_secrets,
        "access": unvouched_access,
        "functions": unvouched_functions,
    }


def unvouched(
    layers: Mapping[str, Config], env: Environment, order: Mapping[str, Collection[str]] | None = None
) -> list[str]:
    """Everything of the layers that no list vouches for. A list that can't be applied is a line, too.

    `order` names the layers that each one comes directly after; without it the order isn't judged.
    """
    from policies.vouched.targets import out_of_order

    found: list[str] = []
    asked = vouchers()
    if order is not None:
        asked["the order of layers"] = lambda layers, _env: out_of_order(layers, order)
    for subject, voucher in asked.items():
        try:
            found += (" ".join(line.split()) for line in voucher(layers, env))
        except Exception as error:  # whatever fails here must fail the gate
            found.append(f"{subject} could not be judged: {error!r}; synthesise again")
    return list(dict.fromkeys(found))
