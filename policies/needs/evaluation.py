"""Evaluation of one request against the policies of a configuration, as IAM evaluates it in one account.

Resource policies, identity policies, permissions boundaries and VPC endpoint policies; an explicit denial wins. What an
organization adds (service and resource control policies) is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from policies.needs.arns import Arns
from policies.needs.conditions import failing, matches, unjudged
from policies.needs.need import ANYONE, FEDERATED, SERVICE, Need
from policies.proof.configuration import Configuration
from policies.proof.permissions import FUNCTION_PERMISSION, Permission
from terraform_json.blocks import Body

# Statements named for a refused request, where several come equally near.
SHOWN = 3
# Endpoint services by the prefix of the actions that travel through them.
ENDPOINTS = {
    "bedrock": ("bedrock-runtime",),
    "ecr": ("ecr.api", "ecr.dkr"),
    "kms": ("kms",),
    "logs": ("logs",),
    "s3": ("s3",),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "ssmmessages": ("ssmmessages",),
    "xray": ("xray",),
}
# Argument that names the resource which a policy protects, by the type that attaches the policy.
_PROTECTED = {
    "aws_cloudwatch_event_bus_policy": "event_bus_name",
    "aws_ecr_repository_policy": "repository",
    "aws_iam_role": "arn",
    "aws_kms_key": "arn",
    "aws_kms_key_policy": "key_id",
    FUNCTION_PERMISSION: "function_name",
    "aws_opensearch_domain": "arn",
    "aws_s3_bucket_policy": "bucket",
    "aws_secretsmanager_secret_policy": "secret_arn",
    "aws_sns_topic_policy": "arn",
    "aws_sqs_queue_policy": "queue_url",
}
# Policies of a whole account and region, whose statements name their resources themselves.
_ACCOUNT_WIDE = ("aws_cloudwatch_log_resource_policy",)


@dataclass(frozen=True)
class Request:
    """One action by one caller on one resource, with lower-case context keys."""

    who: str
    action: str
    resource: str
    context: dict[str, str]
    in_vpc: bool = False

    @property
    def role(self) -> bool:
        """Whether the caller is a role, which has policies of its own; not the account as such (":root")."""
        return not self.who.startswith((SERVICE, FEDERATED)) and self.who != ANYONE and not self.who.endswith(":root")


@dataclass(frozen=True)
class Near:
    """A statement that almost lets a request through, and what of it fails."""

    permission: Permission
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """Whether a request succeeds; `by` are the statements that allow it, `nearest` those that almost do, or deny."""

    allowed: bool
    by: tuple[Permission, ...] = ()
    nearest: tuple[Near, ...] = ()
    denied: bool = False
    missing: str = ""


@dataclass
class Policies:
    """Statements by whom and what they are about, with every reference worked out."""

    arns: Arns
    resource: dict[str, list[Permission]] = field(default_factory=dict)
    account_wide: list[Permission] = field(default_factory=list)
    identity: dict[str, list[Permission]] = field(default_factory=dict)
    boundary: dict[str, list[Permission]] = field(default_factory=dict)
    endpoint: dict[str, dict[str, list[Permission]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, configuration: Configuration, permissions: Iterable[Permission], arns: Arns) -> Policies:
        """Policies of a configuration. A policy whose place isn't known is a problem, never a pass."""
        found = cls(arns, endpoint=_endpoints(configuration))
        attachments = _attachments(configuration, arns)
        bounded = _bounded(configuration, arns)
        found.problems += _foreign_boundaries(configuration, arns)
        for each in permissions:
            kind = each.holder.partition("/")[2].split(".")[0]
            concrete = _concrete(each, arns)
            if each.kind == "identity" and kind == "aws_iam_role_policy":
                found._of_role(_role_arn(configuration.get(each.holder).get("role"), each.holder, arns), concrete)
            elif each.kind == "identity":
                for role in attachments.get(each.holder, ()):
                    found._of_role(role, concrete)
            elif each.kind == "boundary":
                for role in bounded.get(each.holder, ()):
                    found.boundary.setdefault(role, []).append(concrete)
            elif each.kind == "endpoint":
                found.endpoint[_endpoint_service(configuration.get(each.holder))][each.holder].append(concrete)
            elif kind in _ACCOUNT_WIDE:
                found.account_wide.append(concrete)
            elif kind in _PROTECTED:
                found._protect(found._protected(each.holder, kind), concrete)
            else:
                found.problems.append(f"{each.holder}: nobody knows what its policy protects")
        return found

    def without(self, gone: Permission) -> Policies:
        """These policies with one statement taken out; the policy it stood in stays, and allows that much less."""

        def rest(group: list[Permission]) -> list[Permission]:
            return [each for each in group if each.key != gone.key]

        return Policies(
            self.arns,
            {name: rest(group) for name, group in self.resource.items()},
            rest(self.account_wide),
            {name: rest(group) for name, group in self.identity.items()},
            {name: rest(group) for name, group in self.boundary.items()},
            {
                service: {name: rest(group) for name, group in groups.items()}
                for service, groups in self.endpoint.items()
            },
        )

    def _protect(self, protected: str, permission: Permission) -> None:
        several = {permission.holder, *(each.holder for each in self.resource.setdefault(protected, []))}
        if len(several) > 1:
            self.problems.append(f"{max(several)}: {protected} has another policy, {min(several)}; AWS keeps one")
        self.resource[protected].append(permission)

    def _of_role(self, role: str, permission: Permission) -> None:
        self.identity.setdefault(role, []).append(permission)

    def _protected(self, holder: str, kind: str) -> str:
        value = self.arns.attribute(holder, _PROTECTED[kind]) or ""
        partition, region = self.arns.place(holder)
        if kind == "aws_s3_bucket_policy":
            return f"arn:{partition}:s3:::{value}"
        if kind == "aws_sqs_queue_policy":
            return f"arn:{partition}:sqs:{region}:{self.arns.account}:{value.rpartition('/')[2]}"
        if kind == "aws_ecr_repository_policy":
            return f"arn:{partition}:ecr:{region}:{self.arns.account}:repository/{value}"
        if kind == FUNCTION_PERMISSION:
            return f"arn:{partition}:lambda:{region}:{self.arns.account}:function:{value.rpartition(':')[2]}"
        if kind == "aws_kms_key_policy":
            return f"arn:{partition}:kms:{region}:{self.arns.account}:key/{value.rpartition('/')[2]}"
        return value

    def protects(self, arn: str) -> bool:
        """Whether a resource has a policy here, with statements or without."""
        return arn in self.resource

    def of_resource(self, arn: str) -> list[Permission]:
        """Statements of the policy that protects a resource."""
        found = [
            each
            for protected, permissions in self.resource.items()
            if arn == protected or arn.startswith((f"{protected}/", f"{protected}:"))
            for each in permissions
        ]
        return found + (self.account_wide if arn.split(":")[2:3] == ["logs"] else [])


def requests_of(need: Need, arns: Arns) -> Iterator[Request]:
    """One request for each action of a need, with the context that every request has."""
    who, resource = arns.concrete(need.who), arns.concrete(need.resource)
    named = resource.split(":")[3] if resource.count(":") > 4 else ""
    context = {
        "aws:requestedregion": named or arns.region,
        "aws:securetransport": "true",
        "s3:tlsversion": "1.2",
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "true" if who.startswith(SERVICE) else "false",
    }
    if not who.startswith((SERVICE, FEDERATED)) and who != ANYONE:
        context |= {"aws:principalaccount": arns.account, "aws:principalarn": who, "aws:resourceaccount": arns.account}
    context |= {key.lower(): arns.concrete(value) for key, value in need.context.items()}
    for action in need.actions:
        yield Request(who, action, resource, context, need.in_vpc)


def decide(request: Request, policies: Policies) -> Decision:
    """Whether the request succeeds, and by which statements; else the statement that comes nearest."""
    around = [*_endpoint_groups(request, policies)]
    of_resource = policies.of_resource(request.resource)
    of_role = policies.identity.get(request.who, []) if request.role else []
    ceiling = policies.boundary.get(request.who) if request.role else None
    every = [*of_resource, *of_role, *(ceiling or ()), *(each for group in around for each in group)]
    for each in every:
        if not each.allows and not misfits(each, request):
            unknown = unjudged(each.conditions)
            why = f"as far as anybody can tell: {', '.join(unknown)} isn't known here" if unknown else ""
            return Decision(allowed=False, nearest=(Near(each, (why,) if why else ()),), denied=True)
    used: list[Permission] = []
    for group in (*around, *([ceiling] if ceiling is not None else [])):
        fitting = _allowing(group, request)
        if not fitting:
            return _refused(group, request, "an endpoint or boundary on the way")
        used += fitting
    if request.who == ANYONE:
        # Whoever it is has the permission already; without an endpoint the way leads over the internet.
        return Decision(allowed=True, by=tuple(used))
    direct = _allowing(of_resource, request)
    if request.role:
        granted = _allowing(of_role, request)
        trusting = request.action.startswith("kms:")
        if trusting and granted and policies.protects(request.resource):
            delegated = _allowing(of_resource, _as_root(request))
            if direct or delegated:
                return Decision(allowed=True, by=(*used, *granted, *direct, *delegated))
            return _refused(of_resource, _as_root(request), "the key's policy")
        # A key without a policy here has the default one, which leaves all to IAM policies, or belongs elsewhere.
        if granted or direct:
            return Decision(allowed=True, by=(*used, *granted, *direct))
        return _refused([*of_role, *of_resource], request, "the role's policies")
    if direct:
        return Decision(allowed=True, by=(*used, *direct))
    return _refused(of_resource, request, "the resource's policy")


def _as_root(request: Request) -> Request:
    """The request as a key's policy hands it on to the account's IAM policies."""
    partition, account = request.who.split(":")[1], request.context.get("aws:principalaccount", "")
    return replace(request, who=f"arn:{partition}:iam::{account}:root")


def _endpoint_groups(request: Request, policies: Policies) -> Iterator[list[Permission]]:
    if not request.in_vpc:
        return
    for service in ENDPOINTS.get(request.action.partition(":")[0], ()):
        yield from policies.endpoint.get(service, {}).values()


def _allowing(group: Iterable[Permission], request: Request) -> list[Permission]:
    return [each for each in group if each.allows and not misfits(each, request)]


def misfits(each: Permission, request: Request) -> list[str]:
    """What of the statement doesn't fit the request; empty for a statement that applies."""
    reasons = []
    if each.kind not in ("identity", "boundary") and not names(each, request.who):
        reasons.append(f"it names {', '.join(name for _, name in each.principals) or 'nobody'}")
    if not any(matches(action.lower(), request.action.lower()) for action in each.actions):
        reasons.append(f"it lists {', '.join(each.actions)}")
    # Trusts, and policies of services that know no resource in them (ECR), are about what they are attached to.
    bare = each.kind == "trust" or (each.kind == "resource" and not each.resources)
    if not bare and not any(matches(pattern, request.resource) for pattern in each.resources):
        reasons.append(f"it is about {', '.join(each.resources)}")
    if each.negated:
        # What a negated list covers isn't read: it allows nothing here, and denies whatever else fits.
        reasons = [] if not each.allows else [*reasons, "it allows by what it leaves out"]
    reasons += failing(each.conditions, request.context, denies=not each.allows)
    return reasons


def names(each: Permission, who: str) -> bool:
    """Whether a statement names a caller among its principals."""
    for kind, identifier in each.principals:
        if identifier == "*":
            return True
        if kind == "Service" and who == f"{SERVICE}{identifier}":
            return True
        if kind == "Federated" and who == f"{FEDERATED}{identifier}":
            return True
        if kind == "AWS" and who == identifier:
            return True
    return False


def _refused(group: Iterable[Permission], request: Request, missing: str) -> Decision:
    near = [Near(each, tuple(misfits(each, request))) for each in group if each.allows]
    near.sort(key=lambda each: (_distance(each, request), each.permission.sid))
    best = tuple(each for each in near if _distance(each, request) == _distance(near[0], request))
    return Decision(allowed=False, nearest=best[:SHOWN], missing=missing)


def _distance(near: Near, request: Request) -> tuple[bool, int]:
    """How far a statement is from a request: one for another caller is farthest."""
    stranger = near.permission.kind not in ("identity", "boundary") and not names(near.permission, request.who)
    return stranger, len(near.reasons)


def _concrete(each: Permission, arns: Arns) -> Permission:
    return replace(
        each,
        resources=tuple(map(arns.concrete, each.resources)),
        principals=tuple((kind, arns.concrete(identifier)) for kind, identifier in each.principals),
        conditions=tuple(
            (test, variable, tuple(map(arns.concrete, values))) for test, variable, values in each.conditions
        ),
    )


def _role_arn(role: object, holder: str, arns: Arns) -> str:
    """ARN of the role that a policy belongs to, given by name."""
    name = arns.concrete(str(role))
    if name.startswith("arn:"):
        return name
    return f"arn:{arns.place(holder)[0]}:iam::{arns.account}:role/{name}"


def _endpoint_service(endpoint: Body) -> str:
    """What an endpoint leads to: "ecr.api" of "com.amazonaws.eu-central-1.ecr.api"."""
    return str(endpoint.get("service_name", "")).split(".", 3)[-1]


def _endpoints(configuration: Configuration) -> dict[str, dict[str, list[Permission]]]:
    """Endpoints with a policy, by service; one without lets everything through."""
    found: dict[str, dict[str, list[Permission]]] = {}
    for address, body in configuration.all("aws_vpc_endpoint").items():
        if body.get("policy"):
            found.setdefault(_endpoint_service(body), {})[address] = []
    return found


def _attachments(configuration: Configuration, arns: Arns) -> dict[str, list[str]]:
    """Roles by the managed policy attached to them."""
    found: dict[str, list[str]] = {}
    for address, body in configuration.all("aws_iam_role_policy_attachment").items():
        if policy := configuration.follow(body.get("policy_arn")):
            found.setdefault(policy, []).append(_role_arn(body.get("role"), address, arns))
    return found


def _foreign_boundaries(configuration: Configuration, arns: Arns) -> Iterator[str]:
    """Boundaries of another account, or AWS's own: nobody here knows what they leave out."""
    for address, body in configuration.all("aws_iam_role").items():
        boundary = arns.concrete(str(body.get("permissions_boundary") or ""))
        if boundary and f":iam::{arns.account}:policy/" not in boundary:
            yield f"{address}: its permissions boundary {boundary} can't be read here"


def _bounded(configuration: Configuration, arns: Arns) -> dict[str, list[str]]:
    """Roles by the permissions boundary they carry, where that is built here too."""
    by_arn = {arns.attribute(address, "arn"): address for address in configuration.all("aws_iam_policy")}
    found: dict[str, list[str]] = {}
    for address, body in configuration.all("aws_iam_role").items():
        boundary = by_arn.get(arns.concrete(str(body.get("permissions_boundary", ""))))
        if boundary:
            found.setdefault(boundary, []).append(str(arns.attribute(address, "arn")))
    return found
