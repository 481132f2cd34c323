"""One request that has to succeed, as constructs declare it and as it stands in a synthesised layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.needs.facts import FACTS

SERVICE = "service:"
FEDERATED = "federated:"
# A caller that is no principal of ours, as the one behind a URL that AWS signed: only VPC endpoints judge it.
ANYONE = "anyone"

Context = Mapping[str, str]


@dataclass(frozen=True)
class Need:
    """Actions that `who` must be able to call on one resource.

    Args:
        who: "service:NAME" for an AWS service, "federated:ARN" for a token of that provider, "anyone", or a role's ARN.
        actions: IAM actions, each in full.
        resource: ARN, or "*" for actions that AWS can't scope. No pattern: an example of what is really asked for.
        fact: key of `FACTS`, with the document that says so.
        context: condition keys that the request carries, beyond those every request has.
        in_vpc: the request leaves from a subnet of ours, so that a VPC endpoint on its way must let it through.
        by: address of the resource that sets the caller to work, where that is known.

    Raises ValueError for a fact that is not listed.
    """

    who: str
    actions: tuple[str, ...]
    resource: str
    fact: str
    context: Context = field(default_factory=dict)
    in_vpc: bool = False
    by: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.fact not in FACTS:
            raise ValueError(f"{self.fact!r} is no fact of policies/needs/facts.py")

    def note(self) -> dict[str, Any]:
        """The need as plain data for a layer's notes."""
        plain: dict[str, Any] = {
            "who": self.who,
            "actions": list(self.actions),
            "on": self.resource,
            "fact": self.fact,
        }
        if self.context:
            plain["with"] = dict(self.context)
        return plain | ({"in_vpc": True} if self.in_vpc else {})


def service(name: str) -> str:
    """`who` of an AWS service, by its principal's name."""
    return f"{SERVICE}{name}"


def federated(provider_arn: str) -> str:
    """`who` of a token that an identity provider of the account issued."""
    return f"{FEDERATED}{provider_arn}"


def _actions(told: object) -> tuple[str, ...]:
    if not isinstance(told, list) or not told or not all(isinstance(each, str) for each in told):
        raise TypeError(f"actions are a list of texts, not {told!r}")
    return tuple(told)


def need_of(note: Mapping[str, Any]) -> Need:
    """The need that `Need.note` wrote. Raises ValueError for anything else."""
    try:
        unknown = note.keys() - {"who", "actions", "on", "fact", "with", "in_vpc"}
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: no part of a need")
        return Need(
            who=str(note["who"]),
            actions=_actions(note["actions"]),
            resource=str(note["on"]),
            fact=str(note["fact"]),
            context={str(key): str(value) for key, value in note.get("with", {}).items()},
            in_vpc=bool(note.get("in_vpc", False)),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a need is malformed: {error!r}") from None
