"""Compare resources with what is the same in every environment: controls, and arguments that are always given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policies.vouched.promises.controls import CONTROLS
from policies.vouched.promises.given import GIVEN, INSTEAD
from policies.vouched.valued import reach
from terraform_json.blocks import Body, Config, resources

if TYPE_CHECKING:
    from config import Environment


def unkept(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for arguments that no environment leaves out, or sets otherwise."""
    for layer, config in layers.items():
        for block in resources(config):
            for line in (*_missing(block.type, block.body), *_weakened(block.type, block.body)):
                yield f"{layer}/{block.address}: {line}; synthesise again"


def _replaced(kind: str, body: Body) -> frozenset[str]:
    """Arguments in whose place another one stands."""
    return frozenset[str]().union(*(arguments for stands, arguments in INSTEAD.get(kind, ()) if stands(body)))


def _missing(kind: str, body: Body) -> Iterator[str]:
    replaced = _replaced(kind, body)
    for argument in GIVEN.get(kind, ()):
        if argument not in replaced and body.get(argument) in (None, "", [], {}):
            yield f"argument {argument} is missing or empty, which it is in no environment"


def _weakened(kind: str, body: Body) -> Iterator[str]:
    replaced = _replaced(kind, body)
    for argument, kept in CONTROLS.get(kind, {}).items():
        if argument in replaced:
            continue
        given = list(_leaves(reach(body, argument), argument.count("[]")))
        if not given or any(type(each) is not type(kept) or each != kept for each in given):
            yield f"argument {argument} is not {kept!r}, which it is in every environment"


def _leaves(value: Any, lists: int) -> Iterator[Any]:
    """The value, or what the items of as many nested lists have: those without it are left out."""
    if lists and isinstance(value, list):
        for each in value:
            yield from _leaves(each, lists - 1)
    elif value is not None:
        yield value
