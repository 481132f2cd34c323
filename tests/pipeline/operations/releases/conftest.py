"""A service of the emulated ECS whose tasks run, with the state that Terraform would leave, for `sitechat release`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import Endpoint, images_folder, redirect_variables, start, stop
from local_aws.endpoint import RunFiles
from local_aws.images import pack
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks import Engine
from local_aws.traffic.world import World
from pipeline.operations.releases import watching
from pipeline.session import Session, open_session
from tests.local_aws.traffic.tasks.conftest import DOCKERFILE, ROLE, Served, make_context

NAME = "sitechat-trial-app"


@dataclass
class Site:
    """An environment whose service has two tasks; digests of its images by what they are."""

    file: Path
    endpoint: Endpoint
    served: Served
    images: dict[str, str] = field(default_factory=dict)
    repository: str = ""

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name=self.endpoint.region,
            aws_access_key_id=self.endpoint.account_id,
            aws_secret_access_key="emulated",
        )

    def session(self) -> Session:
        return open_session(str(self.file), needs_terraform=False)

    def described(self) -> dict[str, Any]:
        (found,) = self.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"]
        return dict(found)

    def running(self) -> str:
        """ARN of the task definition of the one deployment that is completed."""
        service = self.described()
        (deployment,) = [each for each in service["deployments"] if each["runningCount"] or each["status"] == "PRIMARY"]
        assert (deployment["rolloutState"], deployment["runningCount"]) == ("COMPLETED", service["desiredCount"])
        return str(service["taskDefinition"])

    def image_of(self, revision: str) -> str:
        """What the image of a revision is, by its name in `images`."""
        told = self.client("ecs").describe_task_definition(taskDefinition=revision)["taskDefinition"]
        image = told["containerDefinitions"][0]["image"].rpartition("@")[2]
        return next((name for name, digest in self.images.items() if digest == image), image)

    def register(self, image: str, **variables: str) -> str:
        """A new revision, as Terraform registers it."""
        container = {
            "name": "app",
            "image": image,
            "stopTimeout": 10,
            "portMappings": [{"containerPort": 8080}],
            "environment": [
                {"name": name, "value": value}
                for name, value in {"PORT": "8080", "SICK": "/nowhere", **variables}.items()
            ],
            "healthCheck": {"command": ["CMD", "python", "check.py"], "interval": 5, "startPeriod": 10},
        }
        told = self.client("ecs").register_task_definition(
            family=NAME,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=ROLE,
            containerDefinitions=[container],
            tags=[{"key": "Environment", "value": "trial"}],
        )
        return str(told["taskDefinition"]["taskDefinitionArn"])

    def apply(self, revision: str) -> None:
        """What Terraform leaves in the state of the layer service: its newest revision."""
        state = self.session().env.state_backend
        resources = [
            _resource("aws_ecs_service", cluster=NAME, name=NAME),
            _resource("aws_ecs_task_definition", arn=revision, family=NAME),
        ]
        content = {"version": 4, "serial": 1, "lineage": "trial", "resources": resources, "outputs": {}}
        key = state.key("service", self.endpoint.region)
        self.client("s3").put_object(Bucket=state.bucket, Key=key, Body=json.dumps(content).encode())


def _resource(kind: str, **attributes: str) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": "it", "provider": "aws", "instances": [{"attributes": attributes}]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An emulated AWS of its own, whose credentials this process has."""
    folder = tmp_path_factory.mktemp("run")
    endpoint = start(folder, traffic=False)
    engine = Engine(
        World(endpoint.url, endpoint.account_id, endpoint.region),
        folder,
        clock=Clock(20),
        credentials_url="http://127.0.0.1:8/credentials",
    )
    served = Served(engine, RunFiles(folder).engine)
    with pytest.MonkeyPatch.context() as patched:
        variables = redirect_variables(endpoint, dict(os.environ))
        for name in set(os.environ) - set(variables):
            patched.delenv(name)
        for name, value in variables.items():
            patched.setenv(name, value)
        patched.setattr(watching, "PAUSE_SECONDS", 0.2)
        try:
            yield _built(endpoint, served, folder, tmp_path_factory.mktemp("source"))
        finally:
            served.close()
            stop(folder)


def _built(endpoint: Endpoint, served: Served, folder: Path, source: Path) -> Site:
    site = Site(source / "trial.toml", endpoint, served)
    ecr, ec2, ecs = site.client("ecr"), site.client("ec2"), site.client("ecs")
    site.repository = ecr.create_repository(repositoryName=NAME)["repository"]["repositoryUri"]
    for name, lines in (("first", ""), ("second", "ENV COLOUR=red\n"), ("broken", "ENV BROKEN=1\n")):
        context = make_context(source / name)
        (context / "Dockerfile").write_text(DOCKERFILE + lines)
        image = pack(context, images_folder(folder), Path(sys.executable))
        ecr.put_image(repositoryName=NAME, imageManifest=image.manifest, imageTag=name, imageDigest=image.digest)
        site.images[name] = image.digest
    site.file.write_text(
        f'account_id = "{endpoint.account_id}"\nauto_approve = true\n'
        f'[service]\nmin_tasks = 2\n[image]\ndigest = "{site.images["first"]}"\n'
        # Nobody scans what is put here by hand; test_findings.py has what stops a release.
        'stop_release_at = "never"\n'
    )
    site.client("s3").create_bucket(Bucket=site.session().env.state_backend.bucket)
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.0.0/24")["Subnet"]["SubnetId"]
    group = site.client("elbv2").create_target_group(
        Name="web", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "10"}
    site.client("elbv2").modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])
    ecs.create_cluster(clusterName=NAME)
    unreleased = site.register(f"{site.repository}:unreleased")
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=unreleased,
        desiredCount=0,
        launchType="FARGATE",
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
        },
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": ["sg-1"]}},
    )
    site.apply(unreleased)
    return site
