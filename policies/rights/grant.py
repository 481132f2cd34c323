"""One statement of an identity policy, and its text as AWS counts it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

# Operator, key, values: `("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",))`.
Condition = tuple[str, str, tuple[str, ...]]
# Characters of a managed policy without white space, and policies attached to a role (IAM quotas; the second one is
# adjustable).
POLICY_CHARACTERS = 6144
ATTACHED_POLICIES = 10


@dataclass(frozen=True)
class Grant:
    """A statement without principal."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    effect: str = "Allow"

    def render(self) -> dict[str, Any]:
        """The statement in the policy language."""
        conditions: dict[str, dict[str, list[str]]] = {}
        for test, variable, values in self.conditions:
            conditions.setdefault(test, {})[variable] = list(values)
        body = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return body | ({"Condition": conditions} if conditions else {})


def document(grants: Iterable[Grant]) -> dict[str, Any]:
    """The policy with these statements."""
    return {"Version": "2012-10-17", "Statement": [each.render() for each in grants]}


def characters(grants: Iterable[Grant]) -> int:
    """Size of the policy as AWS counts it: without white space."""
    return len(json.dumps(document(grants), separators=(",", ":")))


def split(grants: Sequence[Grant], limit: int = POLICY_CHARACTERS) -> tuple[tuple[Grant, ...], ...]:
    """Distribute statements over as few policies of at most `limit` characters as their order allows.

    A statement that is too large for a policy of its own is halved by its actions. Raises ValueError where even one
    action with its resources is too large.
    """
    policies: list[list[Grant]] = [[]]
    waiting = list(grants)
    while waiting:
        grant = waiting.pop(0)
        if characters((*policies[-1], grant)) <= limit:
            policies[-1].append(grant)
        elif policies[-1]:
            policies.append([])
            waiting.insert(0, grant)
        else:
            waiting[:0] = _halves(grant)
    return tuple(tuple(each) for each in policies if each)


def _halves(grant: Grant) -> tuple[Grant, Grant]:
    middle = len(grant.actions) // 2
    if middle == 0:
        raise ValueError(f"{grant.sid} is larger than a policy may be")
    first, second = grant.actions[:middle], grant.actions[middle:]
    return replace(grant, sid=f"{grant.sid}A", actions=first), replace(grant, sid=f"{grant.sid}B", actions=second)
