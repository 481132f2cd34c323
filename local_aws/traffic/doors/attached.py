"""Policies attached to what is deployed, read through the emulators' APIs: of roles, of resources, of VPC endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_aws.traffic.arns import arn
from local_aws.traffic.world import World
from policies.proof.permissions import Permission, permissions_of
from policies.proof.text_policies import statements_of

_GONE = ("NoSuchEntity", "NoSuchEntityException")
_NO_POLICY = (
    "NotFoundException",
    "NoSuchBucketPolicy",
    "NoSuchBucket",
    "ServerSideEncryptionConfigurationNotFoundError",
    "ResourceNotFoundException",
)


class UnreadablePolicyError(Exception):
    """A policy that can't be read as IAM reads it. Whoever asks refuses: a guess could allow too much."""


@dataclass(frozen=True)
class RolePolicies:
    """Statements of a role. `boundary` is None for a role without a permissions boundary."""

    identity: tuple[Permission, ...]
    boundary: tuple[Permission, ...] | None


class Attached:
    """Reads policies as they are attached now; every reading is as fresh as `World.ask` keeps it."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def of_role(self, role_arn: str) -> RolePolicies | None:
        """Inline and attached policies and the boundary of a role; None where there is no such role."""
        found: RolePolicies | None = await self._world.ask(
            f"policies of {role_arn}", lambda: self._role(role_arn.rpartition("/")[2])
        )
        return found

    async def of_resource(self, resource: str) -> tuple[Permission, ...]:
        """Statements of the policy on a resource; empty where it has none, or its service knows none."""
        service = arn(resource).service  # none for "*"
        reader = _RESOURCE_POLICIES.get(service)
        if reader is None:
            return ()
        holder, read = reader(self._world, resource)
        kind = "key" if service == "kms" else "resource"
        found: tuple[Permission, ...] = await self._world.ask(
            f"policy on {holder}", lambda: _permissions(_text(read), kind, holder)
        )
        return found

    async def of_endpoints(self) -> dict[str, dict[str, tuple[Permission, ...]]]:
        """Statements of VPC endpoint policies, by service ("bedrock-runtime") and endpoint."""
        found: dict[str, dict[str, tuple[Permission, ...]]] = await self._world.ask(
            "policies of VPC endpoints", self._endpoints
        )
        return found

    async def of_bucket_key(self, bucket: str) -> tuple[str, bool] | None:
        """ARN of the customer key of a bucket, and whether it has a bucket key; None without a customer key."""
        found: tuple[str, bool] | None = await self._world.ask(f"key of bucket {bucket}", lambda: self._bucket(bucket))
        return found

    def _bucket(self, bucket: str) -> tuple[str, bool] | None:
        s3 = self._world.client("s3")
        found = _text(lambda: s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]) or {}
        for rule in found.get("Rules", ()):
            default = rule.get("ApplyServerSideEncryptionByDefault", {})
            if key := default.get("KMSMasterKeyID"):
                arn = key if key.startswith("arn:") else f"arn:aws:kms:{self._here}:key/{key}"
                return arn, bool(rule.get("BucketKeyEnabled"))
        return None

    @property
    def _here(self) -> str:
        return f"{self._world.region}:{self._world.account_id}"

    def _role(self, name: str) -> RolePolicies | None:
        iam = self._world.client("iam")
        try:
            role = iam.get_role(RoleName=name)["Role"]
            inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
            identity = [
                each
                for policy in inline
                for each in _permissions(
                    iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"],
                    "identity",
                    f"policy {policy}",
                )
            ]
            for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                identity += self._managed(iam, attached["PolicyArn"], "identity")
            boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            return RolePolicies(tuple(identity), self._managed(iam, boundary, "boundary") if boundary else None)
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise

    def _managed(self, iam: Any, arn: str, kind: str) -> tuple[Permission, ...]:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return _permissions(document, kind, f"policy {arn.rpartition('/')[2]}")

    def _endpoints(self) -> dict[str, dict[str, tuple[Permission, ...]]]:
        found: dict[str, dict[str, tuple[Permission, ...]]] = {}
        for endpoint in self._world.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]:
            if text := endpoint.get("PolicyDocument"):
                service, id_ = endpoint["ServiceName"].split(".", 3)[-1], endpoint["VpcEndpointId"]
                found.setdefault(service, {})[id_] = _permissions(text, "endpoint", f"endpoint {id_}")
        return found


def _key_policy(world: World, resource: str) -> tuple[str, Callable[[], Any]]:
    kms = world.client("kms", arn(resource).region)
    return resource, lambda: kms.get_key_policy(KeyId=resource, PolicyName="default").get("Policy")


def _secret_policy(world: World, resource: str) -> tuple[str, Callable[[], Any]]:
    secrets = world.client("secretsmanager", arn(resource).region)
    return resource, lambda: secrets.get_resource_policy(SecretId=resource).get("ResourcePolicy")


def _domain_policy(world: World, resource: str) -> tuple[str, Callable[[], Any]]:
    domain = "/".join(resource.split("/")[:2])
    search, name = world.client("opensearch", arn(resource).region), domain.rpartition("/")[2]
    return domain, lambda: search.describe_domain(DomainName=name)["DomainStatus"].get("AccessPolicies")


def _bucket_policy(world: World, resource: str) -> tuple[str, Callable[[], Any]]:
    bucket = resource.split("/")[0]
    s3 = world.client("s3")
    return bucket, lambda: s3.get_bucket_policy(Bucket=bucket.rpartition(":")[2]).get("Policy")


def _log_policies(world: World, resource: str) -> tuple[str, Callable[[], Any]]:
    """The policies of all log groups of an account and region, whose statements name the groups."""
    region = arn(resource).region
    logs = world.client("logs", region)

    def read() -> Any:
        found = logs.describe_resource_policies()["resourcePolicies"]
        documents = [json.loads(each["policyDocument"]) for each in found]
        return {"Version": "2012-10-17", "Statement": [each for one in documents for each in _statements(one)]}

    return f"log groups in {region}", read


def _statements(document: Any) -> list[Any]:
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


# Services whose resources carry policies, as far as a task or a door asks for them.
_RESOURCE_POLICIES = {
    "es": _domain_policy,
    "kms": _key_policy,
    "logs": _log_policies,
    "s3": _bucket_policy,
    "secretsmanager": _secret_policy,
}


def _text(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except ClientError as error:
        if _code(error) in _NO_POLICY:
            return None
        raise


def _permissions(document: Any, kind: str, holder: str) -> tuple[Permission, ...]:
    if not document:
        return ()
    statements = statements_of(document if isinstance(document, str) else json.dumps(document))
    if statements is None:
        raise UnreadablePolicyError(f"{holder}: its policy can't be read")
    return tuple(permissions_of(statements, document=holder, kind=kind, holder=holder))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
