"""A mutant: one seeded change of a synthesised folder, which the gate has to refuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.pipeline.scan.traps.copies import Change, Config, Copy, FolderChange

# Keys and list positions that lead to a value.
Path = tuple[str | int, ...]
Configs = Mapping[str, Config]
# Makes a mutant from the configurations of an environment's layers.
Maker = Callable[[random.Random, Configs], "Mutant"]


@dataclass(frozen=True)
class Mutant:
    """`text` says what was changed. Mutants with different addresses may share a scan."""

    text: str
    layer: str = ""
    address: str = ""
    change: Change | None = None
    anywhere: FolderChange | None = None
    env: str = "dev"
    hidden: str = ""

    def spring(self, copy: Copy) -> None:
        """Make the change."""
        if self.change:
            copy.change(self.layer, self.change)
        if self.anywhere:
            self.anywhere(copy)

    def is_named_in(self, line: str) -> bool:
        """Whether a line is about the changed resource."""
        return f"{self.layer}/{self.address}" in line


def blocks(configs: Configs, *prefixes: str) -> list[tuple[str, str]]:
    """(layer, address) of resources and data sources, or of those whose type begins in a given way."""
    return [
        (layer, ("data." if section == "data" else "") + f"{kind}.{name}")
        for layer, config in configs.items()
        for section in ("resource", "data")
        for kind, named in config.get(section, {}).items()
        if kind.startswith(prefixes or "")
        for name in named
    ]


def body(config: Config, address: str) -> Config:
    """Arguments at an address whose type has no dot."""
    section = "data" if address.startswith("data.") else "resource"
    kind, _, name = address.removeprefix("data.").partition(".")
    found: Config = config[section][kind][name]
    return found


def paths(value: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value below `value` with its path; notes in "//" are left out."""
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        if key != "//":
            yield (*above, key), item
            yield from paths(item, (*above, key))


def put(root: Any, path: Path, value: Any) -> None:
    """Replace the value at a path."""
    _parent(root, path)[path[-1]] = value


def cut(root: Any, path: Path) -> None:
    """Remove the value at a path."""
    del _parent(root, path)[path[-1]]


def _parent(root: Any, path: Path) -> Any:
    for key in path[:-1]:
        root = root[key]
    return root


def ignored(change: Callable[[Any], object], value: Any) -> None:
    """Apply a change whose result doesn't matter."""
    change(value)


def dotted(path: Path) -> str:
    """A path for people."""
    return ".".join(map(str, path))


def replaces(layer: str, address: str, path: Path, value: Any, what: str = "") -> Mutant:
    """Mutant with another value at a path of a resource or data source."""
    text = f"{layer}/{address} {dotted(path)} = {repr(value)[:120]}" + (f" ({what})" if what else "")
    return Mutant(text, layer, address, lambda config: put(body(config, address), path, value))


def removes(layer: str, address: str, path: Path) -> Mutant:
    """Mutant without the value at a path of a resource or data source."""
    text = f"{layer}/{address} without {dotted(path)}"
    return Mutant(text, layer, address, lambda config: cut(body(config, address), path))


def brings(layer: str, address: str, arguments: Config) -> Mutant:
    """Mutant with one more resource or data source."""

    def change(config: Config) -> None:
        section = "data" if address.startswith("data.") else "resource"
        kind, _, name = address.removeprefix("data.").partition(".")
        config.setdefault(section, {}).setdefault(kind, {})[name] = arguments

    return Mutant(f"{layer}/{address} added: {arguments!s:.200}", layer, address, change)


def another(rng: random.Random, value: Any) -> Any:
    """Another value of the same type, different for Terraform, too."""
    if isinstance(value, bool):
        return rng.choice([not value, str(not value).lower(), "${1 == 2}" if value else "${1 == 1}"])
    if isinstance(value, int | float):
        return rng.choice([value + 1, 0 if value else 7, -1, value * 1000 + 1, f"${{{value} + 1}}"])
    if isinstance(value, str):
        mixed = value.swapcase() if value.swapcase() != value else f"{value}x"
        return rng.choice([f"{value}-x", "other", "*", mixed, '${"' + "other" + '"}'])
    if isinstance(value, list):
        return rng.choice([[], [*value, *value[:1], "other"], ["*"]])
    return rng.choice([{}, {"x": "y"}])
