"""Requests that a policy doesn't allow, of those that the gateway recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from local_aws.recording import Asked
from policies.rights.actions import actions_of
from policies.rights.grant import Grant
from policies.rights.match import allows
from tools.rights.operations import operation_of
from tools.rights.resources import resource_of


def outside(asked: Iterable[Asked], grants: Collection[Grant], account: str) -> tuple[str, ...]:
    """Requests outside these statements, as "action on resource", or as the action where the resource can't be told."""
    return tuple(sorted(set(_outside(asked, grants, account))))


def _outside(asked: Iterable[Asked], grants: Collection[Grant], account: str) -> Iterator[str]:
    for each in asked:
        for action in actions_of(operation_of(each.service, each.operation)):
            resource = resource_of(each, action, account)
            if not allows(grants, action, resource):
                yield action if resource is None else f"{action} on {resource}"
