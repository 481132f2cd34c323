"""Moves the alias to a version, keeps the one before, and goes back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingestion.index.versions import Version, Versions, read_versions
from passages.domain import Domain, DomainError


class NothingBefore(Exception):  # noqa: N818 - the state machine names it
    """No version is kept that could be gone back to."""


@dataclass(frozen=True)
class Switched:
    """Where the alias leads, the version that is kept closed (or empty), and whether the alias moved just now."""

    index: str
    before: str
    moved: bool


def switch(domain: Domain, alias: str, index: str) -> Switched:
    """Lead the alias to `index`, close the version before and delete all others. Raises DomainError."""
    versions = read_versions(domain, alias)
    current = versions.current
    moved = current is None or current.name != index or versions.concrete
    before = current if moved else kept_version(versions)
    if moved:
        _move(domain, versions, index)
    return Switched(index, _tidy(domain, alias, before), moved)


def rollback(domain: Domain, alias: str) -> Switched:
    """Lead the alias to the version that is kept, and keep the one it led to. Raises NothingBefore, DomainError."""
    versions = read_versions(domain, alias)
    current, kept = versions.current, kept_version(versions)
    if current is None or kept is None:
        raise NothingBefore(f"no version of {alias} is kept beside the one that is asked")
    if not kept.open:
        domain.post(f"{kept.name}/_open")
    _move(domain, versions, kept.name)
    domain.post(f"{current.name}/_close")
    return Switched(kept.name, current.name, True)


def _move(domain: Domain, versions: Versions, index: str) -> None:
    """Move the alias in one call. A call whose answer got lost may have moved it already."""
    alias = versions.alias
    leave = [each.name for each in versions.found if each.asked and each.name != index]
    actions: list[dict[str, Any]] = [{"remove_index": {"index": alias}}] if versions.concrete else []
    actions += [{"remove": {"index": each, "alias": alias}} for each in (*leave, *versions.elsewhere)]
    actions.append({"add": {"index": index, "alias": alias}})
    try:
        domain.post("_aliases", {"actions": actions})
    except DomainError:
        current = read_versions(domain, alias).current
        if current is None or current.name != index:
            raise


def kept_version(versions: Versions) -> Version | None:
    """The version to go back to: the newest before the one asked, else the newest closed one after it."""
    current = versions.current
    closed = [each for each in versions.others if not each.open]
    earlier = [each for each in closed or versions.others if current and each.number < current.number]
    later = [each for each in closed if current and each.number > current.number]
    return earlier[-1] if earlier else later[-1] if later else None


def _tidy(domain: Domain, alias: str, before: Version | None) -> str:
    """Close the version before, or delete it if it is empty, and delete the others; the name of what is kept."""
    kept = ""
    for each in read_versions(domain, alias).others:
        if before is not None and each.name == before.name and _worth_keeping(domain, each):
            kept = each.name
            continue
        domain.delete(each.name)
    return kept


def _worth_keeping(domain: Domain, version: Version) -> bool:
    """Whether a version holds anything; if so it is closed."""
    if not version.open:
        return True
    if domain.get(f"{version.name}/_count")["count"] == 0:
        return False
    domain.post(f"{version.name}/_close")
    return True
