"""A small service that CodeDeploy deploys, on an emulated AWS with its data plane; shared by the tests of a file."""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, images_folder, start, stop
from local_aws.images import pack
from local_aws.traffic.clock import FACTOR_VARIABLE
from local_aws.traffic.world import World
from tests.local_aws.releases import building
from tests.local_aws.traffic.tasks.conftest import make_context

NAME = building.NAME
ENDED = ("Succeeded", "Failed", "Stopped")
ROLLED_BACK = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM")
EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)


@dataclass
class Site:
    """The service, its deployment group, and clients of its account."""

    endpoint: Endpoint
    client: Callable[..., Any]
    built: building.Built
    greetings: int = 0
    used: set[str] = field(default_factory=set)

    # What is released

    def definition(self, *, image: str = "") -> tuple[str, str]:
        """A new revision of the task definition, and the greeting that its tasks answer with."""
        self.greetings += 1
        greeting = f"g{self.greetings}"
        return building.register(self.client("ecs"), image or self.built.image, self.built.role, greeting), greeting

    def deploy(self, definition: str, *, hooks: dict[str, str] | None = None, **given: Any) -> str:
        """Start a deployment; its id."""
        properties = {
            "TaskDefinition": definition,
            "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        }
        service = {"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}
        content = {"version": 0.0, "Resources": [service], "Hooks": [{name: of} for name, of in (hooks or {}).items()]}
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}
        made = self.client("codedeploy").create_deployment(
            applicationName=NAME, deploymentGroupName=NAME, revision=revision, **given
        )
        return str(made["deploymentId"])

    def group(self, **changes: Any) -> None:
        """Change the deployment group."""
        self.client("codedeploy").update_deployment_group(
            applicationName=NAME, currentDeploymentGroupName=NAME, **changes
        )

    def config(self, name: str, **routing: Any) -> str:
        """A deployment configuration, made the first time that it is asked for."""
        if name not in self.used:
            self.used.add(name)
            self.client("codedeploy").create_deployment_config(
                deploymentConfigName=name, computePlatform="ECS", trafficRoutingConfig=routing
            )
        return name

    # What is seen

    def info(self, deployment: str) -> dict[str, Any]:
        told = self.client("codedeploy").get_deployment(deploymentId=deployment)
        return dict(told["deploymentInfo"])

    def target(self, deployment: str) -> dict[str, Any]:
        told = self.client("codedeploy").get_deployment_target(deploymentId=deployment, targetId=f"{NAME}:{NAME}")
        return dict(told["deploymentTarget"]["ecsTarget"])

    def events(self, deployment: str) -> dict[str, str]:
        return {each["lifecycleEventName"]: each["status"] for each in self.target(deployment)["lifecycleEvents"]}

    def service(self) -> dict[str, Any]:
        (found,) = self.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"]
        return dict(found)

    def weights(self, listener: str) -> dict[str, int]:
        """Weights of a listener's target groups by their names."""
        (found,) = self.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"]
        (action,) = found["DefaultActions"]
        # ministack tells a forward to one group without ForwardConfig.
        single = [{"TargetGroupArn": action.get("TargetGroupArn"), "Weight": 1}]
        groups = action.get("ForwardConfig", {}).get("TargetGroups") or single
        return {each["TargetGroupArn"].split("/")[-2]: each["Weight"] for each in groups}

    def serving(self) -> str:
        """The greeting of the primary task set."""
        told = self.client("ecs").describe_task_definition(taskDefinition=self.service()["taskDefinition"])
        (container,) = told["taskDefinition"]["containerDefinitions"]
        return str({each["name"]: each["value"] for each in container["environment"]}["GREETING"])

    def ask(self, path: str = "/") -> str:
        """Who answers a request: a greeting, or a status."""
        try:
            with urllib.request.urlopen(self.endpoint.site + path, timeout=10) as answer:
                return str(json.load(answer)["variables"]["GREETING"])
        except urllib.error.HTTPError as refused:
            return str(refused.code)

    def variables(self) -> dict[str, str]:
        """Variables of the task that answers a request."""
        with urllib.request.urlopen(self.endpoint.site, timeout=10) as answer:
            return dict(json.load(answer)["variables"])

    def answers(self, number: int, path: str = "/") -> Counter[str]:
        """Who answers so many requests."""
        return Counter(self.ask(path) for _ in range(number))

    # Waiting

    def ended(self, deployment: str, seconds: float = 60) -> dict[str, Any]:
        """A deployment once it has come to its end."""
        reached(lambda: self.info(deployment)["status"] in ENDED, seconds)
        return self.info(deployment)

    def reaches(self, deployment: str, event: str, status: str = "InProgress") -> None:
        """Wait until an event of a deployment has a status; fails once the deployment is over without it."""

        def has() -> bool:
            try:
                found = self.events(deployment)[event]
            except self.client("codedeploy").exceptions.DeploymentNotStartedException:
                return False
            assert found == status or self.info(deployment)["status"] not in ENDED, self.info(deployment)
            return found == status

        reached(has)


class Load:
    """Requests one after the other, for as long as the block lasts; `lost` are those that no task answered."""

    def __init__(self, site: Site) -> None:
        self._site, self._over = site, threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.seen: Counter[str] = Counter()

    @property
    def lost(self) -> list[str]:
        return [each for each in self.seen if not each.startswith("g")]

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(0.01):
            self.seen[self._site.ask()] += 1


def reached(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds; seconds are the machine's."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def built_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FACTOR_VARIABLE, request.module.CLOCK_FACTOR)
        endpoint = start(folder, traffic=True)
    try:
        client = World(endpoint.url, endpoint.account_id, endpoint.region).client
        context = make_context(tmp_path_factory.mktemp("source") / "context")
        built = building.build(client, pack(context, images_folder(folder), Path(sys.executable)))
        yield Site(endpoint, client, built)
    finally:
        stop(folder)


@pytest.fixture(scope="module")
def site(built_site: Site) -> Site:
    building.serve(built_site.client, built_site.built, built_site.definition()[0])
    reached(lambda: built_site.ask() == "g1" and built_site.ask("/test") == "g1")
    return built_site
