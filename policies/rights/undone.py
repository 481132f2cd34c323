"""Check that whoever may make something may take it back: one operation for each that creates, puts or attaches."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("undone.toml")
# Verbs of operations that make something, and of those that take it back.
_INVERSE = {
    "Add": "Remove",
    "Allocate": "Release",
    "Associate": "Disassociate",
    "Attach": "Detach",
    "Authorize": "Revoke",
    "BatchEnable": "BatchDisable",
    "Create": "Delete",
    "Enable": "Disable",
    "Put": "Delete",
    "Register": "Deregister",
    "Request": "Delete",
    "Start": "Stop",
    "Subscribe": "Unsubscribe",
    "Tag": "Untag",
}
# Verbs that make nothing: they read, or set what is there already. Of any other verb undone.toml has to speak.
_READ = ("BatchGet", "Describe", "Get", "Head", "List")
_SET = ("Cancel", "Change", "Modify", "Replace", "Schedule", "Set", "Update", "Upgrade")
_VERB = re.compile("|".join(sorted({*_INVERSE, *_INVERSE.values(), *_READ, *_SET}, key=len, reverse=True)))


def not_taken_back(operations: Collection[str]) -> frozenset[str]:
    """Operations of one resource type that make something which none of them takes back, and no entry says why."""
    return frozenset(each for each in operations if not _is_taken_back(each, operations))


def entries() -> frozenset[str]:
    """Operations of which undone.toml speaks."""
    return frozenset(operation for table in _table().values() for operation in table)


def _is_taken_back(operation: str, operations: Collection[str]) -> bool:
    if operation in _table()["stays"]:
        return True
    if inverse := _table()["inverse"].get(operation):
        return inverse in operations
    service, _, name = operation.partition(":")
    verb = _VERB.match(name)
    if verb is None:
        return False
    if verb[0] not in _INVERSE:
        return True
    taken_back = f"{service}:{_INVERSE[verb[0]]}{name[verb.end() :]}"
    return taken_back in operations or f"{taken_back}s" in operations


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
