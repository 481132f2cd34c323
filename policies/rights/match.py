"""Whether statements allow a request, as far as action and resource tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from operator import eq

from policies.rights.grant import Condition, Grant

_LIKE: Mapping[str, Callable[[str, str], bool]] = {
    "ArnLike": fnmatchcase,
    "Bool": eq,
    "StringEquals": eq,
    "StringLike": fnmatchcase,
}


def allows(
    grants: Iterable[Grant], action: str, resource: str | None = None, context: Mapping[str, str] | None = None
) -> bool:
    """Whether a statement allows the action and none denies it; a Deny wins.

    Without `resource`, and for condition keys that `context` doesn't hold, an Allow counts and a Deny doesn't.
    """
    known = context or {}
    found = [each for each in grants if _covers(each, action, resource) and _holds(each, known)]
    return bool(found) and all(each.effect == "Allow" for each in found)


def _covers(grant: Grant, action: str, resource: str | None) -> bool:
    if not any(fnmatchcase(action.lower(), each.lower()) for each in grant.actions):
        return False
    if resource is None:
        return grant.effect == "Allow" or "*" in grant.resources
    return any(fnmatchcase(resource, each) for each in grant.resources)


def _holds(grant: Grant, context: Mapping[str, str]) -> bool:
    unknown = grant.effect == "Allow"
    return all(_true(each, context, unknown) for each in grant.conditions)


def _true(condition: Condition, context: Mapping[str, str], unknown: bool) -> bool:
    test, variable, values = condition
    compare = _LIKE.get(test.rpartition(":")[2])
    if variable not in context or compare is None:
        return unknown
    return any(compare(context[variable], value) for value in values)
