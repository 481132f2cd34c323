"""Releases by CodeDeploy of a service whose tasks run: a canary, a failing hook, a person's rollback, a way back.

The tests share one service and run in order.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_aws import images_folder, redirect_variables, start, stop
from local_aws.images import pack
from local_aws.traffic.clock import FACTOR_VARIABLE
from local_aws.traffic.world import World
from pipeline.errors import ExitCode
from pipeline.operations.releases import choosing, watching
from pipeline.operations.releases import run as releases
from pipeline.operations.releases.records import newest_releases
from pipeline.session import Session, open_session
from tests.local_aws.releases import building
from tests.local_aws.releases.conftest import Load, Site, reached
from tests.local_aws.traffic.tasks.conftest import DOCKERFILE, make_context
from tests.pipeline.operations.support import Run

pytestmark = pytest.mark.slow
CLOCK_FACTOR = "40"
HOOK = "sitechat-trial-release-hook"


@dataclass
class Released:
    """The site of an environment, and digests of its images by what they are."""

    site: Site
    file: Path
    images: dict[str, str]

    def session(self) -> Session:
        return open_session(str(self.file), needs_terraform=False)

    def hook(self, result: str) -> None:
        variables = {"Variables": {"RESULT": result}}
        self.site.client("lambda").update_function_configuration(FunctionName=HOOK, Environment=variables)

    def suspended(self) -> dict[str, bool]:
        (target,) = self.site.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
            "ScalableTargets"
        ]
        return dict(target.get("SuspendedState") or {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder, source = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("source")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FACTOR_VARIABLE, CLOCK_FACTOR)
        endpoint = start(folder, traffic=True)
        try:
            variables = redirect_variables(endpoint, dict(os.environ))
            for name in set(os.environ) - set(variables):
                patch.delenv(name)
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setattr(watching, "PAUSE_SECONDS", 0.2)
            client = World(endpoint.url, endpoint.account_id, endpoint.region).client
            images, first = {}, None
            for name, lines in (("first", ""), ("second", "ENV COLOUR=red\n"), ("broken", "ENV BROKEN=1\n")):
                context = make_context(source / name)
                (context / "Dockerfile").write_text(DOCKERFILE + lines)
                image = pack(context, images_folder(folder), Path(sys.executable))
                first = first or image
                images[name] = image.digest
                if image is first:
                    built = building.build(client, image)
                else:
                    client("ecr").put_image(
                        repositoryName=building.NAME,
                        imageManifest=image.manifest,
                        imageTag=name,
                        imageDigest=image.digest,
                    )
            site = Site(endpoint, client, built)
            revision = site.definition()[0]
            building.serve(client, built, revision)
            building.function(client("lambda"), HOOK, built.role, building.HOOK, RESULT="Succeeded")
            client("application-autoscaling").register_scalable_target(
                ServiceNamespace="ecs",
                ResourceId=f"service/{building.NAME}/{building.NAME}",
                ScalableDimension="ecs:service:DesiredCount",
                MinCapacity=1,
                MaxCapacity=2,
            )
            site.group(
                deploymentConfigName=site.config(
                    "canary20",
                    type="TimeBasedCanary",
                    timeBasedCanary={"canaryPercentage": 20, "canaryInterval": 3},
                ),
                autoRollbackConfiguration={
                    "enabled": True,
                    "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
                },
            )
            file = source / "trial.toml"
            file.write_text(
                f'account_id = "{endpoint.account_id}"\nauto_approve = true\n'
                f'[image]\nstop_release_at = "never"\nrepository = "{building.NAME}"\ndigest = "{images["first"]}"\n'
            )
            found = Released(site, file, images)
            _apply(found, revision)
            reached(lambda: site.ask() == "g1")
            yield found
        finally:
            stop(folder)


def _apply(made: Released, revision: str) -> None:
    """What Terraform leaves in the state of the layer service."""
    state, client = made.session().env.state_backend, made.site.client("s3")
    client.create_bucket(Bucket=state.bucket)
    config = {"deployment_config_name": "canary20", "traffic_routing_config": [{"type": "TimeBasedCanary"}]}
    group = {"app_name": building.NAME, "deployment_group_name": building.NAME, "deployment_config_name": "canary20"}
    held: dict[str, dict[str, Any]] = {
        "aws_ecs_service": {"cluster": building.NAME, "name": building.NAME},
        "aws_ecs_task_definition": {"arn": revision, "family": building.NAME},
        "aws_codedeploy_deployment_group": group,
        "aws_codedeploy_deployment_config": config,
        "aws_lambda_function": {"function_name": HOOK},
    }
    resources = [
        {"mode": "managed", "type": kind, "name": "it", "provider": "aws", "instances": [{"attributes": each}]}
        for kind, each in held.items()
    ]
    network = {"Subnets": [made.site.built.subnets[1]], "SecurityGroups": [made.site.built.task_group]}
    place = {"PlatformVersion": "LATEST", "NetworkConfiguration": {"AwsvpcConfiguration": network}}
    outputs = {"placement": {"value": place}}
    content = {"version": 4, "serial": 1, "lineage": "trial", "resources": resources, "outputs": outputs}
    client.put_object(Bucket=state.bucket, Key=state.key("service", "us-east-1"), Body=json.dumps(content).encode())


def test_a_canary_is_released_and_loses_no_request(made: Released, run: Run) -> None:
    with Load(made.site) as load:
        done = run("release", "--env", made.file, "--image", made.images["second"], "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)["release"]
    assert (found["strategy"], found["result"], found["digest"]) == ("canary", "succeeded", made.images["second"])
    assert found["suspended"] == ["DynamicScalingInSuspended", "ScheduledScalingSuspended"]
    assert not any(made.suspended().values())
    assert load.lost == []
    (serving,) = made.site.service()["taskSets"]
    assert serving["taskDefinition"] == found["task_definition"]
    assert serving["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == [made.site.built.subnets[1]]
    assert "AfterAllowTestTraffic succeeded" in done.err


def test_a_failing_hook_takes_it_back_and_is_told(made: Released, run: Run) -> None:
    before = made.site.service()["taskSets"][0]["taskDefinition"]
    made.hook("Failed")
    with Load(made.site) as load:
        done = run("release", "--env", made.file, "--image", made.images["first"], "--json")
    made.hook("Succeeded")
    assert done.code == ExitCode.FAILED, done.err
    assert "AfterAllowTestTraffic" in json.loads(done.out)["error"]["message"]
    assert load.lost == []
    assert made.site.service()["taskSets"][0]["taskDefinition"] == before
    assert not any(made.suspended().values())


def test_rollback_and_two_at_once(made: Released, run: Run) -> None:
    session = made.session()
    service, strategy = releases.open_service(session)
    wanted = choosing.choose_release(session, service, "second")
    assert wanted.runs_already
    back = choosing.choose_rollback(session, service, None)
    deployment = strategy.start(back.revision, at_least=1)
    refused = run("rollback", "--env", made.file, "--yes", "--json")
    assert refused.code == ExitCode.LOCKED, refused.err
    assert "no release began" in json.loads(refused.out)["error"]["message"]
    started = strategy.under_way()
    assert started is not None
    assert started.deployment == deployment
    strategy.roll_back(started)
    reached(lambda: strategy.under_way() is None, 120)
    done = run("rollback", "--env", made.file, "--yes", "--json")
    assert done.code == 0, done.err
    assert newest_releases(session)[0].kind == "rollback"


def test_an_image_that_does_not_start_never_gets_a_visitor(made: Released, run: Run) -> None:
    with Load(made.site) as load:
        done = run("release", "--env", made.file, "--image", made.images["broken"], "--json")
    assert done.code == ExitCode.FAILED, done.err
    assert load.lost == []
    assert "exit code 3" in json.loads(done.out)["error"]["message"]
