"""Rooms, arrows and circles of the source tree: `python -m tools.map [--arrows]`.

A room of `pipeline/` is a package or a module directly inside it; elsewhere it is a top-level folder. An arrow is an
import from one room into another, lazy imports and those for type checkers included. A circle is a set of rooms that
reach each other.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIVIDED = "pipeline"
FOLDERS = (
    "backend",
    "config",
    "constructs_lib",
    "fast_bindings",
    "ingestion",
    "local_aws",
    "passages",
    "pipeline",
    "policies",
    "stacks",
    "terraform_json",
    "tools",
)


@dataclass(frozen=True)
class RoomMap:
    """Rooms with the rooms that each imports from."""

    arrows: Mapping[str, frozenset[str]]

    @property
    def inside(self) -> Mapping[str, frozenset[str]]:
        """Rooms of `pipeline/` alone, with the arrows between them."""
        rooms = {room for room in self.arrows if room.startswith(f"{DIVIDED}.")}
        return {room: self.arrows[room] & rooms for room in sorted(rooms)}

    @cached_property
    def circles(self) -> tuple[tuple[str, ...], ...]:
        """Sets of rooms that reach each other, each sorted."""
        reached = {room: self._reached(room) for room in self.arrows}
        found = {tuple(sorted(each for each in reached[room] if room in reached[each])) for room in self.arrows}
        return tuple(sorted(circle for circle in found if circle))

    def _reached(self, room: str) -> frozenset[str]:
        """Rooms at the end of one arrow or more."""
        seen: set[str] = set()
        waiting = [room]
        while waiting:
            new = self.arrows.get(waiting.pop(), frozenset()) - seen
            seen |= new
            waiting.extend(new)
        return frozenset(seen)


def draw_map(root: Path = ROOT) -> RoomMap:
    """Read every import of the tree below `root`. Raises SyntaxError for a module that Python can't read."""
    modules = {_module(root, path): path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py"))}
    modules["main"] = root / "main.py"
    arrows: dict[str, set[str]] = {_room(module): set() for module in modules}
    arrows.pop(DIVIDED, None)
    for module, path in modules.items():
        for imported in _imports(path, modules):
            source, target = _room(module), _room(imported)
            if source != target and source in arrows and target in arrows:
                arrows[source].add(target)
    return RoomMap({room: frozenset(targets) for room, targets in sorted(arrows.items())})


def _module(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    top, _, rest = module.partition(".")
    return f"{top}.{rest.partition('.')[0]}" if top == DIVIDED and rest else top


def _imports(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    """Modules of the tree that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in modules or node.module in modules:
                    yield full if full in modules else node.module


def main() -> None:
    """Print the figures; with --arrows also which room imports from which."""
    parser = argparse.ArgumentParser(prog="python -m tools.map", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--arrows", action="store_true", help="also print each room's arrows")
    options = parser.parse_args()
    found = draw_map()
    if options.arrows:
        for room, targets in found.arrows.items():
            print(f"{room} -> {', '.join(sorted(targets)) or '-'}")
    inside = found.inside
    print(f"pipeline/: {len(inside)} rooms, {sum(map(len, inside.values()))} arrows between them")
    print(f"whole tree: {len(found.arrows)} rooms, {sum(map(len, found.arrows.values()))} arrows")
    print(f"circles: {len(found.circles)}" + "".join(f"\n  {' <-> '.join(circle)}" for circle in found.circles))


if __name__ == "__main__":
    main()
