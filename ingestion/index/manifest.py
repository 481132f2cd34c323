"""What a run wants in the index: pages with the keys of their passages, as JSON in the bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class WantedPage:
    """A page whose passages lie in the bucket under `key`; `hash` is that of title and text."""

    page: str
    source: str
    address: str
    hash: str
    key: str
    passages: int


@dataclass(frozen=True)
class Manifest:
    """Pages of all sources with passages of the model `tag`; those of `source` are what this run is about.

    `sources` are all that are configured: documents of others leave the index. A new version isn't switched to while
    one in `waiting` has passages of another model alone.
    """

    source: str
    run: str
    tag: str
    sources: tuple[str, ...]
    pages: tuple[WantedPage, ...]
    waiting: tuple[str, ...] = ()

    def of(self, sources: frozenset[str]) -> tuple[WantedPage, ...]:
        """Pages of these sources."""
        return tuple(each for each in self.pages if each.source in sources)

    def told(self) -> dict[str, Any]:
        """The manifest as JSON."""
        return asdict(self)


def manifest_of(told: Mapping[str, Any]) -> Manifest:
    """The manifest that `Manifest.told` gave. Raises KeyError or TypeError for anything else."""
    return Manifest(
        source=told["source"],
        run=told["run"],
        tag=told["tag"],
        sources=tuple(told["sources"]),
        pages=tuple(WantedPage(**each) for each in told["pages"]),
        waiting=tuple(told["waiting"]),
    )
