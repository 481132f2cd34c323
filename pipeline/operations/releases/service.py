"""The deployed service: its names from the state of its layer, and what runs now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from terraform_json.state import managed_instances

LAYER = "service"


@dataclass(frozen=True)
class DeployedService:
    """The service of an environment. `newest` is Terraform's newest task definition, an ARN; `family` its name.

    `described` is what ECS says of the service now.
    """

    ecs: Any = field(repr=False, compare=False)
    cluster: str
    name: str
    family: str
    newest: str
    described: Mapping[str, Any]

    @property
    def running(self) -> str:
        """ARN of the task definition that is in service."""
        return str(self.described["taskDefinition"])

    @property
    def container(self) -> str:
        """Name of the container that visitors reach."""
        balancers = self.described.get("loadBalancers") or [{}]
        return str(balancers[0].get("containerName", ""))

    @property
    def controller(self) -> str:
        """What deploys it: ECS itself, or CODE_DEPLOY."""
        return str((self.described.get("deploymentController") or {}).get("type", "ECS"))

    @property
    def steady(self) -> bool:
        """Whether the last deployment came to its end: what is in service runs."""
        primary = [each for each in self.described.get("deployments", ()) if each["status"] == "PRIMARY"]
        return bool(primary) and primary[0].get("rolloutState", "COMPLETED") == "COMPLETED"


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
    held = dict(_attributes(state))
    service, definition = held.get("aws_ecs_service"), held.get("aws_ecs_task_definition")
    if not service or not definition:
        return None
    ecs = session.client("ecs")
    answer = asked(
        ecs.describe_services,
        otherwise=failed_to("describe the service"),
        cluster=str(service["cluster"]),
        services=[str(service["name"])],
    )
    active = [each for each in answer["services"] if each.get("status") == "ACTIVE"]
    if not active:
        return None
    return DeployedService(
        ecs, str(service["cluster"]), str(service["name"]), str(definition["family"]), str(definition["arn"]), active[0]
    )


def _attributes(state: Mapping[str, Any] | None) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (str(resource["type"]), instance.get("attributes") or {})
        for _, resource, instance in managed_instances(state or {})
    ]
