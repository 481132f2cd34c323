"""Controls and arguments that every environment has: each is there, and each that is taken away is missed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from config import load
from policies.vouched.kept import unkept
from policies.vouched.promises.controls import CONTROLS
from policies.vouched.promises.given import GIVEN
from tests.support.environments import NAMES
from tests.support.shared import environment

Layers = dict[str, Any]
DEV = load("dev")


def layers(name: str) -> Layers:
    return {layer: dict(template.config) for layer, template in environment(name).items()}


def first_of_each_type() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Layer, name and body of one resource of each type that the repository's environments have."""
    found: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for name in NAMES:
        for layer, config in layers(name).items():
            for kind, bodies in config["resource"].items():
                for each, body in bodies.items():
                    found.setdefault(kind, (layer, each, body))
    return found


def refused(kind: str, layer: str, name: str, body: dict[str, Any]) -> list[str]:
    return list(unkept({layer: {"resource": {kind: {name: body}}}}, DEV))


@pytest.mark.parametrize("name", NAMES)
def test_environments_keep_them(name: str) -> None:
    assert list(unkept(layers(name), load(name))) == []


def test_each_argument_that_is_gone_or_empty_is_missed() -> None:
    tried = 0
    for kind, (layer, name, body) in first_of_each_type().items():
        for argument in GIVEN.get(kind, ()):
            without = {key: value for key, value in body.items() if key != argument}
            empty: tuple[Any, ...] = (None, "", [], {})
            for changed in (without, *({**body, argument: each} for each in empty)):
                line = f"{layer}/{kind}.{name}: argument {argument} is missing or empty, which it is in no environment"
                assert f"{line}; synthesise again" in refused(kind, layer, name, changed)
                tried += 1
    assert tried > 1000


def _set(value: Any, path: str, new: Any) -> bool:
    """Set what stands at a path, in the first item of a list that has it; whether there is such a place."""
    step, _, rest = path.partition(".")
    key, every = re.fullmatch(r"(\w+)(\[\])?", step).groups()  # type: ignore[union-attr]
    if not isinstance(value, dict) or key not in value:
        return False
    if not rest:
        value[key] = [new, *value[key][1:]] if every else new
        return True
    inner = value[key]
    return any(_set(each, rest, new) for each in inner) if every else _set(inner, rest, new)


def _otherwise(kept: Any) -> Iterator[Any]:
    yield from (f"{kept}".lower(), "${1 == 2}", "Other", 0.5, [[]], {"a": kept})
    if isinstance(kept, bool):
        yield not kept


def test_each_control_that_is_weakened_is_missed() -> None:
    tried = 0
    for kind, (layer, name, body) in first_of_each_type().items():
        for argument, kept in CONTROLS.get(kind, {}).items():
            for other in _otherwise(kept):
                changed = copy.deepcopy(body)
                assert _set(changed, argument, other), (kind, argument)
                if other == kept:
                    continue
                line = f"{layer}/{kind}.{name}: argument {argument} is not {kept!r}, which it is in every environment"
                assert f"{line}; synthesise again" in refused(kind, layer, name, changed), other
                tried += 1
    assert tried > 500


def test_every_type_has_arguments_to_keep() -> None:
    """A type that is added takes its arguments along."""
    assert set(first_of_each_type()) - {*GIVEN, *CONTROLS} == set()
