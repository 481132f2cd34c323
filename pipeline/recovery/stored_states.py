"""Tell whether the state of a layer is the right one, and which copy of it can take its place.

A copy is a version in the state bucket, or a state that a run could not store (`errored.tfstate`). Only a copy that
loses nothing is chosen; where more than one could be meant, a person chooses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import counted
from pipeline.recovery.state_objects import md5_of
from terraform_json.state import managed_addresses

# Names of copies that are no version of the object.
ERRORED, EMPTY = "errored", "empty"
# A damaged state still tells its serial, which stands near its beginning.
_SERIAL = re.compile(rb'"serial":\s*(\d+)')


@dataclass(frozen=True)
class StateCopy:
    """Content of a state: `name` is its version id, or "errored"; `time` is when it was stored, or empty."""

    name: str
    content: bytes = field(repr=False)
    time: str = ""
    stored: bool = False

    @cached_property
    def state(self) -> dict[str, Any] | None:
        """The parsed state; None for anything that Terraform would not read as one."""
        try:
            found = json.loads(self.content)
        except ValueError:
            return None
        whole = (
            isinstance(found, dict)
            and found.get("version") == 4
            and isinstance(found.get("lineage"), str)
            and isinstance(found.get("serial"), int)
            and isinstance(found.get("resources", []), list)
        )
        return found if whole else None

    @property
    def md5(self) -> str:
        """MD5, as the lock table remembers it."""
        return md5_of(self.content)

    @property
    def lineage(self) -> str:
        """Lineage; empty for what is no state."""
        return str((self.state or {}).get("lineage", ""))

    @property
    def serial(self) -> int:
        """Serial; what a damaged state still tells of it, else 0."""
        if self.state is not None:
            return int(self.state["serial"])
        found = _SERIAL.search(self.content)
        return int(found[1]) if found else 0

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Addresses of the managed resources."""
        return frozenset(managed_addresses(self.state or {}))

    def follows(self, other: StateCopy) -> bool:
        """Whether this copy came after `other` and has lost nothing of it."""
        return self.lineage == other.lineage and self.serial > other.serial and self.addresses >= other.addresses

    def same(self, other: StateCopy | None) -> bool:
        """Whether both hold the same state, however it is written down."""
        return other is not None and self.state is not None and self.state == other.state


@dataclass(frozen=True)
class StateFinding:
    """What is wrong with the state of a layer. `problems` are words for people.

    `stored` is the object as it is, None where there is none; `chosen` the copy that surely takes its place;
    `candidates` are all whole copies, the likeliest first; `errored` is the file of an unstored state. `digest` is
    what the lock table remembers, and None where no table is used. `top` is the highest serial that was ever seen.
    """

    layer: str
    key: str
    problems: tuple[str, ...]
    stored: StateCopy | None = None
    chosen: StateCopy | None = None
    candidates: tuple[StateCopy, ...] = ()
    errored: Path | None = None
    digest: str | None = None
    top: int = 0

    @property
    def best(self) -> StateCopy | None:
        """The chosen copy, or the likeliest."""
        return self.chosen or (self.candidates[0] if self.candidates else None)

    @property
    def readable(self) -> bool:
        """Whether Terraform can work with what is stored: it is whole, and the one that the lock table remembers."""
        if self.stored is None:
            return not self.digest
        return self.stored.state is not None and self.digest in (None, "", self.stored.md5)

    def copy(self, name: str) -> StateCopy | None:
        """The candidate of this name."""
        return next((each for each in self.candidates if each.name == name), None)


@dataclass(frozen=True)
class Look:
    """All that was seen of one layer's state: `versions` are those before the stored one, newest first.

    `marker` is the time of the delete marker that hides the object. `noted`: this machine once knew a state there.
    """

    layer: str
    key: str
    stored: StateCopy | None
    versions: tuple[StateCopy, ...] = ()
    digest: str | None = None
    marker: str = ""
    errored: StateCopy | None = None
    errored_path: Path | None = None
    noted: bool = False


def judge(look: Look) -> StateFinding | None:
    """What is wrong with a layer's state, and what can take its place; None when nothing is."""
    stored = look.stored if look.stored is not None and look.stored.state is not None else None
    before = next((each for each in look.versions if each.state is not None), None)
    problems = [*_problems(look, before), *_about_errored(look, stored)]
    if not problems:
        return None
    copies = [each for each in (look.stored, look.errored, *look.versions) if each is not None]
    whole = [each for each in copies if each.state is not None]
    chosen = _choose(look, stored, before)
    rest = sorted(whole, key=lambda each: -each.serial)
    ordered = dict.fromkeys([chosen, *rest] if chosen else rest)
    return StateFinding(
        look.layer,
        look.key,
        tuple(problems),
        look.stored,
        chosen,
        tuple(ordered),
        look.errored_path,
        look.digest,
        max((each.serial for each in copies), default=0),
    )


def _problems(look: Look, before: StateCopy | None) -> Iterator[str]:
    """What is wrong with the object itself."""
    if look.stored is None:
        if look.marker:
            yield f"its object was deleted ({look.marker})"
        elif look.digest:
            yield "its object is gone, and the lock table remembers one"
        elif look.versions:
            yield "its object is gone"
        elif look.noted and look.errored is None:
            yield "its object is gone with all versions; this machine knew one"
        return
    if look.stored.state is None:
        yield f"its object is no state that Terraform can read ({counted(len(look.stored.content), 'byte')})"
    if look.digest and look.digest != look.stored.md5:
        yield "its object is not the one the lock table remembers"
    elif look.digest == "":
        yield "the lock table has forgotten its digest"
    if look.stored.state is not None and before is not None:
        if look.stored.lineage != before.lineage:
            yield f"it has another lineage than the version before it ({before.name} of {before.time})"
        elif look.stored.serial < before.serial:
            yield (
                f"it is older than the version before it: serial {look.stored.serial} after {before.serial} "
                f"({before.name} of {before.time})"
            )


def _about_errored(look: Look, stored: StateCopy | None) -> Iterator[str]:
    """What is to say about a state that was not stored."""
    if look.errored_path is None or look.errored is None:
        return
    if look.errored.state is None:
        yield f"what a run could not store can't be read: {look.errored_path}"
    elif stored is not None and look.errored.same(stored):
        yield f"what a run could not store is stored by now; its file holds values in clear: {look.errored_path}"
    elif stored is not None and look.errored.lineage != stored.lineage:
        yield f"what a run could not store has another lineage than what is stored: {look.errored_path}"
    elif stored is not None and look.errored.serial <= stored.serial:
        yield (
            f"what a run could not store is older than what is stored, serial {look.errored.serial} and "
            f"{stored.serial}: {look.errored_path}"
        )
    else:
        yield f"a run could not store it: {look.errored_path}"


def _choose(look: Look, stored: StateCopy | None, before: StateCopy | None) -> StateCopy | None:
    """The one copy that is surely right, or None."""
    errored = look.errored if look.errored is not None and look.errored.state is not None else None
    base = _base(look, stored, before)
    if base is None:
        never = look.stored is None and not look.versions and not look.digest and not look.noted
        return errored if never else None
    if base is stored and before is not None and _set_back(base, before):
        return None
    ahead = [
        each
        for each in (errored, stored)
        if each is not None and each is not base and not each.same(base) and not _is_behind(each, base)
    ]
    if errored in ahead and errored is not None and errored.same(stored):
        ahead = [errored]  # Storing it was cut off before its digest.
    if ahead == [errored] and errored is not None and errored.lineage == base.lineage and errored.serial > base.serial:
        return errored  # A run made it out of the base: what it no longer knows, that run destroyed.
    best = max((base, *ahead), key=lambda each: each.serial)
    return best if all(best is each or best.follows(each) for each in (base, *ahead)) else None


def _set_back(stored: StateCopy, before: StateCopy) -> bool:
    """Whether an object isn't what came after the version before it."""
    return stored.lineage != before.lineage or stored.serial < before.serial


def _is_behind(copy: StateCopy, base: StateCopy) -> bool:
    """Whether a stored object can be left out: the digest vouches for `base`, and this one isn't newer."""
    return copy.stored and (copy.lineage != base.lineage or copy.serial <= base.serial)


def _base(look: Look, stored: StateCopy | None, before: StateCopy | None) -> StateCopy | None:
    """The copy that the digest vouches for; without a digest, what was there without doubt."""
    if look.digest:
        whole = (each for each in (stored, *look.versions) if each is not None and each.state is not None)
        return next((each for each in whole if each.md5 == look.digest), None)
    if stored is not None:
        return stored
    # A delete marker loses nothing: what it hides is the version before it.
    return before if look.stored is None and look.marker and before is look.versions[0] else None


def state_differences(stored: StateCopy | None, copy: StateCopy) -> Iterator[str]:
    """What would differ after `copy` took the place of `stored`: resources that only one of both knows."""
    if copy.stored:
        yield "it stays as it is, with a new serial, and the lock table remembers it again"
        return
    if stored is None or stored.state is None:
        yield f"it knows {counted(len(copy.addresses), 'resource')}"
        return
    for words, only in (
        ("known again", copy.addresses - stored.addresses),
        ("no longer known", stored.addresses - copy.addresses),
    ):
        if only:
            yield f"{words}: {', '.join(sorted(only))}"
    if copy.addresses == stored.addresses:
        yield "it knows the same resources as what is stored"


def described(copy: StateCopy) -> str:
    """A copy in words: which it is, from when, its serial, lineage and size."""
    name = "the state that was not stored" if copy.name == ERRORED else f"version {copy.name}"
    parts = [f"serial {copy.serial}", f"lineage {copy.lineage[:8]}", counted(len(copy.addresses), "resource")]
    return f"{name}{f' of {copy.time}' if copy.time else ''}: {', '.join(parts)}{', stored now' if copy.stored else ''}"


def plain_finding(finding: StateFinding) -> dict[str, Any]:
    """A finding for `--json`; no value of a state is part of it."""
    return {
        "layer": finding.layer,
        "key": finding.key,
        "problems": list(finding.problems),
        "chosen": finding.chosen.name if finding.chosen else None,
        "candidates": [plain_copy(each) for each in finding.candidates],
        "errored": str(finding.errored) if finding.errored else None,
    }


def plain_copy(copy: StateCopy) -> dict[str, Any]:
    """A copy for `--json`."""
    return {
        "name": copy.name,
        "time": copy.time,
        "serial": copy.serial,
        "lineage": copy.lineage,
        "resources": len(copy.addresses),
        "stored": copy.stored,
    }


def ids_states(findings: Iterable[StateFinding]) -> Iterator[Mapping[str, Any]]:
    """States of all copies: what any of them knows is no orphan while nobody has chosen."""
    for finding in findings:
        for copy in finding.candidates:
            yield copy.state or {}
