"""Flips of an environment: one per security argument, its place drawn with a fixed seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.assurance.flips.criterion import INSTEAD_OF, REMOVED, opened, security_topic, weaker
from tools.assurance.flips.schema import Argument

SEED = 20261126
Configs = dict[str, dict[str, Any]]
PathStep = str | int


@dataclass(frozen=True)
class Flip:
    """Change of one argument: `value` is put where `steps` lead to in the body of the resource at `address`.

    `path` is the argument as the schema names it, which is what a rule has to name. `instead_of` are arguments that
    conflict with it and are removed.
    """

    address: str
    kind: str
    path: str
    steps: tuple[PathStep, ...]
    value: Any
    instead_of: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Name of the flip in tables and in the list of survivors."""
        return f"{self.kind} {self.path}"

    @property
    def change(self) -> str:
        """New value as JSON, or "removed"."""
        return "removed" if self.value is REMOVED else json.dumps(self.value)

    def apply(self, body: dict[str, Any]) -> None:
        """Change a resource's body in place."""
        _put(body, self.steps, self.value)
        for key in self.instead_of:
            body.pop(key, None)


def _put(place: Any, steps: Sequence[PathStep], value: Any) -> None:
    step, *rest = steps
    if not rest and value is REMOVED:
        del place[step]
    elif not rest:
        place[step] = value
    elif isinstance(text := place[step], str):  # JSON in a string
        inside = json.loads(text)
        _put(inside, rest, value)
        place[step] = json.dumps(inside)
    else:
        if isinstance(place, dict):
            place.setdefault(step, {})
        _put(place[step], rest, value)


def enumerate_flips(arguments: Iterable[Argument], configs: Configs, seed: int = SEED) -> Iterator[Flip]:
    """One flip for each security argument that can be weakened in some resource of the environment."""
    for argument in arguments:
        if security_topic(argument) is None:
            continue
        draw = random.Random(
            f"{seed} {argument.kind} {argument.path}"
        )  # so that one argument's draw doesn't depend on others
        choices = list(_choices(argument, configs))
        if choices:
            address, steps, values = draw.choice(choices)
            yield Flip(
                address, argument.kind, argument.path, steps, draw.choice(values), INSTEAD_OF.get(argument.path, ())
            )


def _choices(argument: Argument, configs: Configs) -> Iterator[tuple[str, tuple[PathStep, ...], Sequence[Any]]]:
    for layer, config in configs.items():
        for name, body in config.get("resource", {}).get(argument.kind, {}).items():
            for steps, found in _places(body, argument.path.split("/")):
                values = opened(argument) if found in (None, REMOVED) else weaker(argument, found)
                if values:
                    yield f"{layer}/{argument.kind}.{name}", steps, values


def _places(
    body: Any, path: Sequence[str], steps: tuple[PathStep, ...] = ()
) -> Iterator[tuple[tuple[PathStep, ...], Any]]:
    """Places an argument path leads to, in every block of a list, with their values; REMOVED where it is unset."""
    first, *rest = path
    found = body.get(first, REMOVED)
    if not rest:
        several = isinstance(found, list) and len(found) > 1 and all(isinstance(each, dict) for each in found)
        yield from (
            (((*steps, first, index), each) for index, each in enumerate(found))
            if several
            else [((*steps, first), found)]
        )
    elif isinstance(found, dict):
        yield from _places(found, rest, (*steps, first))
    elif isinstance(found, list):
        for index, each in enumerate(found):
            yield from _places(each, rest, (*steps, first, index))
