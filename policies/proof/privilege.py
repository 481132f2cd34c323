"""Rules of least privilege, each over one policy statement. Exceptions are listed in `exceptions.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from policies.needs.services.roles import WITHOUT_SOURCE
from policies.proof.authorization import can_be_scoped, known
from policies.proof.configuration import Configuration
from policies.proof.permissions import Permission, walk
from policies.subjects import GITHUB, loose_audience, loose_subject

ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)")
_INVOKE = ("bedrock:invokemodel", "bedrock:converse")
# ARN of one model or inference profile, without wildcards. An application profile stands for one model, too.
_MODEL = re.compile(
    r"^arn:[\w-]+:bedrock:[\w-]*:(?:\d{12})?:(?:foundation-model|(?:application-)?inference-profile)/[\w.:-]+$"
)
# The same profile where it is built, of which AWS makes the id up; what it copies is promised (promises/values.py).
_BUILT = re.compile(r"^\$\{aws_bedrock_inference_profile\.\w+\.arn\}$")
# Embedding and rerank models take no guardrail (Bedrock guide, "Use your guardrail with inference operations").
_UNGUARDED = re.compile(r"embed|rerank")
_DECRYPT_BOUNDS = ("kms:ViaService", "aws:ViaAWSService", "kms:EncryptionContext*")


@dataclass(frozen=True, order=True)
class Fault:
    """One statement that breaks one rule; `holder` is the resource with the policy, `document` its data source."""

    rule: str
    holder: str
    document: str
    sid: str
    detail: str
    attribute: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.rule}: {self.holder}, statement {self.sid}: {self.detail}"


def privilege_faults(configuration: Configuration) -> list[Fault]:
    """Faults of every statement against every rule, and policies that can't be read (rule `unreadable`)."""
    found = walk(configuration)
    broken = [
        Fault(name, each.holder, each.document, each.sid, detail, each.attribute)
        for each in found.permissions
        for name, rule in (BOUNDARY_RULES if each.kind == "boundary" else RULES).items()
        for detail in rule(each)
    ]
    broken += [
        Fault("unreadable", text.partition(": ")[0], "", "", text.partition(": ")[2]) for text in found.unreadable
    ]
    return sorted(broken + _missing_denials(found.permissions) + _other_accounts(configuration, found.permissions))


def _wildcard_action(each: Permission) -> Iterator[str]:
    if each.allows:
        yield from (f"allows {action}" for action in each.actions if "*" in action or "?" in action)


def _unknown_action(each: Permission) -> Iterator[str]:
    yield from (f"{action} is no AWS action" for action in each.actions if "*" not in action and not known(action))


def _wildcard_resource(each: Permission) -> Iterator[str]:
    """Scopable actions on `*`. Trust and key policies are left out: there `*` is the role or key itself."""
    if not each.allows or each.kind in ("trust", "key"):
        return
    wide = [resource for resource in each.resources if _wide(resource)]
    for action in each.actions if wide else ():
        if "*" in action or can_be_scoped(action):
            yield f"{action} on {', '.join(wide)}, though it can be scoped"


def _wide(resource: str) -> bool:
    """Whether a resource is `*`, or an ARN whose resource part begins with `*`; a reference is always narrower."""
    return not resource.startswith("${") and resource.split(":", 5)[-1].startswith("*")


def _negation(each: Permission) -> Iterator[str]:
    if each.allows:
        yield from (f"{key} allows everything but a list" for key in each.negated)


def _any_principal(each: Permission) -> Iterator[str]:
    if each.allows and any(identifier == "*" for _, identifier in each.principals):
        yield "anyone may call it"


def _confused_deputy(each: Permission) -> Iterator[str]:
    services = [identifier for kind, identifier in each.principals if kind == "Service"]
    # A condition that holds where the key is missing ties nothing.
    firm = replace(each, conditions=tuple(one for one in each.conditions if not one[0].endswith("IfExists")))
    tied = firm.condition_values("aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext*")
    if each.kind == "trust" and WITHOUT_SOURCE.issuperset(services):
        return
    if each.allows and services and not any(ACCOUNT_ID.search(value) or "${" in value for value in tied):
        yield f"{', '.join(services)} may be sent here from other accounts"


def _passes_roles(each: Permission) -> bool:
    return each.allows and any(action.lower() == "iam:passrole" for action in each.actions)


def _pass_role(each: Permission) -> Iterator[str]:
    if _passes_roles(each) and (not each.resources or any("*" in resource for resource in each.resources)):
        yield "may pass roles that aren't named"


def _pass_anywhere(each: Permission) -> Iterator[str]:
    if _passes_roles(each) and not each.condition_values("iam:PassedToService"):
        yield "may pass roles to any service"


def _loose_subject(each: Permission) -> Iterator[str]:
    """Federated trusts whose `aud` or `sub` isn't compared exactly: any token of the issuer could pass."""
    if not each.allows or not any(kind == "Federated" for kind, _ in each.principals):
        return
    exact = [(variable, values) for test, variable, values in each.conditions if test == "StringEquals"]
    audiences, subjects = (
        [value for variable, values in exact if variable.endswith(claim) for value in values]
        for claim in (":aud", ":sub")
    )
    github = any(variable == f"{GITHUB}:sub" for variable, _ in exact)
    yield from filter(None, (loose_audience(audiences), loose_subject(subjects, github=github)))


def _open_boundary(each: Permission) -> Iterator[str]:
    """Boundaries that allow everything. They grant nothing themselves, so whole services are accepted."""
    if each.allows:
        yield from (f"allows {action}" for action in each.actions if action in ("*", "*:*"))


def _unnamed_model(each: Permission) -> Iterator[str]:
    if each.allows and _invokes(each):
        unnamed = (resource for resource in each.resources if not (_MODEL.match(resource) or _BUILT.match(resource)))
        yield from (f"{resource} is no model by name" for resource in unnamed)


def _unbounded_decrypt(each: Permission) -> Iterator[str]:
    decrypts = any(action.lower() in ("kms:decrypt", "kms:*") for action in each.actions)
    if each.kind == "identity" and each.allows and decrypts and not each.condition_values(*_DECRYPT_BOUNDS):
        yield "may decrypt for itself, not only through a service"


def _invokes(each: Permission) -> bool:
    return any(action.lower().startswith(_INVOKE) for action in each.actions)


def _generates(each: Permission) -> Iterator[str]:
    if _invokes(each):
        yield from (resource for resource in each.resources if not _UNGUARDED.search(resource.rpartition("/")[2]))


def _unguarded_model(each: Permission) -> Iterator[str]:
    if each.allows and not each.condition_values("bedrock:GuardrailIdentifier"):
        yield from (f"generates with {resource} without a guardrail" for resource in _generates(each))


def _missing_denials(permissions: Iterable[Permission]) -> list[Fault]:
    """Guarded models without a denial for calls that lack the guardrail: a later grant could open them."""
    permissions = list(permissions)
    denied = {
        resource
        for each in permissions
        if not each.allows
        for test, key, _ in each.conditions
        if test == "StringNotLike" and key == "bedrock:GuardrailIdentifier"
        for resource in each.resources
    }
    return [
        Fault("unguarded-model", each.holder, each.document, each.sid, f"nothing denies {resource} without a guardrail")
        for each in permissions
        if each.allows and each.condition_values("bedrock:GuardrailIdentifier")
        for resource in _generates(each)
        if not any(fnmatchcase(resource, pattern) for pattern in denied)
    ]


def _other_accounts(configuration: Configuration, permissions: Iterable[Permission]) -> list[Fault]:
    """Allowing statements that name another account as principal, resource or condition value."""
    return [
        Fault("other-account", each.holder, each.document, each.sid, f"names account {account}")
        for each in permissions
        if each.allows
        for account in sorted(set(ACCOUNT_ID.findall(_names(each))) - configuration.account_ids)
    ]


def _names(each: Permission) -> str:
    principals = (identifier for _, identifier in each.principals)
    values = (value for _, _, accepted in each.conditions for value in accepted)
    return " ".join((*each.resources, *principals, *values))


RULES: dict[str, Callable[[Permission], Iterable[str]]] = {
    "wildcard-action": _wildcard_action,
    "unknown-action": _unknown_action,
    "wildcard-resource": _wildcard_resource,
    "negation": _negation,
    "any-principal": _any_principal,
    "confused-deputy": _confused_deputy,
    "pass-role": _pass_role,
    "pass-role-anywhere": _pass_anywhere,
    "loose-subject": _loose_subject,
    "unnamed-model": _unnamed_model,
    "unbounded-decrypt": _unbounded_decrypt,
    "unguarded-model": _unguarded_model,
}
BOUNDARY_RULES: dict[str, Callable[[Permission], Iterable[str]]] = {
    "open-boundary": _open_boundary,
    "unknown-action": _unknown_action,
    "negation": _negation,
}
