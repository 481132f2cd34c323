"""Types that the constructs use, with their arguments: nobody vouches for others."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terraform_json.blocks import Config, listed, named

if TYPE_CHECKING:
    from config import Environment

FILE = Path(__file__).with_name("types.toml")
# What Terraform itself reads of every resource, and what stands inside of `lifecycle`.
META = frozenset({"depends_on", "lifecycle", "provider"})
LIFECYCLE = frozenset({"create_before_destroy", "ignore_changes", "prevent_destroy"})
# Arguments that hold a map, whose keys are no arguments.
MAPS = frozenset({"dimensions", "input_paths", "options", "tags", "triggers", "variables"})
# Types that stand for any of AWS's, with the argument that says which, and those that constructs use.
GENERIC = {"aws_cloudcontrolapi_resource": ("type_name", frozenset({"AWS::XRay::TransactionSearchConfig"}))}
_BRING = "build it with a construct, then `python -m tools.vouched --write` and review, or remove it"


@dataclass(frozen=True)
class Arguments:
    """Arguments of a type: those of its body, and those inside of its blocks."""

    own: frozenset[str]
    inside: frozenset[str]


@dataclass(frozen=True)
class Vouched:
    """Types of resources and data sources with their arguments, types of providers, and actions that policies name."""

    resource: Mapping[str, Arguments]
    data: Mapping[str, Arguments]
    provider: frozenset[str]
    actions: frozenset[str]


@cache
def read_vouched() -> Vouched:
    """The list as it is checked in."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    provider, actions = frozenset(found["provider"]), frozenset(found["actions"])
    return Vouched(_types(found["resource"]), _types(found["data"]), provider, actions)


def _types(tables: Mapping[str, Any]) -> dict[str, Arguments]:
    return {
        kind: Arguments(frozenset(table.get("arguments", ())), frozenset(table.get("inside", ())))
        for kind, table in tables.items()
    }


def unknown_types(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """A line for each type, and each argument of a known type, that no construct uses."""
    del env
    vouched = read_vouched()
    for layer, config in layers.items():
        for kind, _ in named(config.get("provider")):
            if kind not in vouched.provider:
                yield f"{layer}/provider.{kind}: unknown type: nobody vouches for it; {_BRING}"
        for section, known in (("resource", vouched.resource), ("data", vouched.data)):
            prefix = "data." if section == "data" else ""
            for kind, bodies in named(config.get(section)):
                for name, body in named(bodies):
                    address = f"{layer}/{prefix}{kind}.{name}"
                    if kind not in known:
                        yield f"{address}: unknown type: nobody vouches for it; {_BRING}"
                        continue
                    if section == "resource":
                        yield from _unknown_kind(address, kind, body)
                    for each in listed(body):
                        yield from _unknown_arguments(address, each, known[kind])


def _unknown_kind(address: str, kind: str, body: Any) -> Iterator[str]:
    """A line for each body of a type that stands for any of AWS's, unless it stands for one that constructs use."""
    argument, known = GENERIC.get(kind, ("", frozenset()))
    for each in listed(body) if argument else ():
        said = each.get(argument) if isinstance(each, Mapping) else None
        if not isinstance(said, str) or said not in known:
            yield f"{address}: unknown type: {argument} {said!r}: nobody vouches for it; {_BRING}"


def _unknown_arguments(address: str, body: Any, known: Arguments) -> Iterator[str]:
    for key, value in named(body):
        if key not in known.own and key not in META:
            yield f"{address}: {key}: unknown argument: nobody vouches for it; {_BRING}"
        elif key not in MAPS:
            inside = LIFECYCLE if key == "lifecycle" else known.inside
            unknown = dict.fromkeys(each for each in _keys(value) if each not in inside)
            yield from (
                f"{address}: {key}: {each}: unknown argument: nobody vouches for it; {_BRING}" for each in unknown
            )


def _keys(value: Any) -> Iterator[str]:
    """Keys at every level, but not those of maps."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            if key not in MAPS:
                yield from _keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)
