"""ECS ExecuteCommand: a session of no address of AWS's, noted in the cluster's log, and refused as ECS does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS

Make = Callable[..., Any]
NAME, GROUP = "shelled", "/shelled/exec"


@dataclass(frozen=True)
class Cluster:
    ecs: Any
    logs: Any

    def task(self, *, shells: bool = True) -> str:
        ran = self.ecs.run_task(cluster=NAME, taskDefinition=NAME, launchType="FARGATE", enableExecuteCommand=shells)
        return str(ran["tasks"][0]["taskArn"])

    def configure(self, **execute: Any) -> None:
        self.ecs.update_cluster(cluster=NAME, configuration={"executeCommandConfiguration": execute})

    def execute(self, task: str, **changes: Any) -> dict[str, Any]:
        asked = {"cluster": NAME, "task": task, "container": "app", "command": "ls", "interactive": True, **changes}
        return dict(self.ecs.execute_command(**{name: value for name, value in asked.items() if value is not None}))

    def streams(self) -> list[str]:
        return [each["logStreamName"] for each in self.logs.describe_log_streams(logGroupName=GROUP)["logStreams"]]


@pytest.fixture
def cluster(client: Make) -> Iterator[Cluster]:
    found = Cluster(client("ecs"), client("logs"))
    found.logs.create_log_group(logGroupName=GROUP)
    found.ecs.create_cluster(clusterName=NAME)
    found.configure(logging="OVERRIDE", logConfiguration={"cloudWatchLogGroupName": GROUP})
    containers = [{"name": name, "image": "x"} for name in ("app", "limit")]
    found.ecs.register_task_definition(family=NAME, networkMode="awsvpc", containerDefinitions=containers)
    yield found
    for each in found.ecs.list_tasks(cluster=NAME)["taskArns"]:
        found.ecs.stop_task(cluster=NAME, task=each)
    found.logs.delete_log_group(logGroupName=GROUP)


def test_a_session_is_noted_and_leads_nowhere(cluster: Cluster) -> None:
    task = cluster.task()
    told = cluster.execute(task)
    session = told["session"]
    assert (told["taskArn"], told["containerName"], told["interactive"]) == (task, "app", True)
    assert told["clusterArn"].endswith(f":cluster/{NAME}")
    assert session["sessionId"].startswith("ecs-execute-command-")
    assert session["streamUrl"].startswith("wss://127.0.0.1:"), "no client dials AWS from here"
    assert cluster.streams() == [session["sessionId"]]
    (event,) = cluster.logs.get_log_events(logGroupName=GROUP, logStreamName=session["sessionId"])["events"]
    assert json.loads(event["message"])["opened"] == f"ls in app of {task}"


def test_a_session_is_ended_as_often_as_asked_and_an_unknown_one_is_not_emulated(
    cluster: Cluster, client: Make
) -> None:
    session = cluster.execute(cluster.task())["session"]["sessionId"]
    for _ in range(2):
        assert client("ssm").terminate_session(SessionId=session)["SessionId"] == session
    for unknown in (client("ssm", "eu-west-1"), session), (client("ssm"), "ecs-execute-command-0"):
        with pytest.raises(ClientError) as refused:
            unknown[0].terminate_session(SessionId=unknown[1])
        assert refused.value.response["Error"]["Code"] == NOT_IMPLEMENTED_CODE


@pytest.mark.parametrize("logging", ["NONE", "DEFAULT"])
def test_what_the_cluster_does_not_log_is_not_noted(cluster: Cluster, logging: str) -> None:
    cluster.configure(logging=logging)
    cluster.execute(cluster.task())
    assert cluster.streams() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interactive": False}, "Interactive is the only mode"),
        ({"container": None}, "container name is required"),
        ({"container": "other"}, "container other was not found"),
        ({"command": ""}, "Command cannot be empty"),
    ],
)
def test_a_request_that_ecs_refuses_is_refused(cluster: Cluster, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        cluster.execute(cluster.task(), **changes)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
    assert cluster.streams() == []


def test_a_task_without_shells_a_stopped_and_an_unknown_one_are_refused(cluster: Cluster) -> None:
    with pytest.raises(ClientError, match="execute command was not enabled"):
        cluster.execute(cluster.task(shells=False))
    task = cluster.task()
    cluster.ecs.stop_task(cluster=NAME, task=task)
    with pytest.raises(ClientError) as refused:
        cluster.execute(task)
    assert refused.value.response["Error"]["Code"] == "TargetNotConnectedException"
    with pytest.raises(ClientError, match="task was not found"):
        cluster.execute("0" * 32)


def test_sessions_that_are_logged_to_s3_are_not_emulated(cluster: Cluster) -> None:
    cluster.configure(logging="OVERRIDE", logConfiguration={"s3BucketName": "sessions"})
    with pytest.raises(ClientError) as refused:
        cluster.execute(cluster.task())
    told = refused.value.response
    assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (
        NOT_IMPLEMENTED_CODE,
        NOT_IMPLEMENTED_STATUS,
    )
