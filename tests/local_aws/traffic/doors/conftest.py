"""A small world behind the doors: roles, policies, models and a guardrail, as the emulators' APIs describe them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.traffic.world import World

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/chat-task"
KEY_ID = "ASIATASKTASKTASK0001"


class SmallWorld(World):
    """Answers from `things` instead of an emulator, and remembers nothing: a change counts at once."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", ACCOUNT, REGION)
        self.roles: dict[str, dict[str, Any]] = {"chat-task": {}}
        self.managed: dict[str, Any] = {}
        self.boundary = ""
        self.policies_on: dict[str, Any] = {}
        self.endpoints: dict[str, Any] = {}
        self.profiles: dict[str, list[str]] = {}
        self.guardrails: dict[tuple[str, str], dict[str, Any]] = {}
        self.domains: list[str] = []
        self.created: dict[str, int] = {}
        self.bucket_key = ""
        self.destination: dict[str, str] = {}
        self.log_policies: list[str] = []
        self.written: dict[str, list[str]] = {}

    def allow(self, *statements: dict[str, Any], role: str = "chat-task", name: str = "inline") -> None:
        self.roles[role][name] = {"Version": "2012-10-17", "Statement": list(statements)}

    def client(self, service: str, region: str | None = None) -> Any:
        return _Client(self, service)

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        return question()


class _ExistsError(Exception):
    """The service's error for what exists already."""


class _Client:
    class exceptions:  # noqa: N801 - boto3's name
        ResourceAlreadyExistsException = _ExistsError

    def __init__(self, world: SmallWorld, service: str) -> None:
        self._world, self._service = world, service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **given: getattr(self, f"_{self._service}_{operation}")(**given)

    def _iam_get_role(self, RoleName: str) -> Any:  # noqa: N803
        if RoleName not in self._world.roles:
            raise _error("NoSuchEntity")
        boundary = self._world.boundary
        return {"Role": {"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}}

    def _iam_list_role_policies(self, RoleName: str) -> Any:  # noqa: N803
        return {"PolicyNames": [*self._world.roles[RoleName]]}

    def _iam_get_role_policy(self, RoleName: str, PolicyName: str) -> Any:  # noqa: N803
        return {"PolicyDocument": self._world.roles[RoleName][PolicyName]}

    def _iam_list_attached_role_policies(self, RoleName: str) -> Any:  # noqa: N803
        return {"AttachedPolicies": [{"PolicyArn": arn} for arn in self._world.managed if arn != self._world.boundary]}

    def _iam_get_policy(self, PolicyArn: str) -> Any:  # noqa: N803
        return {"Policy": {"DefaultVersionId": "v1"}}

    def _iam_get_policy_version(self, PolicyArn: str, VersionId: str) -> Any:  # noqa: N803
        return {"PolicyVersion": {"Document": self._world.managed[PolicyArn]}}

    def _kms_get_key_policy(self, KeyId: str, PolicyName: str) -> Any:  # noqa: N803
        return {"Policy": json.dumps(self._world.policies_on[KeyId])}

    def _s3_get_bucket_policy(self, Bucket: str) -> Any:  # noqa: N803
        if Bucket not in self._world.policies_on:
            raise _error("NoSuchBucketPolicy")
        return {"Policy": json.dumps(self._world.policies_on[Bucket])}

    def _s3_get_bucket_encryption(self, Bucket: str) -> Any:  # noqa: N803
        default = (
            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self._world.bucket_key} if self._world.bucket_key else {}
        )
        rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
        return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}

    def _secretsmanager_get_resource_policy(self, SecretId: str) -> Any:  # noqa: N803
        policy = self._world.policies_on.get(SecretId)
        return {"ResourcePolicy": json.dumps(policy)} if policy else {}

    def _opensearch_describe_domain(self, DomainName: str) -> Any:  # noqa: N803
        policy = self._world.policies_on.get(DomainName)
        return {"DomainStatus": {"AccessPolicies": json.dumps(policy) if policy else ""}}

    def _opensearch_list_domain_names(self) -> Any:
        return {"DomainNames": [{"DomainName": each} for each in self._world.domains]}

    def _opensearch_describe_domain_config(self, DomainName: str) -> Any:  # noqa: N803
        created = self._world.created.get(DomainName, 0)
        return {"DomainConfig": {"EngineVersion": {"Status": {"CreationDate": created}}}}

    def _ec2_describe_vpc_endpoints(self) -> Any:
        named = self._world.endpoints.items()
        return {
            "VpcEndpoints": [
                {
                    "ServiceName": f"com.amazonaws.{REGION}.{service}",
                    "VpcEndpointId": "vpce-1",
                    "PolicyDocument": policy,
                }
                for service, policy in named
            ]
        }

    def _xray_get_trace_segment_destination(self) -> Any:
        if not self._world.destination:
            raise _error("NotImplementedByEmulator")
        return self._world.destination

    def _logs_describe_resource_policies(self) -> Any:
        return {"resourcePolicies": [{"policyDocument": each} for each in self._world.log_policies]}

    def _logs_create_log_group(self, logGroupName: str) -> Any:  # noqa: N803
        self._world.written[logGroupName] = []

    def _logs_create_log_stream(self, logGroupName: str, logStreamName: str) -> Any:  # noqa: N803
        if logGroupName not in self._world.written:
            raise _error("ResourceNotFoundException")

    def _logs_put_log_events(self, logGroupName: str, logStreamName: str, logEvents: Any) -> Any:  # noqa: N803
        if logGroupName not in self._world.written:
            raise _error("ResourceNotFoundException")
        self._world.written[logGroupName] += [each["message"] for each in logEvents]

    def _bedrock_list_foundation_models(self) -> Any:
        ids = ("amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0", "cohere.embed-english-v3")
        return {"modelSummaries": [{"modelId": each} for each in ids]}

    def _bedrock_get_paginator(self, *_: str, **__: str) -> Any:
        return None

    def get_paginator(self, operation: str) -> Any:
        ends = {f"{each}.amazon.nova-lite-v1:0" for each in ("us", "eu")}
        models = [{"modelArn": f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"}]
        page = {"inferenceProfileSummaries": [{"inferenceProfileId": each, "models": models} for each in ends]}

        class Pages:
            def paginate(self) -> Any:
                return [page]

        return Pages()

    def _bedrock_get_inference_profile(self, inferenceProfileIdentifier: str) -> Any:  # noqa: N803
        found = self._world.profiles.get(inferenceProfileIdentifier)
        if found is None:
            raise _error("ResourceNotFoundException")
        models = [{"modelArn": each} for each in found]
        return {"inferenceProfileArn": inferenceProfileIdentifier, "models": models}

    def _bedrock_get_guardrail(self, guardrailIdentifier: str, guardrailVersion: str) -> Any:  # noqa: N803
        found = self._world.guardrails.get((guardrailIdentifier, guardrailVersion))
        if found is None:
            raise _error("ResourceNotFoundException")
        return found


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Any")


@dataclass
class Answered:
    status: int
    headers: Mapping[str, str]
    pieces: list[bytes] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answered]
Application = Callable[[Any, Any, Any], Awaitable[None]]


async def send(
    app: Application,
    method: str,
    path: str,
    body: object = None,
    *,
    key_id: str = KEY_ID,
    service: str = "bedrock",
    encoding: str = "",
    content_type: str = "application/json",
) -> Answered:
    """One request to an ASGI application, signed as AWS's SDKs do as far as a door reads it."""
    scope = f"{key_id}/20260101/{REGION}/{service}/aws4_request"
    headers = [(b"authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host".encode())]
    headers.append((b"content-type", content_type.encode()))
    headers += [(b"content-encoding", encoding.encode())] if encoding else []
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    given = [{"type": "http.request", "body": content}]
    answered = Answered(0, {})

    async def receive() -> dict[str, Any]:
        if given:
            return given.pop()
        await asyncio.sleep(3600)
        raise AssertionError

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
            answered.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message.get("body"):
            answered.pieces.append(message["body"])

    bare, _, query = path.partition("?")
    asked = {
        "type": "http",
        "method": method,
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query.encode(),
        "headers": headers,
    }
    await app(asked, receive, take)
    return answered


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
def ask() -> Ask:
    """Sends one request to a door and waits for the answer."""

    def call(app: Application, *given: Any, **options: Any) -> Answered:
        return asyncio.run(send(app, *given, **options))

    return call
