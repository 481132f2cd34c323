"""The flips of an environment: one place in one resource of each type, drawn with a fixed seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.assurance.flips.criterion import INSTEAD_OF, REMOVED, opened, topic, weaker
from tools.assurance.flips.schema import Argument

SEED = 20261126
Configs = dict[str, dict[str, Any]]
Step = str | int


@dataclass(frozen=True)
class Flip:
    """One change: `steps` lead from the body of the resource at `address` to the place, `value` goes there.

    `path` is the argument as the schema names it, which is what a rule has to name. `instead_of` are arguments that
    can't stand beside it.
    """

    address: str
    kind: str
    path: str
    steps: tuple[Step, ...]
    value: Any
    instead_of: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What it is called in tables and in the list of survivors."""
        return f"{self.kind} {self.path}"

    @property
    def change(self) -> str:
        """What is done, in words."""
        return "removed" if self.value is REMOVED else json.dumps(self.value)

    def apply(self, body: dict[str, Any]) -> None:
        """Change a body in place."""
        _put(body, self.steps, self.value)
        for key in self.instead_of:
            body.pop(key, None)


def _put(place: Any, steps: Sequence[Step], value: Any) -> None:
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
    """One flip for each argument that is about security and that some resource of the environment could weaken."""
    for argument in arguments:
        if topic(argument) is None:
            continue
        draw = random.Random(f"{seed} {argument.kind} {argument.path}")  # the same whatever else there is
        choices = list(_choices(argument, configs))
        if choices:
            address, steps, values = draw.choice(choices)
            yield Flip(
                address, argument.kind, argument.path, steps, draw.choice(values), INSTEAD_OF.get(argument.path, ())
            )


def _choices(argument: Argument, configs: Configs) -> Iterator[tuple[str, tuple[Step, ...], Sequence[Any]]]:
    for layer, config in configs.items():
        for name, body in config.get("resource", {}).get(argument.kind, {}).items():
            for steps, found in _places(body, argument.path.split("/")):
                values = opened(argument) if found in (None, REMOVED) else weaker(argument, found)
                if values:
                    yield f"{layer}/{argument.kind}.{name}", steps, values


def _places(body: Any, path: Sequence[str], steps: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Where a path leads, through each block of a list; REMOVED stands for what is not there."""
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
