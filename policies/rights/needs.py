"""Requests that the roles of a CI have to succeed with: what the provider asks for, states, locks and bundles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from policies.needs.need import Need
from policies.rights.commands import LISTING, look_at_tasks
from policies.rights.grant import Grant
from policies.rights.places import EnvironmentArns
from policies.rights.state import StateAccess

_EXAMPLE = "example"


def provider_needs(role_arn: str, grants: Iterable[Grant]) -> Iterator[Need]:
    """What the provider asks for, on an example of each place where the grants say that it applies."""
    yield from granted_needs(role_arn, grants, "provider-asks")


def granted_needs(role_arn: str, grants: Iterable[Grant], fact: str) -> Iterator[Need]:
    """Each grant as requests, on an example of each of its places, because of a fact."""
    for grant in grants:
        context = {variable: _example(values[0]) for _, variable, values in grant.conditions}
        for resource in grant.resources:
            yield Need(role_arn, grant.actions, _example(resource), fact, context)
        for _, variable, values in grant.conditions:
            for value in values[1:]:
                told = context | {variable: _example(value)}
                yield Need(role_arn, grant.actions, _example(grant.resources[0]), fact, told)


def state_needs(role_arn: str, state: StateAccess, *, writes: bool) -> Iterator[Need]:
    """What Terraform's S3 backend asks for: find, read and lock states, and with `writes` store them."""
    bucket, place = state.place.bucket_arn(state.bucket), state.place
    key = f"{state.prefix}{place.region}/{_EXAMPLE}.tfstate"
    item = f"{state.bucket}/{key}"
    table = place.arn("dynamodb", f"table/{state.table}")

    def asks(resource: str, *actions: str, **context: str) -> Need:
        named = {name.replace("__", ":"): value for name, value in context.items()}
        return Need(role_arn, actions, resource, "remote-state", named)

    yield asks(bucket, "s3:ListBucket")
    yield asks(f"{bucket}/{key}", "s3:GetObject")
    yield asks(f"{bucket}/{key}.tflock", "s3:PutObject", "s3:DeleteObject")
    for row in (item, f"{item}-md5"):
        yield asks(table, "dynamodb:GetItem", dynamodb__LeadingKeys=row)
    yield asks(table, "dynamodb:PutItem", "dynamodb:DeleteItem", dynamodb__LeadingKeys=item)
    for service in ("s3", "dynamodb"):
        via = {"kms__ViaService": f"{service}.{place.region}.amazonaws.com", "kms__ResourceAliases": state.key_alias}
        yield asks(place.arn("kms", f"key/{_EXAMPLE}"), "kms:Decrypt", "kms:GenerateDataKey", **via)
    if writes:
        yield asks(f"{bucket}/{key}", "s3:PutObject")
        yield asks(table, "dynamodb:PutItem", "dynamodb:DeleteItem", dynamodb__LeadingKeys=f"{item}-md5")


def bundle_needs(role_arn: str, state: StateAccess, action: str) -> Iterator[Need]:
    """Put bundles ("s3:PutObject") or fetch them ("s3:GetObject")."""
    object_arn = f"{state.place.bucket_arn(state.bucket)}/{state.bundles}{_EXAMPLE}.zip"
    yield Need(role_arn, (action,), object_arn, "bundles")


def history_needs(role_arn: str, state: StateAccess, *, writes: bool) -> Iterator[Need]:
    """Read records of deployments and releases, and with `writes` store and delete them."""
    for folder in (state.history, state.releases):
        object_arn = f"{state.place.bucket_arn(state.bucket)}/{folder}{_EXAMPLE}.json"
        yield Need(role_arn, ("s3:GetObject",), object_arn, "history")
        if writes:
            yield Need(role_arn, ("s3:PutObject", "s3:DeleteObject"), object_arn, "history")


def stopped_tasks_needs(role_arn: str, arns: EnvironmentArns) -> Iterator[Need]:
    """Say why the tasks of a release stopped."""
    instance, task = map(_example, look_at_tasks(arns).resources)
    yield Need(role_arn, ("ecs:ListTasks",), instance, "stopped-tasks")
    yield Need(role_arn, ("ecs:DescribeTasks",), task, "stopped-tasks")


def leftovers_needs(role_arn: str, role_arns: Sequence[str]) -> Iterator[Need]:
    """Find what a cut-off run has made, before anything is created."""
    yield Need(role_arn, LISTING, "*", "leftovers")
    for each in role_arns:
        yield Need(role_arn, ("iam:ListRoleTags",), _example(each), "leftovers")


def _example(pattern: str) -> str:
    return pattern if pattern == "*" else pattern.replace("*", _EXAMPLE)
