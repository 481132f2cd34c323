"""Requests that stand for an environment's deployment, in the form that IAM's policy simulator takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.proof.authorization import arn_formats
from policies.rights.grant import Condition, Grant

# The name that stands where a pattern leaves it open; nothing has to be called so.
_ANY = "example"


@dataclass(frozen=True)
class Question:
    """Actions on the same resources, with the context their statement asks for."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: tuple[Condition, ...]


def questions(grants: Iterable[Grant], *, region: str) -> Iterator[Question]:
    """Ask for each action on the resources that it can apply to, with one name for each pattern."""
    for grant in grants:
        if grant.effect != "Allow":
            continue
        by_resources: dict[tuple[str, ...], list[str]] = {}
        for action in grant.actions:
            by_resources.setdefault(_resources(grant, action), []).append(action)
        for resources, actions in by_resources.items():
            named = tuple(_named(each, region) for each in resources)
            yield Question(
                tuple(actions), named, tuple((test, key, values[:1]) for test, key, values in grant.conditions)
            )


def _resources(grant: Grant, action: str) -> tuple[str, ...]:
    """The statement's resources of a kind that the action is about; all of them where none can be told."""
    kinds = {_kind(each) for each in arn_formats(action)}
    return tuple(each for each in grant.resources if _kind(each) in kinds) or grant.resources


def _kind(arn: str) -> tuple[str, str]:
    """Service of an ARN, and the word that its resource begins with."""
    _, _, service, _, _, resource = arn.split(":", 5) if arn.count(":") >= 5 else ("", "", "", "", "", arn)
    if service == "s3":
        return service, "object" if "/" in resource else "bucket"
    return service, resource.replace(":", "/").strip("/").split("/")[0]


def _named(pattern: str, region: str) -> str:
    if pattern.count(":") < 5:
        return pattern
    parts = pattern.split(":", 5)
    parts[3] = region if parts[3] == "*" else parts[3]
    parts[4] = parts[4].replace("*", "aws")
    parts[5] = parts[5].replace("*", _ANY)
    return ":".join(parts)
