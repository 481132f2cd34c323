"""A service of the emulated ECS whose tasks run: started, replaced, rolled out, rolled back, scaled to nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import Endpoint, images_folder, start, stop
from local_aws.endpoint import RunFiles
from local_aws.images import pack
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks import Engine
from local_aws.traffic.world import World
from tests.local_aws.traffic.tasks.conftest import REPOSITORY, ROLE, Served, make_context, wait_for

CLUSTER = SERVICE = "web"


@dataclass
class Site:
    """A service with two tasks behind a target group, and clients of its account."""

    client: Callable[[str], Any]
    served: Served
    image: str
    target_group: str
    secret: str

    def register(self, image: str, **variables: str) -> str:
        """A new revision of the task definition."""
        container = {
            "name": "app",
            "image": image,
            "stopTimeout": 10,
            "portMappings": [{"containerPort": 8080}],
            "environment": [
                {"name": name, "value": value}
                for name, value in {"PORT": "8080", "SICK": "/nowhere", **variables}.items()
            ],
            "secrets": [{"name": "KEY", "valueFrom": self.secret}],
            "healthCheck": {"command": ["CMD", "python", "check.py"], "interval": 5, "startPeriod": 10},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app"},
            },
        }
        told = self.client("ecs").register_task_definition(
            family="web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            taskRoleArn=ROLE,
            executionRoleArn=ROLE,
            containerDefinitions=[container],
        )
        return str(told["taskDefinition"]["taskDefinitionArn"])

    def update(self, **changes: Any) -> None:
        self.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, **changes)

    def described(self) -> dict[str, Any]:
        (found,) = self.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        return dict(found)

    def steady(self, definition: str, count: int = 2) -> bool:
        """Whether this many tasks run, all of one revision, in one completed deployment."""
        service = self.described()
        primary = next(each for each in service["deployments"] if each["status"] == "PRIMARY")
        state = (primary["taskDefinition"], primary["rolloutState"], primary["runningCount"], service["runningCount"])
        return state == (definition, "COMPLETED", count, count)

    def targets(self) -> set[str]:
        told = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return {each["Target"]["Id"] for each in told["TargetHealthDescriptions"]}

    def running(self) -> dict[str, dict[str, str]]:
        """Variables of each task that answers, by its address; those that are ending have left."""
        wait_for(lambda: {each.ip for each in self.served.engine.tasks()} == self.targets())
        found = {}
        for ip in self.targets():
            place = self.served.engine.address(ip, 8080)
            assert place is not None
            with urllib.request.urlopen(f"http://{place[0]}:{place[1]}/", timeout=5) as answer:
                told = json.load(answer)
            found[ip] = told["variables"] | {"pid": str(told["pid"])}
        return found

    def stopped(self) -> set[str]:
        """Reasons of the stopped tasks."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=CLUSTER, desiredStatus="STOPPED")["taskArns"]
        return {each["stoppedReason"] for each in ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]}

    def lines(self) -> list[str]:
        """Lines of the log group."""
        return [each["message"] for each in self.client("logs").filter_log_events(logGroupName="/web")["events"]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("run")
    endpoint = start(folder, traffic=False)
    served = Served(
        Engine(
            World(endpoint.url, endpoint.account_id, endpoint.region),
            folder,
            clock=Clock(10),
            credentials_url="http://127.0.0.1:8/credentials",
        ),
        RunFiles(folder).engine,
    )
    try:
        yield _site(endpoint, served, folder, tmp_path_factory.mktemp("source") / "context")
    finally:
        served.close()
        stop(folder)


def _site(endpoint: Endpoint, served: Served, folder: Path, context: Path) -> Site:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint.url,
            region_name=endpoint.region,
            aws_access_key_id=endpoint.account_id,
            aws_secret_access_key="emulated",
        )

    image = pack(make_context(context), images_folder(folder), Path(sys.executable))
    ecr, ec2, ecs = client("ecr"), client("ec2"), client("ecs")
    ecr.create_repository(repositoryName="app")
    ecr.put_image(repositoryName="app", imageManifest=image.manifest, imageTag="v1", imageDigest=image.digest)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
    ]
    secret = client("secretsmanager").create_secret(Name="key", SecretString="of-the-secret")["ARN"]
    client("logs").create_log_group(logGroupName="/web")
    group = client("elbv2").create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
    client("elbv2").modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    ecs.create_cluster(clusterName=CLUSTER)
    site = Site(client, served, f"{REPOSITORY}@{image.digest}", group, secret)
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=site.register(site.image, GREETING="first"),
        desiredCount=2,
        launchType="FARGATE",
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
        },
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": ["sg-1"]}},
    )
    return site


@pytest.mark.slow
def test_a_service_lives(site: Site) -> None:
    first = site.described()["taskDefinition"]
    wait_for(lambda: site.steady(first))
    running = site.running()
    assert {ip.rpartition(".")[0] for ip in running} == {"10.7.0", "10.7.1"}
    assert [(each["GREETING"], each["KEY"]) for each in running.values()] == [("first", "of-the-secret")] * 2
    assert {each["AWS_ENDPOINT_URL"] for each in running.values()} == {site.client("ecs").meta.endpoint_url}

    killed, kept = sorted(running)
    os.kill(int(running[killed]["pid"]), signal.SIGKILL)
    wait_for(lambda: killed not in site.targets())
    wait_for(lambda: len(site.targets()) == 2 and site.steady(first))
    assert kept in site.running()
    assert "Essential container exited" in site.stopped()

    second = site.register(f"{REPOSITORY}:v1", GREETING="second")
    site.update(taskDefinition=second)
    least = 2
    until = time.monotonic() + 20
    while not site.steady(second) and time.monotonic() < until:
        least = min(least, len(site.targets()))
        time.sleep(0.1)
    assert least == 2
    assert {each["GREETING"] for each in site.running().values()} == {"second"}

    site.update(taskDefinition=site.register(site.image, BROKEN="1"))
    wait_for(lambda: _failed(site) and site.steady(second))
    site.update(taskDefinition=site.register(f"{REPOSITORY}@sha256:{'0' * 64}"))
    wait_for(lambda: any(each.startswith("CannotPullContainerError") for each in site.stopped()))
    wait_for(lambda: site.steady(second))
    assert {each["GREETING"] for each in site.running().values()} == {"second"}

    site.update(desiredCount=0)
    wait_for(lambda: site.targets() == set() and site.served.engine.tasks() == ())
    # The killed one and those that broke had no chance to say so.
    wait_for(lambda: site.lines().count("leaving") == 4)


def _failed(site: Site) -> bool:
    return "FAILED" in {each["rolloutState"] for each in site.described()["deployments"]}
