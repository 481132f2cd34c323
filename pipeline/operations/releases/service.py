"""The deployed service: its names from the state of its layer, and what runs now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import placement
from pipeline.session import Session
from terraform_json.state import managed_instances, output_values

LAYER = "service"


@dataclass(frozen=True)
class DeployedService:
    """The service of an environment. `newest` is Terraform's newest task definition, an ARN; `family` its name.
    `address` is the service's in Terraform.

    `described` is what ECS said of the service when it was found, `held` what the state of its layer has, by type.
    `placement` is where the configuration wants the tasks of the next release to run, where that is a release's.
    """

    ecs: Any = field(repr=False, compare=False)
    cluster: str
    name: str
    family: str
    newest: str
    address: str
    described: Mapping[str, Any]
    held: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    placement: placement.Properties = field(default_factory=dict, repr=False)

    @property
    def running(self) -> str:
        """ARN of the task definition that is in service."""
        return str(self._serving.get("taskDefinition") or self.described["taskDefinition"])

    @property
    def network(self) -> Mapping[str, Any]:
        """Subnets, security groups and public address of the tasks that visitors reach."""
        return dict(self._serving.get("networkConfiguration") or self.described.get("networkConfiguration") or {})

    @property
    def container(self) -> str:
        """Name of the container that visitors reach."""
        balancers = self._serving.get("loadBalancers") or self.described.get("loadBalancers") or [{}]
        return str(balancers[0].get("containerName", ""))

    @property
    def _serving(self) -> Mapping[str, Any]:
        return serving(self.described)

    @property
    def controller(self) -> str:
        """What deploys it: ECS itself, or CODE_DEPLOY."""
        return str((self.described.get("deploymentController") or {}).get("type", "ECS"))

    @property
    def steady(self) -> bool:
        """Whether the last deployment came to its end: what is in service runs."""
        if self.controller != "ECS":
            return str(self._serving.get("stabilityStatus", "STEADY_STATE")) == "STEADY_STATE"
        primary = [each for each in self.described.get("deployments", ()) if each["status"] == "PRIMARY"]
        return bool(primary) and primary[0].get("rolloutState", "COMPLETED") == "COMPLETED"

    @property
    def misplaced(self) -> tuple[str, ...]:
        """What of the place where tasks run isn't as configured and comes with a release, in words."""
        return placement.differences(self.placement, placement.running(self.described))

    def look(self) -> Mapping[str, Any]:
        """What ECS says of the service at this moment. Raises SitechatError (6)."""
        return _described(self.ecs, self.cluster, self.name)


def find_service(session: Session) -> DeployedService:
    """The service of an environment. Raises SitechatError: 3 before it is deployed, 6 when AWS can't be asked."""
    found = deployed_service(session)
    if found is None:
        raise SitechatError(
            f"{session.env.name} has no service yet",
            hint=f"It comes with the layer {LAYER}: `sitechat deploy --env {session.env_ref}`.",
            code=ExitCode.MISSING,
        )
    return found


def deployed_service(session: Session) -> DeployedService | None:
    """The service of an environment; None before it is deployed. Raises SitechatError (6)."""
    state = session.read_stored(LAYER, session.env.region)
    held: dict[str, list[Mapping[str, Any]]] = {}
    addresses: dict[str, str] = {}
    for address, resource, instance in managed_instances(state or {}):
        held.setdefault(str(resource["type"]), []).append(instance.get("attributes") or {})
        addresses.setdefault(str(resource["type"]), address)
    if not held.get("aws_ecs_service") or not held.get("aws_ecs_task_definition"):
        return None
    service, definition = held["aws_ecs_service"][0], held["aws_ecs_task_definition"][0]
    ecs, cluster, name = session.client("ecs"), str(service["cluster"]), str(service["name"])
    described = _described(ecs, cluster, name)
    if described.get("status") != "ACTIVE":
        return None
    return DeployedService(
        ecs,
        cluster,
        name,
        str(definition["family"]),
        str(definition["arn"]),
        addresses["aws_ecs_service"],
        described,
        held,
        placement.configured(output_values(state)),
    )


def serving(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The primary task set of a service as ECS describes it, where CodeDeploy makes them; else the service itself."""
    primary = [each for each in service.get("taskSets", ()) if each["status"] == "PRIMARY"]
    return primary[0] if primary else service


def _described(ecs: Any, cluster: str, name: str) -> Mapping[str, Any]:
    """What ECS says of a service; empty where there is none."""
    answer = asked(ecs.describe_services, otherwise=failed_to("describe the service"), cluster=cluster, services=[name])
    return dict(answer["services"][0]) if answer["services"] else {}
