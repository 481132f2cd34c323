"""What each resource type asks of AWS: recorded (requests.toml), written by hand (written.toml), and what AWS's
documents add (documented.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from policies.needs.linked_roles import LINKED_ROLES
from policies.proof.authorization import dependent_actions
from policies.rights.actions import actions_of

HERE = Path(__file__).parent
RECORDED, WRITTEN, DOCUMENTED = (HERE / f"{name}.toml" for name in ("requests", "written", "documented"))
# What the provider asks for itself, whatever it builds.
PROVIDER = "provider"
Part = Literal["layers", "bootstrap"]


class UnknownTypeError(ValueError):
    """Error of resource types of which nobody knows what they ask for."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = tuple(sorted(kinds))
        super().__init__(
            f"nobody recorded what {', '.join(self.kinds)} asks of AWS: run `make rights`, or write it into "
            "policies/rights/written.toml with its source"
        )


@dataclass(frozen=True)
class Asked:
    """IAM actions: those of a plan, and those that applying and destroying need beside them."""

    reads: frozenset[str]
    changes: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every action."""
        return self.reads | self.changes


def known_types(part: Part = "layers") -> frozenset[str]:
    """Resource types with lines, of the layers or of what `bootstrap` builds; data sources begin with "data."."""
    return frozenset(_lines(part)) - {PROVIDER}


def asked_by(kinds: Collection[str], part: Part = "layers") -> Asked:
    """What these types ask for. Raises UnknownTypeError for one without lines."""
    lines = _lines(part)
    if unknown := set(kinds) - set(lines):
        raise UnknownTypeError(unknown)
    reads, changes = set[str](), set[str]()
    for kind in {*kinds, PROVIDER}:
        reads |= _actions(lines.get(kind, {}).get("reads", ""))
        changes |= _actions(lines.get(kind, {}).get("changes", ""))
    reads |= dependents_of(reads)
    changes |= dependents_of(reads | changes)
    return Asked(frozenset(reads), frozenset(changes - reads))


def dependents_of(actions: Collection[str]) -> frozenset[str]:
    """Actions that AWS's documents ask for together with these, those of the same service by its data."""
    same = {needed for each in actions for needed in dependent_actions(each) if _service(needed) == _service(each)}
    documented = (each["needs"] for each in _documented()["dependent"] if set(each["with"]) & set(actions))
    return frozenset(same.union(*documented))


def undecided_dependents(actions: Collection[str]) -> frozenset[tuple[str, str]]:
    """Dependent actions of another service in AWS's data that documented.toml neither grants nor declines.

    Passing roles and creating service-linked ones is granted by the services of an environment: see delegation.py.
    """
    decided = [*_documented()["dependent"], *_documented()["declined"]]
    return frozenset(
        (each, needed)
        for each in actions
        for needed in dependent_actions(each)
        if _service(needed) != _service(each) and needed not in ("iam:PassRole", "iam:CreateServiceLinkedRole")
        if not any(each in entry["with"] and needed in entry["needs"] for entry in decided)
    )


def _service(action: str) -> str:
    return action.partition(":")[0]


def linked_services(kinds: Collection[str]) -> tuple[str, ...]:
    """Services that create their service-linked role when one of these types is first built."""
    return tuple(sorted({role.service for kind in kinds for role in LINKED_ROLES.get(kind, ())}))


def key_services(kinds: Collection[str]) -> tuple[str, ...]:
    """Services that use a customer key with the caller's permissions when one of these types is built."""
    return tuple(sorted({each["service"] for each in _documented()["key_use"] if set(each["types"]) & set(kinds)}))


def _actions(operations: str) -> set[str]:
    return {action for operation in operations.split() for action in actions_of(operation)}


@cache
def _lines(part: Part) -> Mapping[str, Mapping[str, str]]:
    """Operations by type: the recorded ones and, in addition, the written ones."""
    recorded, written = (_read(path).get(part, {}) for path in (RECORDED, WRITTEN))
    return {
        kind: {
            phase: " ".join(table.get(kind, {}).get(phase, "") for table in (recorded, written))
            for phase in ("reads", "changes")
        }
        for kind in {*recorded, *written}
    }


@cache
def _documented() -> Mapping[str, Any]:
    return _read(DOCUMENTED)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
