"""Versions of the index, as they are in the domain, and the one that a run loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from passages.domain import Domain, DomainError
from passages.layout import mappings, version_name, version_number


@dataclass(frozen=True)
class Version:
    """A version: its number, what its vectors were made with, whether it is open, and whether the alias leads to it."""

    name: str
    number: int
    marks: Mapping[str, Any]
    open: bool
    asked: bool


@dataclass(frozen=True)
class Versions:
    """Versions of an alias by number. `elsewhere` are indexes that the alias leads to and that are no versions.

    With `concrete` an index has the name that the alias should have.
    """

    alias: str
    found: tuple[Version, ...]
    concrete: bool
    elsewhere: tuple[str, ...] = ()

    @property
    def current(self) -> Version | None:
        """The version that is asked."""
        return next((each for each in reversed(self.found) if each.asked), None)

    @property
    def others(self) -> tuple[Version, ...]:
        """Versions that aren't asked."""
        return tuple(each for each in self.found if not each.asked)

    @property
    def next_name(self) -> str:
        """Name of a version to be made: numbers aren't used again while a later one is there."""
        return version_name(self.alias, max((each.number for each in self.found), default=0) + 1)


def read_versions(domain: Domain, alias: str) -> Versions:
    """The versions of an alias. Raises DomainError."""
    asked = domain.get(alias) or {}
    everything = domain.get(f"{alias}-*?expand_wildcards=all") or {}
    opened = domain.get(f"{alias}-*?expand_wildcards=open") or {}
    found = [
        Version(name, number, told.get("mappings", {}).get("_meta", {}), name in opened, name in asked)
        for name, told in everything.items()
        if (number := version_number(alias, name)) is not None
    ]
    found.sort(key=lambda each: each.number)
    concrete = alias in asked
    elsewhere = sorted(asked.keys() - {each.name for each in found} - {alias})
    return Versions(alias, tuple(found), concrete, tuple(elsewhere))


def open_version(domain: Domain, alias: str, marks: Mapping[str, Any]) -> Version:
    """The version to load: the one asked, where its marks are these, else an unfinished or a new one.

    Raises DomainError.
    """
    versions = read_versions(domain, alias)
    fitting = _fitting(versions, marks)
    if fitting is not None:
        return fitting
    name = versions.next_name
    wanted = {**mappings(int(marks["dimensions"])), "_meta": dict(marks)}
    try:
        # The template of the bootstrap function has the other settings: replicas, and when a search counts as slow.
        domain.put(name, {"settings": {"index": {"knn": True}}, "mappings": wanted})
    except DomainError as error:
        # The run of another source was quicker, or an answer got lost.
        fitting = _fitting(read_versions(domain, alias), marks) if error.status == 400 else None
        if fitting is None:
            raise
        return fitting
    return Version(name, version_number(alias, name) or 0, marks, open=True, asked=False)


def _fitting(versions: Versions, marks: Mapping[str, Any]) -> Version | None:
    current = versions.current
    if current is not None and current.marks == marks:
        return current
    least = current.number if current else 0
    unfinished = [each for each in versions.others if each.open and each.marks == marks and each.number > least]
    return unfinished[-1] if unfinished else None
