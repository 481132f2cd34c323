"""Every statement of every policy an environment attaches, with what it is attached to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.proof.account import Body, Configuration
from policies.proof.text_policies import statements_of
from terraform_json.blocks import listed

# Attributes that hold a policy, and what kind of policy that makes it.
_KINDS = {
    ("aws_iam_role", "assume_role_policy"): "trust",
    ("aws_iam_role_policy", "policy"): "identity",
    ("aws_iam_policy", "policy"): "identity",
    ("aws_kms_key", "policy"): "key",
    ("aws_kms_key_policy", "policy"): "key",
    ("aws_vpc_endpoint", "policy"): "endpoint",
}
_ATTRIBUTES = ("policy", "assume_role_policy", "access_policies", "policy_document", "resource_policy")
_DOCUMENT = "aws_iam_policy_document"
# Ways to permissions that the walk below can't see into; an attachment only where its policy isn't built here.
_ATTACHMENT = "aws_iam_role_policy_attachment"
_UNSEEN = (_ATTACHMENT, "aws_iam_policy_attachment", "aws_iam_user_policy", "aws_iam_group_policy")
_UNSEEN_ATTRIBUTES = ("managed_policy_arns", "inline_policy")


@dataclass(frozen=True)
class Permission:
    """One statement. `kind` is trust, identity, key, endpoint, resource or boundary (of roles, and attached to none).

    `document` is its data source's address, or the holder's where the policy is written as text; `attribute` is the one
    of the holder that it is attached by.
    """

    document: str
    kind: str
    holder: str
    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    negated: tuple[str, ...] = ()
    attribute: str = ""

    def condition_values(self, *keys: str) -> tuple[str, ...]:
        """What the conditions on these keys accept (keys are case-insensitive, a trailing `*` matches any ending)."""
        return tuple(
            value
            for _, variable, values in self.conditions
            for key in keys
            if variable.lower() == key.lower() or (key.endswith("*") and variable.lower().startswith(key[:-1].lower()))
            for value in values
        )


@dataclass(frozen=True)
class Walk:
    """What was found: statements, and what holds permissions that can't be read."""

    permissions: tuple[Permission, ...]
    unreadable: tuple[str, ...] = field(default=())


def walk(account: Configuration) -> Walk:
    """Follow every policy attribute to its document."""
    permissions: list[Permission] = []
    unreadable: list[str] = []
    used: set[str] = set()
    bounds = _boundaries(account)
    for kind, address, body in account.everything():
        if kind in _UNSEEN and not _attaches_our_own(account, kind, body):
            unreadable.append(f"{address}: attaches a policy from elsewhere; use an inline policy document")
        unreadable += [f"{address}: {key} can't be read here" for key in _UNSEEN_ATTRIBUTES if body.get(key)]
        for attribute in _ATTRIBUTES:
            value = body.get(attribute)
            if not isinstance(value, str):
                continue
            if _not_a_policy(kind):
                continue
            document = account.follow(value)
            if document is not None and f"/data.{_DOCUMENT}." in document:
                used.add(document)
                found = account.get(document).get("statement")
            elif (found := statements_of(value)) is None:
                unreadable.append(f"{address}: {attribute} is no policy document")
                continue
            of_kind = _KINDS.get((kind, attribute), "resource")
            if address in bounds:
                of_kind = "boundary"
            permissions += (
                replace(each, attribute=attribute)
                for each in _statements(found, document=document or address, kind=of_kind, holder=address)
            )
    unreadable += [f"{address}: attached to nothing" for address in account.all(f"data.{_DOCUMENT}").keys() - used]
    return Walk(tuple(permissions), tuple(unreadable))


def _boundaries(account: Configuration) -> set[str]:
    """Policies that are the boundary of a role, or that whoever builds roles has to give them; attached to none.

    Roles of other layers name them by ARN.
    """
    named = [str(body.get("permissions_boundary", "")) for body in account.all("aws_iam_role").values()]
    for document in account.all(f"data.{_DOCUMENT}").values():
        for each in _statements(document.get("statement"), document="", kind="", holder=""):
            named += each.condition_values("iam:PermissionsBoundary")
    followed = {account.follow(each) for each in named}
    attached = {account.follow(each.get("policy_arn")) for each in account.all(_ATTACHMENT).values()}
    return {
        address
        for address, body in account.all("aws_iam_policy").items()
        if address in followed or any(each.endswith(f":policy/{body.get('name')}") for each in named)
    } - {each for each in attached if each}


def _attaches_our_own(account: Configuration, kind: str, body: Body) -> bool:
    """Whether a policy that is attached is built, and therefore read, here."""
    policy = account.follow(body.get("policy_arn")) if kind == _ATTACHMENT else None
    return policy is not None and "/aws_iam_policy." in policy


def _not_a_policy(kind: str) -> bool:
    """A lifecycle policy says how long images stay, not who may do what."""
    return kind == "aws_ecr_lifecycle_policy"


def _statements(statements: Any, *, document: str, kind: str, holder: str) -> Iterator[Permission]:
    for statement in listed(statements):
        yield Permission(
            document=document,
            kind=kind,
            holder=holder,
            sid=str(statement.get("sid", "")),
            allows=statement.get("effect", "Allow") == "Allow",
            actions=tuple(listed(statement.get("actions"))),
            resources=tuple(listed(statement.get("resources"))),
            principals=tuple(_principals(statement)),
            conditions=tuple(
                (each["test"], each["variable"], tuple(each["values"])) for each in listed(statement.get("condition"))
            ),
            negated=tuple(key for key in ("not_actions", "not_resources", "not_principals") if statement.get(key)),
        )


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in listed(statement.get("principals")):
        yield from ((str(block["type"]), str(identifier)) for identifier in block["identifiers"])
