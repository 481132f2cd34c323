"""What the execution role of a task may do before its container starts: image, secrets, log stream.

The texts of refusals are those that AWS shows as a task's stopped reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from local_aws.traffic.arns import arn
from local_aws.traffic.world import World

_SECRETS = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
    "unable to retrieve {what}: service call has been retried 1 time(s): {detail}{code}: {reason}"
)
_LOGS = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: {code}: {reason}"
)
_PULL = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
    "{code}: {reason}"
)

# RegisterTaskDefinition refuses it already (ECS developer guide, "Task execution IAM role"); the emulator doesn't.
_NO_ROLE = "ClientException: Fargate requires task definition to have execution role ARN to support ECR images."


@dataclass(frozen=True)
class Start:
    """A start that has to be allowed. `secrets` are the `valueFrom` of the container's, `log_group` may be empty."""

    task_arn: str
    execution_role_arn: str
    image: str
    secrets: tuple[str, ...]
    log_group: str


class Decided(Protocol):
    """A decision: with the reason and AWS's name of the error where it is a refusal."""

    @property
    def allowed(self) -> bool: ...

    @property
    def reason(self) -> str: ...

    @property
    def code(self) -> str: ...


class Decides(Protocol):
    """Who knows what roles may do."""

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None: ...

    def forget(self, key_id: str) -> None: ...

    async def decide(
        self, key_id: str, action: str, resource: str, context: Mapping[str, str] | None = None, *, in_vpc: bool
    ) -> Decided: ...


@dataclass(frozen=True)
class _Need:
    action: str
    resource: str
    refusal: str
    values: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)


class ExecutionRole:
    """`may_start` of an engine, decided by the policies of the deployed execution role.

    Fargate asks from the task's own network interface, so policies of VPC endpoints count.
    """

    def __init__(self, world: World, identity: Decides) -> None:
        self._world, self._identity = world, identity

    async def __call__(self, start: Start) -> str:
        """The reason why a task can't start, or an empty text."""
        if not start.execution_role_arn:
            return _NO_ROLE
        key_id = f"execution-{secrets.token_hex(8)}"
        self._identity.enrol(key_id, start.execution_role_arn, start.task_arn.rpartition("/")[2])
        try:
            for need in [*_image(start), *await self._values(start), *_log(start)]:
                found = await self._identity.decide(key_id, need.action, need.resource, need.context, in_vpc=True)
                if not found.allowed:
                    return need.refusal.format(**{"detail": "", **need.values}, code=found.code, reason=found.reason)
            return ""
        finally:
            self._identity.forget(key_id)

    async def _values(self, start: Start) -> list[_Need]:
        needs = []
        for value_from in start.secrets:
            if ":secretsmanager:" not in value_from:
                values = {"what": "secrets from ssm"}
                needs.append(_Need("ssm:GetParameters", _parameter(start, value_from), _SECRETS, values))
                continue
            secret = ":".join(value_from.split(":")[:7])
            values = {"what": "secret from asm", "detail": f"failed to fetch secret {secret} from secrets manager: "}
            needs.append(_Need("secretsmanager:GetSecretValue", secret, _SECRETS, values))
            if key := await self._key(secret):
                context = {
                    "kms:ViaService": f"secretsmanager.{arn(secret).region}.amazonaws.com",
                    "kms:EncryptionContext:SecretARN": secret,
                }
                needs.append(_Need("kms:Decrypt", key, _SECRETS, values, context))
        return needs

    async def _key(self, secret_arn: str) -> str:
        """ARN of the customer managed key of a secret, empty without one."""
        client = self._world.client("secretsmanager", arn(secret_arn).region)
        told = await self._world.ask(f"secret {secret_arn}", partial(client.describe_secret, SecretId=secret_arn))
        key = str(told.get("KmsKeyId") or "")
        return key if key.startswith("arn:") and ":key/" in key else ""


def _image(start: Start) -> Iterator[_Need]:
    registry, _, path = start.image.partition("/")
    account, _, _, region, *_ = registry.split(".")
    repository = path.partition("@")[0].partition(":")[0]
    partition = arn(start.execution_role_arn).partition
    resource = f"arn:{partition}:ecr:{region}:{account}:repository/{repository}"
    yield _Need("ecr:GetAuthorizationToken", "*", _SECRETS, {"what": "ecr registry auth"})
    for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        yield _Need(action, resource, _PULL, {"image": start.image})


def _log(start: Start) -> Iterator[_Need]:
    if start.log_group:
        task = arn(start.task_arn)
        group = f"arn:{task.partition}:logs:{task.region}:{task.account}:log-group:{start.log_group}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield _Need(action, f"{group}:log-stream:task", _LOGS)


def _parameter(start: Start, value_from: str) -> str:
    if value_from.startswith("arn:"):
        return value_from
    task = arn(start.task_arn)
    return f"arn:{task.partition}:ssm:{task.region}:{task.account}:parameter/{value_from.lstrip('/')}"
