"""Decision on a request by the policies of the role that signed it, evaluated as the proofs evaluate them."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local_aws.traffic.arns import arn
from local_aws.traffic.doors.attached import Attached, RolePolicies, UnreadablePolicyError
from local_aws.traffic.world import World
from policies.needs import evaluation
from policies.needs.arns import Arns
from policies.needs.need import SERVICE
from policies.proof.configuration import Configuration
from policies.proof.permissions import Permission

# Keys of ended tasks that are still known as such; an older one is nobody's.
_REMEMBERED = 2000
_OF_AWS = re.compile(r"A[KS]IA[A-Z0-9]{16}")
_INVALID_TOKEN = "The security token included in the request is invalid."
_DENIED_BY = {
    "identity": "an identity-based policy",
    "boundary": "a permissions boundary",
    "endpoint": "a VPC endpoint policy",
}
_ALLOWED_BY = {
    "identity": "no identity-based policy",
    "boundary": "no permissions boundary",
    "endpoint": "no VPC endpoint policy",
    "resource": "no resource-based policy",
}


@dataclass(frozen=True)
class Decision:
    """Outcome for one request.

    Attributes:
        reason: AWS's words for the caller; empty when it is allowed.
        code: AWS's name of the error.
        decided: the statements that decided, for the road.
    """

    allowed: bool
    reason: str = ""
    code: str = "AccessDeniedException"
    decided: str = ""


@dataclass(frozen=True)
class Caller:
    """Role of a task and the session's name, which is the task's id."""

    role_arn: str
    session: str

    @property
    def arn(self) -> str:
        """ARN of the session, as error messages name the caller."""
        role = arn(self.role_arn)
        name = role.resource.rpartition("/")[2]
        return f"arn:{role.partition}:sts::{role.account}:assumed-role/{name}/{self.session}"


class Identity:
    """Callers by the key id that they sign with, and what their roles may do.

    A key id that was never enrolled belongs to the account's administrator, who may do everything: Terraform, the
    emulated functions and people at their terminals sign with the account's own 12 digits. One that looks like AWS's is
    nobody's. Service and resource control
    policies, session policies and tags of principals are not known here.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._attached = Attached(world)
        self._callers: dict[str, Caller] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None:
        """Take a key id as a role's from now on. `session` is the task's id; the key id stands in for it."""
        self._callers[key_id] = Caller(role_arn, session or key_id)

    def forget(self, key_id: str) -> None:
        """End the credentials of a task: later requests with them are refused as expired."""
        if self._callers.pop(key_id, None) is not None:
            self._ended[key_id] = None
            while len(self._ended) > _REMEMBERED:
                self._ended.popitem(last=False)

    def caller(self, key_id: str) -> Caller | None:
        """The task that signs with this key id; None for the administrator."""
        return self._callers.get(key_id)

    async def decide(
        self, key_id: str, action: str, resource: str, context: Mapping[str, str] | None = None, *, in_vpc: bool
    ) -> Decision:
        """Whether the signer may do `action` on the ARN `resource`.

        `context` has condition keys with one value each, beside those that every request has. With `in_vpc` the
        policies of the VPC's endpoints count, too.
        """
        if key_id in self._ended:
            reason = "The security token included in the request is expired"
            return Decision(False, reason, "ExpiredTokenException", "the task has ended")
        if not key_id:
            return Decision(
                False, "Missing Authentication Token", "MissingAuthenticationTokenException", "nobody signed"
            )
        caller = self._callers.get(key_id)
        if caller is None and _OF_AWS.fullmatch(key_id):
            return Decision(False, _INVALID_TOKEN, "UnrecognizedClientException", f"nobody has the key {key_id}")
        if caller is None:
            return Decision(True, decided="the account's administrator")
        request = evaluation.Request(
            caller.role_arn, action, resource, self._context(caller, resource, context), in_vpc
        )
        try:
            role = await self._attached.of_role(caller.role_arn)
            if role is None:
                return Decision(
                    False, _INVALID_TOKEN, "UnrecognizedClientException", f"{caller.role_arn} doesn't exist"
                )
            return _described(request, await self._policies(request, role), caller)
        except UnreadablePolicyError as problem:
            return Decision(False, str(problem), decided=str(problem))

    async def service_may_read(self, service: str, *, bucket: str, key: str, source_arn: str) -> Decision:
        """Whether an AWS service ("cloudfront.amazonaws.com") may read an object for the resource `source_arn`.

        The bucket's policy decides, and that of the key which the bucket encrypts with.
        """
        bucket_arn = f"arn:aws:s3:::{bucket}"
        sources = {"aws:SourceArn": source_arn, "aws:SourceAccount": self._world.account_id}
        found = await self._service_may(service, "s3:GetObject", f"{bucket_arn}/{key}", sources)
        encryption = await self._attached.of_bucket_key(bucket)
        if not found.allowed or encryption is None:
            return found
        key_arn, whole_bucket = encryption
        named = {"kms:EncryptionContext:aws:s3:arn": bucket_arn if whole_bucket else f"{bucket_arn}/{key}"}
        decrypts = await self._service_may(service, "kms:Decrypt", key_arn, sources | named)
        return replace(decrypts, decided=f"{found.decided}, {decrypts.decided}") if decrypts.allowed else decrypts

    async def service_may(self, service: str, action: str, resource: str, source_arn: str) -> Decision:
        """Whether an AWS service may do `action` on an ARN for the resource `source_arn`, by the ARN's own policies."""
        sources = {"aws:SourceArn": source_arn, "aws:SourceAccount": self._world.account_id}
        return await self._service_may(service, action, resource, sources)

    async def _service_may(self, service: str, action: str, resource: str, context: Mapping[str, str]) -> Decision:
        account = self._world.account_id
        every = {
            "aws:securetransport": "true",
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service,
            "aws:resourceaccount": account,
        } | {name.lower(): value for name, value in context.items()}
        request = evaluation.Request(f"{SERVICE}{service}", action, resource, every)
        try:
            of_resource = list(await self._attached.of_resource(resource))
        except UnreadablePolicyError as problem:
            return Decision(False, str(problem), decided=str(problem))
        found = evaluation.decide(request, evaluation.Policies(Arns(_NOTHING), resource={resource: of_resource}))
        if found.allowed:
            return Decision(True, decided=_by(found))
        reason = f"{service} is not authorized to perform: {action} on resource: {resource}"
        return Decision(False, reason, decided=_against(found))

    def _context(self, caller: Caller, resource: str, given: Mapping[str, str] | None) -> dict[str, str]:
        account = arn(caller.role_arn).account
        about = arn(resource)  # "*" stands for no resource, as of ecr:GetAuthorizationToken
        return {
            "aws:securetransport": "true",
            "aws:viaawsservice": "false",
            "aws:principalisawsservice": "false",
            "aws:principalaccount": account,
            "aws:principalarn": caller.role_arn,
            "aws:principaltype": "AssumedRole",
            "aws:resourceaccount": about.account or account,
            "aws:requestedregion": about.region or self._world.region,
        } | {key.lower(): value for key, value in (given or {}).items()}

    async def _policies(self, request: evaluation.Request, role: RolePolicies) -> evaluation.Policies:
        endpoints = await self._attached.of_endpoints() if request.in_vpc else {}
        return evaluation.Policies(
            Arns(_NOTHING),
            resource={request.resource: list(await self._attached.of_resource(request.resource))},
            identity={request.who: list(role.identity)},
            boundary={} if role.boundary is None else {request.who: list(role.boundary)},
            endpoint={
                service: {id_: list(statements) for id_, statements in several.items()}
                for service, several in endpoints.items()
            },
        )


# ARNs are concrete here: no configuration is needed to work them out.
_NOTHING = Configuration({})


def _described(request: evaluation.Request, policies: evaluation.Policies, caller: Caller) -> Decision:
    found = evaluation.decide(request, policies)
    if found.allowed:
        return Decision(True, decided=_by(found))
    refused = f"User: {caller.arn} is not authorized to perform: {request.action} on resource: {request.resource}"
    if found.denied:
        where = _DENIED_BY.get(found.nearest[0].permission.kind, "a resource-based policy")
        return Decision(False, f"{refused} with an explicit deny in {where}", decided=_against(found))
    because = f"because {_ALLOWED_BY[_missing(request, policies)]} allows the {request.action} action"
    return Decision(False, f"{refused} {because}", decided=_against(found))


def _by(found: evaluation.Decision) -> str:
    return ", ".join(dict.fromkeys(map(_named, found.by)))


def _against(found: evaluation.Decision) -> str:
    """What denies, or the statement that comes nearest and why it doesn't fit."""
    near = found.nearest[:1]
    if found.denied:
        return f"denied by {_named(near[0].permission)}"
    if not near:
        return "allowed by nothing"
    return f"allowed by nothing (nearest: {_named(near[0].permission)}: {' and '.join(near[0].reasons)})"


def _missing(request: evaluation.Request, policies: evaluation.Policies) -> str:
    """Kind of policy that lacks a permission: found by leaving out one kind after the other."""
    if evaluation.decide(replace(request, in_vpc=False), policies).allowed:
        return "endpoint"
    if evaluation.decide(request, replace(policies, boundary={})).allowed:
        return "boundary"
    if request.action.startswith("kms:") and evaluation.decide(request, replace(policies, resource=_open())).allowed:
        return "resource"
    return "identity"


def _open() -> dict[str, list[Permission]]:
    everything = Permission("", "key", "", "", True, ("*",), ("*",), (("AWS", "*"),))
    return {"arn": [everything]}


def _named(permission: Permission) -> str:
    return f"{permission.holder} {permission.sid}".strip()
