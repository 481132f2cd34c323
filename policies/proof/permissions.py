"""Statements of every policy an environment attaches, each with the resource that holds the policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.proof.configuration import Configuration
from policies.proof.text_policies import statements_of
from terraform_json.blocks import Body, listed

# Kind of the policy that an attribute holds.
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
# Types that grant permissions from policies not read here; an attachment only where its policy isn't built here.
_ATTACHMENT = "aws_iam_role_policy_attachment"
_UNSEEN = (
    _ATTACHMENT,
    "aws_iam_group_policy",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
    "aws_iam_role_policies_exclusive",
    "aws_iam_role_policy_attachments_exclusive",
    "aws_iam_user_policy",
    "aws_iam_user_policy_attachment",
)
_UNSEEN_ATTRIBUTES = ("managed_policy_arns", "inline_policy")
# A statement of a function's policy, written as arguments; those that would widen or change it otherwise aren't read.
FUNCTION_PERMISSION = "aws_lambda_permission"
_OF_PERMISSION = frozenset(
    {"//", "action", "depends_on", "function_name", "principal", "source_account", "source_arn", "statement_id"}
)


@dataclass(frozen=True)
class Permission:
    """Policy statement. `kind` is trust, identity, key, endpoint, resource or boundary (permissions boundary of roles).

    `document` is its data source's address, or the holder's where the policy is written as text; `attribute` is the
    holder's attribute with the policy.
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
    position: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """Holder, attribute and place among the statements: what tells permissions apart, whatever was worked out."""
        return (self.holder, self.attribute, self.position)

    def condition_values(self, *keys: str) -> tuple[str, ...]:
        """Values the conditions on these keys accept (keys are case-insensitive, a trailing `*` matches any ending)."""
        return tuple(
            value
            for _, variable, values in self.conditions
            for key in keys
            if variable.lower() == key.lower() or (key.endswith("*") and variable.lower().startswith(key[:-1].lower()))
            for value in values
        )


@dataclass(frozen=True)
class Walk:
    """Statements of all policies, and a message for each policy that can't be read."""

    permissions: tuple[Permission, ...]
    unreadable: tuple[str, ...] = field(default=())


def walk(configuration: Configuration) -> Walk:
    """Read every policy attribute and the document it refers to."""
    permissions: list[Permission] = []
    unreadable: list[str] = []
    used: set[str] = set()
    bounds = _boundaries(configuration)
    for kind, address, body in configuration.everything():
        if kind in _UNSEEN and not _attaches_our_own(configuration, kind, body):
            unreadable.append(f"{address}: attaches a policy from elsewhere; use an inline policy document")
        unreadable += [f"{address}: {key} can't be read here" for key in _UNSEEN_ATTRIBUTES if body.get(key)]
        if kind == FUNCTION_PERMISSION:
            unreadable += [f"{address}: {key} can't be read here" for key in sorted(body.keys() - _OF_PERMISSION)]
            permissions.append(function_permission(address, body))
        for attribute in _ATTRIBUTES:
            value = body.get(attribute)
            if not isinstance(value, str):
                continue
            if _not_a_policy(kind):
                continue
            document = configuration.follow(value)
            if document is not None and f"/data.{_DOCUMENT}." in document:
                used.add(document)
                found = configuration.get(document).get("statement")
            elif (found := statements_of(value)) is None:
                unreadable.append(f"{address}: {attribute} is no policy document")
                continue
            of_kind = _KINDS.get((kind, attribute), "resource")
            if address in bounds:
                of_kind = "boundary"
            try:
                permissions += (
                    replace(each, attribute=attribute, position=position)
                    for position, each in enumerate(
                        permissions_of(found, document=document or address, kind=of_kind, holder=address)
                    )
                )
            except (AttributeError, KeyError, TypeError) as error:
                unreadable.append(f"{address}: {attribute} has a malformed statement ({error!r})")
    unreadable += [
        f"{address}: attached to nothing" for address in configuration.all(f"data.{_DOCUMENT}").keys() - used
    ]
    return Walk(tuple(permissions), tuple(unreadable))


def _boundaries(configuration: Configuration) -> set[str]:
    """Addresses of managed policies used as permissions boundary, by a role or by a condition on creating roles.

    Roles of other layers name them by ARN. A policy that is attached as well is no boundary.
    """
    named = [str(body.get("permissions_boundary", "")) for body in configuration.all("aws_iam_role").values()]
    for document in configuration.all(f"data.{_DOCUMENT}").values():
        for each in permissions_of(document.get("statement"), document="", kind="", holder=""):
            named += each.condition_values("iam:PermissionsBoundary")
    followed = {configuration.follow(each) for each in named}
    attached = {configuration.follow(each.get("policy_arn")) for each in configuration.all(_ATTACHMENT).values()}
    return {
        address
        for address, body in configuration.all("aws_iam_policy").items()
        if address in followed or any(each.endswith(f":policy/{body.get('name')}") for each in named)
    } - {each for each in attached if each}


def _attaches_our_own(configuration: Configuration, kind: str, body: Body) -> bool:
    """Whether an attached policy is built, and therefore read, here."""
    policy = configuration.follow(body.get("policy_arn")) if kind == _ATTACHMENT else None
    return policy is not None and "/aws_iam_policy." in policy


def _not_a_policy(kind: str) -> bool:
    """Whether a `policy` argument grants nothing: lifecycle policies say how long images stay."""
    return kind == "aws_ecr_lifecycle_policy"


def permissions_of(statements: Any, *, document: str, kind: str, holder: str) -> Iterator[Permission]:
    """Permissions of a policy, given its statements as a policy document holds them."""
    for statement in listed(statements):
        yield Permission(
            document=document,
            kind=kind,
            holder=holder,
            sid=str(statement.get("sid", "")),
            allows=statement.get("effect", "Allow") == "Allow",
            actions=_texts(statement.get("actions")),
            resources=_texts(statement.get("resources")),
            principals=tuple(_principals(statement)),
            conditions=tuple(
                (each["test"], each["variable"], _texts(each["values"])) for each in listed(statement.get("condition"))
            ),
            negated=tuple(key for key in ("not_actions", "not_resources", "not_principals") if statement.get(key)),
        )


def function_permission(address: str, body: Body) -> Permission:
    """The statement that Lambda makes of `aws_lambda_permission` ("AddPermission", Lambda API reference)."""
    account, arn = (str(body.get(key, "")) for key in ("source_account", "source_arn"))
    principal = str(body.get("principal", ""))
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    return Permission(
        document=address,
        kind="resource",
        holder=address,
        sid=str(body.get("statement_id", "")),
        allows=True,
        actions=(str(body.get("action", "")),),
        resources=(),
        principals=((kind, principal),),
        conditions=(
            *((("StringEquals", "AWS:SourceAccount", (account,)),) if account else ()),
            *((("ArnLike", "AWS:SourceArn", (arn,)),) if arn else ()),
        ),
        attribute="principal",
    )


def _texts(value: Any) -> tuple[str, ...]:
    """A text, or several. Raises TypeError for anything else."""
    texts = tuple(listed(value))
    if strange := [each for each in texts if not isinstance(each, str)]:
        raise TypeError(f"{strange[0]!r} is no text")
    return texts


def _principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in listed(statement.get("principals")):
        yield from ((str(block["type"]), identifier) for identifier in _texts(block["identifiers"]))
