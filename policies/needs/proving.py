"""Proof of both halves: every need is allowed, and every permission is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from policies.needs.arns import Arns
from policies.needs.conditions import matches
from policies.needs.deployed import Deployed
from policies.needs.encryption import Encryption
from policies.needs.evaluation import Decision, Policies, Request, decide, names, requests_of
from policies.needs.facts import FACTS
from policies.needs.need import Need, need_of
from policies.needs.reasons import REASONS, REASONS_NEXT, Reason
from policies.needs.services import needs_of_services
from policies.needs.uses import unknown_uses
from policies.proof.authorization import can_be_scoped
from policies.proof.configuration import Configuration
from policies.proof.permissions import Permission, walk

_Key = tuple[str, str, int]
# Lambda names no interface beforehand: EC2 is where a pattern leads nowhere (policies/proof/exceptions.py).
_INTERFACES = "ec2"


@dataclass(frozen=True, order=True)
class Gap:
    """A refused request, or a permission that no request uses; `address` is the resource to look at."""

    address: str
    detail: str
    attribute: str = field(default="", compare=False)
    sid: str = field(default="", compare=False)


@dataclass(frozen=True)
class Judgement:
    """What of a configuration's permissions is missing, what is not needed, and what could not be judged."""

    missing: tuple[Gap, ...]
    unused: tuple[Gap, ...]
    problems: tuple[str, ...]
    requests: int


def judge(
    configuration: Configuration,
    permissions: Sequence[Permission] | None = None,
    reasons: Iterable[Reason] = (*REASONS, *REASONS_NEXT),
) -> Judgement:
    """Judge every need of a configuration against its permissions, and every permission against its needs.

    `permissions` are those of the configuration unless given, as with one statement taken out.
    """
    permissions = walk(configuration).permissions if permissions is None else permissions
    arns = Arns(configuration)
    policies = Policies.of(configuration, permissions, arns)
    missing: list[Gap] = []
    used: dict[_Key, list[Request]] = {}
    count = 0
    for need in sorted(set(_hashable(all_needs(configuration, arns)))):
        for request in requests_of(need.need, arns):
            count += 1
            decision = decide(request, policies)
            for each in decision.by:
                used.setdefault(each.key, []).append(request)
            if not decision.allowed:
                missing.append(_gap(need.need, request, decision, arns))
    unused = tuple(_unused(permissions, used, arns, tuple(reasons)))
    problems = (*policies.problems, *unknown_uses(configuration, arns))
    return Judgement(tuple(sorted(set(missing))), unused, problems, count)


def survivors(configuration: Configuration) -> list[Permission]:
    """Allowing statements that can be taken out, each alone, without a refused request: another one allows the same."""
    arns, permissions = Arns(configuration), walk(configuration).permissions
    policies = Policies.of(configuration, permissions, arns)
    requests = [each for need in all_needs(configuration, arns) for each in requests_of(need, arns)]
    used: dict[_Key, list[Request]] = {}
    for request in requests:
        for each in decide(request, policies).by:
            used.setdefault(each.key, []).append(request)
    return [
        each
        for each in permissions
        if each.allows and all(decide(request, policies.without(each)).allowed for request in used.get(each.key, ()))
    ]


def named(permission: Permission) -> str:
    """How a statement is called: by its id, or by its place where it has none."""
    return permission.sid or f"number {permission.position + 1}"


def all_needs(configuration: Configuration, arns: Arns) -> Iterator[Need]:
    """Needs that constructs declare, needs of the services a configuration sets to work, and the keys both use."""
    deployed = Deployed(configuration, arns)
    encryption = Encryption(deployed)
    for need in (*map(need_of, configuration.needs), *needs_of_services(deployed)):
        concrete = _concrete(need, arns)
        yield concrete
        yield from encryption.follows(concrete)


@dataclass(frozen=True, order=True)
class _Sorted:
    """A need that can be put into a set and an order."""

    order: tuple[str, ...]
    need: Need = field(compare=False)


def _hashable(needs: Iterable[Need]) -> Iterator[_Sorted]:
    for need in needs:
        context = [f"{key}={value}" for key, value in sorted(need.context.items())]
        yield _Sorted((need.who, need.resource, need.fact, str(need.in_vpc), *need.actions, *context), need)


def _concrete(need: Need, arns: Arns) -> Need:
    context = {key: arns.concrete(value) for key, value in need.context.items()}
    return replace(need, who=arns.concrete(need.who), resource=arns.concrete(need.resource), context=context)


def _gap(need: Need, request: Request, decision: Decision, arns: Arns) -> Gap:
    fact = FACTS[need.fact]
    asked = f"{request.who} can't call {request.action} on {request.resource}"
    near = decision.nearest
    if not near:
        address = arns.address(request.resource) or arns.address(request.who) or need.by
        why = f"nothing allows it ({decision.missing})"
        return Gap(address, f"{asked}: {why}. {fact.says} ({fact.source})")
    word = "denies it" if decision.denied else "almost fits"
    why = ", or ".join(
        f"statement {named(each.permission)} {word}" + (f": {'; '.join(each.reasons)}" if each.reasons else "")
        for each in near
    )
    first = near[0].permission
    return Gap(first.holder, f"{asked}: {why}. {fact.says} ({fact.source})", first.attribute, first.sid)


def _unused(
    permissions: Sequence[Permission], used: dict[_Key, list[Request]], arns: Arns, reasons: tuple[Reason, ...]
) -> Iterator[Gap]:
    """Statements, and actions, principals and resources of used ones, that no request has a use for."""
    for each in permissions:
        if not each.allows:
            continue
        requests = used.get(each.key, [])
        idle = [*_idle(each, requests, arns)] if requests else ["no need uses it"]
        for detail in idle:
            if not any(reason.covers(each, detail) for reason in reasons):
                yield Gap(each.holder, f"statement {named(each)}: {detail}", each.attribute, each.sid)


def _idle(each: Permission, requests: Sequence[Request], arns: Arns) -> Iterator[str]:
    for action in each.actions:
        if not any(matches(action.lower(), request.action.lower()) for request in requests):
            yield f"no need uses {action}"
    for resource in each.resources:
        concrete = arns.concrete(resource)
        if not any(matches(concrete, request.resource) for request in requests):
            yield f"no need uses it on {concrete}"
    for kind, name in each.principals:
        alone = replace(each, principals=((kind, arns.concrete(name)),))
        if not any(names(alone, request.who) for request in requests):
            yield f"no need of {arns.concrete(name)} uses it"
    yield from _wide(each, requests, arns)


def _wide(each: Permission, requests: Sequence[Request], arns: Arns) -> Iterator[str]:
    """Patterns of a role's own policy that go beyond what is built here: their fixed part names no whole resource.

    Managed policies are left out: those of a CI name what doesn't exist yet by the beginning of its name.
    """
    if each.kind != "identity" or ".aws_iam_policy." in each.holder or "/aws_iam_policy." in each.holder:
        return
    for resource in map(arns.concrete, each.resources):
        fixed = resource.partition("*")[0]
        scoped = any(can_be_scoped(action) for action in each.actions)
        if "*" not in resource or resource == "*" or not scoped or resource.split(":")[2] == _INTERFACES:
            continue
        if resource.split(":")[2] == "s3" and "/" in fixed:
            continue  # one bucket by its whole name, which may be somebody else's
        used = [request.resource for request in requests if matches(resource, request.resource)]
        if not any(len(whole) <= len(fixed) for asked in used for whole in arns.wholes(asked)):
            yield f"{resource} goes beyond what is built here"
