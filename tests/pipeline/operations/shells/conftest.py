"""An environment whose service allows shells, in the emulated account, and a plugin that notes how it is called."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.session import Session, open_session
from tests.pipeline.conftest import FakeTool
from tests.pipeline.operations.support import Account

IMAGE = "registry/app@sha256:" + "0" * 64
VERSION = "1.2.707.0"


@dataclass(frozen=True)
class Deployed:
    """The environment, its names, and what its people and its plugin were told."""

    account: Account
    queue: str
    calls: Path

    @property
    def name(self) -> str:
        return f"sitechat-{self.account.env}-app"

    @property
    def cluster(self) -> str:
        return f"sitechat-{self.account.env}-main"

    @property
    def log_group(self) -> str:
        return f"/sitechat/{self.account.env}/exec"

    @property
    def family(self) -> str:
        return f"{self.name}-debug"

    def mails(self) -> list[dict[str, Any]]:
        found = self.account.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in found.get("Messages", ())]

    def plugin_calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.calls.read_text().splitlines()] if self.calls.exists() else []

    def copies(self) -> list[dict[str, Any]]:
        """Tasks of debug copies, those that ended included."""
        ecs = self.account.client("ecs")
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster=self.cluster, desiredStatus=status)["taskArns"]
        ]
        tasks = ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []
        return [each for each in tasks if each["startedBy"] == "sitechat-exec"]

    def registered(self) -> list[str]:
        """Revisions of debug copies that could be run."""
        return list(
            self.account.client("ecs").list_task_definitions(familyPrefix=self.family, status="ACTIVE")[
                "taskDefinitionArns"
            ]
        )


@dataclass
class Asked:
    """Operations that were asked of AWS, in order, and those that it is to refuse, by the error or its code."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: dict[str, str | BaseException] = field(default_factory=dict)

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [given for name, given in self.calls if name == operation]

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.calls]

    def note(self, operation: str, given: dict[str, Any]) -> None:
        self.calls.append((operation, given))
        refusal = self.refused.get(operation)
        if isinstance(refusal, BaseException):
            raise refusal
        if refusal:
            raise ClientError({"Error": {"Code": refusal, "Message": "no"}}, operation)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What commands ask: every client of theirs has a hook of botocore's before each call."""
    found, real = Asked(), Session.client

    def client(self: Session, *given: Any, **named: Any) -> Any:
        made = real(self, *given, **named)
        made.meta.events.register(
            "provide-client-params", lambda params, model, **_: found.note(model.name, dict(params))
        )
        return made

    monkeypatch.setattr(Session, "client", client)
    return found


@pytest.fixture
def plugin(fake_tool: FakeTool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that puts a plugin on PATH: its version, and what it does after it has noted its call."""
    calls = tmp_path / "plugin.jsonl"
    note = (
        'python3 -c "import json, os, sys; print(json.dumps({\\"words\\": sys.argv[1:], '
        f'\\"told\\": os.environ.get(\\"AWS_SSM_START_SESSION_RESPONSE\\")}}))" "$@" >> {calls}'
    )

    def make(version: str = VERSION, then: str = "exit 0") -> Path:
        path = fake_tool(
            "session-manager-plugin", f'if [ "$1" = --version ]; then echo {version}; exit; fi\n{note}\n{then}'
        )
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        return calls

    return make


@pytest.fixture
def deployed(account: Account, plugin: Callable[..., Path]) -> Deployed:
    """The service as `sitechat deploy` leaves it, with one task of the visitors."""
    account.file.write_text(
        f'{account.file.read_text()}\n[image]\ndigest = "sha256:{"0" * 64}"\n[service]\nexecute_command = true\n'
        '[security]\ntrail = "adopt"\n[monitoring]\nalarm_emails = ["oncall@example.com"]\n'
    )
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name=f"sitechat-{account.env}-alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName=f"sitechat-{account.env}-mails")["QueueUrl"]
    place = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=place)
    found = Deployed(account, queue, plugin())
    account.client("logs").create_log_group(logGroupName=found.log_group)
    _serve(found)
    return found


def _serve(found: Deployed) -> None:
    ecs = found.account.client("ecs")
    logged = {
        "logging": "OVERRIDE",
        "logConfiguration": {"cloudWatchLogGroupName": found.log_group, "cloudWatchEncryptionEnabled": True},
    }
    ecs.create_cluster(clusterName=found.cluster, configuration={"executeCommandConfiguration": logged})
    container = {
        "name": "app",
        "image": IMAGE,
        "user": "10001:10001",
        "readonlyRootFilesystem": True,
        "environment": [{"name": "GREETING", "value": "one"}],
        "secrets": [{"name": "KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:key-abcdef"}],
        "portMappings": [{"containerPort": 8080}],
        "healthCheck": {"command": ["CMD", "python", "check.py"]},
    }
    revision = ecs.register_task_definition(
        family=found.name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        taskRoleArn="arn:aws:iam::123456789012:role/task",
        containerDefinitions=[container],
        tags=[{"key": "Environment", "value": found.account.env}],
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    ecs.create_service(
        cluster=found.cluster,
        serviceName=found.name,
        taskDefinition=revision,
        desiredCount=1,
        launchType="FARGATE",
        enableExecuteCommand=True,
        networkConfiguration={"awsvpcConfiguration": network},
        loadBalancers=[{"targetGroupArn": "arn:of:group", "containerName": "app", "containerPort": 8080}],
    )
    resources = [
        _resource("aws_ecs_service", cluster=found.cluster, name=found.name),
        _resource("aws_ecs_task_definition", arn=revision, family=found.name),
    ]
    state = open_session(str(found.account.file), needs_terraform=False).env.state_backend
    content = {"version": 4, "serial": 1, "lineage": "trial", "resources": resources, "outputs": {}}
    s3 = found.account.client("s3")
    s3.create_bucket(Bucket=state.bucket)
    s3.put_object(Bucket=state.bucket, Key=state.key("service", "us-east-1"), Body=json.dumps(content).encode())


def _resource(kind: str, **attributes: str) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": "it", "provider": "aws", "instances": [{"attributes": attributes}]}
