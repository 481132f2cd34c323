"""Every value of the layers with its place, for lists that judge values wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from terraform_json.blocks import NOTES, Config, listed, named

_DEEPEST = 40


class Place(NamedTuple):
    """Where a value stands: layer, section, address ("data." before a data source) and path ("block/0/argument")."""

    layer: str
    section: str
    address: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.layer}/{self.address}: {self.path}" if self.path else f"{self.layer}/{self.address}"

    @property
    def type(self) -> str:
        """Type of the resource or data source, without "data."."""
        return self.address.removeprefix("data.").partition(".")[0]


class Leaf(NamedTuple):
    """A text or number with its place. `key` tells that the text is the name of an argument."""

    body: Place
    steps: tuple[str | int, ...]
    value: str | int | float
    key: bool = False

    @property
    def place(self) -> Place:
        """Where it stands, with its path."""
        return self.body._replace(path="/".join(map(str, self.steps)))


def leaves(layers: Mapping[str, Config]) -> Iterator[Leaf]:
    """Texts and numbers of every section of every layer, keys included; notes of cdktf are no values."""
    for layer, config in layers.items():
        for section in config:
            for place, body in _bodies(layer, section, config):
                yield from below(place, body)


def _bodies(layer: str, section: str, config: Config) -> Iterator[tuple[Place, Any]]:
    content = config[section]
    if section == NOTES:
        return
    if section in ("resource", "data"):
        prefix = "data." if section == "data" else ""
        for kind, bodies in named(content):
            for name, body in named(bodies):
                place = Place(layer, section, f"{prefix}{kind}.{name}")
                yield from ((place, _without_notes(each)) for each in listed(body))
    elif isinstance(content, Mapping):
        for name, body in content.items():
            yield from ((Place(layer, section, f"{section}.{name}"), _without_notes(each)) for each in listed(body))
    else:
        yield Place(layer, section, section), content


def _without_notes(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != NOTES} if isinstance(body, Mapping) else body


def below(place: Place, value: Any) -> list[Leaf]:
    """Texts and numbers inside one value. Raises ValueError where it is nested deeper than any configuration."""
    found: list[Leaf] = []
    _collect(place, (), value, found)
    return found


def _collect(place: Place, steps: tuple[str | int, ...], value: Any, found: list[Leaf]) -> None:
    if isinstance(value, str):
        inside = _json(value) if value.lstrip()[:1] in ("{", "[") else None
        # Terraform reads the text, not what its escapes stand for: both are judged.
        if inside is None or "\\u" in value:
            found.append(Leaf(place, steps, value))
        if inside is not None:
            _collect(place, steps, inside, found)
    elif isinstance(value, dict):
        _limit(place, steps)
        for key, item in value.items():
            found.append(Leaf(place, steps, key, True))
            _collect(place, (*steps, key), item, found)
    elif isinstance(value, list):
        _limit(place, steps)
        for index, item in enumerate(value):
            _collect(place, (*steps, index), item, found)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found.append(Leaf(place, steps, value))


def _json(text: str) -> Any:
    """Value of a JSON text; None for another text, and where a key stands twice."""
    try:
        return json.loads(text, object_pairs_hook=unique_keys)
    except (ValueError, RecursionError):
        return None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises ValueError where a key stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("key given twice")
    return found


def _limit(place: Place, steps: tuple[str | int, ...]) -> None:
    if len(steps) > _DEEPEST:
        raise ValueError(f"{place}: nested deeper than {_DEEPEST} levels")


def decoded(value: Any) -> Any:
    """Object or list that a text holds as JSON; None where it is no text, or holds neither."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    found = _json(value)
    return found if isinstance(found, dict | list) and found else None
