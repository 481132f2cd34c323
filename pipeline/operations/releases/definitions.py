"""Revisions of the service's task definition: read, compared, and registered anew with another image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.sections.image import UNRELEASED
from pipeline.aws import asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.service import DeployedService


@dataclass(frozen=True)
class Revision:
    """A revision: its ARN, what it was registered with, its tags, and the image of the container that serves."""

    arn: str
    settings: Mapping[str, Any]
    tags: tuple[Mapping[str, str], ...]
    image: str

    @property
    def unreleased(self) -> bool:
        """Whether it stands for no image yet."""
        return is_unreleased(self.image)

    @property
    def name(self) -> str:
        """Family and number: sitechat-dev-app:7."""
        return revision_name(self.arn)

    def reads_secret(self, name: str) -> bool:
        """Whether a container gets a value of the secret with this name."""
        secrets = [each for container in self.settings["containerDefinitions"] for each in container.get("secrets", ())]
        # The ARN ends with six characters of Secrets Manager's after the name.
        return any(each["valueFrom"].partition(":secret:")[2].rpartition("-")[0] == name for each in secrets)

    def with_image(self, image: str, container: str) -> dict[str, Any]:
        """What a revision is registered with that differs from this one in nothing but the image."""
        containers = [
            {**each, "image": image} if each["name"] == container else each
            for each in self.settings["containerDefinitions"]
        ]
        return {**self.settings, "containerDefinitions": containers}


def is_unreleased(image: str) -> bool:
    """Whether an image of a task definition stands for none yet."""
    return image.endswith(f":{UNRELEASED}")


def revision_name(arn: str) -> str:
    """Family and number in a task definition's ARN."""
    return arn.rpartition("/")[2]


def read_revision(service: DeployedService, arn: str) -> Revision:
    """A revision by its ARN. Raises SitechatError (6), also for one that isn't there any more."""
    found = find_revision(service, arn)
    if found is None:
        raise SitechatError(f"the task definition {revision_name(arn)} is gone", code=ExitCode.FAILED)
    return found


def find_revision(service: DeployedService, arn: str) -> Revision | None:
    """A revision by its ARN; None where it is deregistered or was never there. Raises SitechatError (6)."""
    answer = asked_for(
        service.ecs.describe_task_definition,
        # ECS has no code of its own for one that doesn't exist (DescribeTaskDefinition, ECS API reference).
        absent=("ClientException",),
        otherwise=failed_to(f"describe the task definition {revision_name(arn)}"),
        taskDefinition=arn,
        include=["TAGS"],
    )
    if answer is None or answer["taskDefinition"].get("status") != "ACTIVE":
        return None
    definition = answer["taskDefinition"]
    return Revision(
        arn=str(definition["taskDefinitionArn"]),
        settings={name: definition[name] for name in _registered_with(service) if name in definition},
        # AWS's own tags can't be given.
        tags=tuple(each for each in answer.get("tags", ()) if not each["key"].startswith("aws:")),
        image=_image(definition["containerDefinitions"], service.container),
    )


def register(service: DeployedService, newest: Revision, image: str) -> str:
    """Register Terraform's newest revision with another image; the new ARN. Raises SitechatError (6).

    Nothing but the image differs: tags, size, variables and secrets of Terraform's newest ship with it.
    """
    tags: dict[str, Any] = {"tags": list(newest.tags)} if newest.tags else {}
    answer = asked(
        service.ecs.register_task_definition,
        otherwise=failed_to("register the task definition"),
        **newest.with_image(image, service.container),
        **tags,
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _registered_with(service: DeployedService) -> tuple[str, ...]:
    """Arguments of RegisterTaskDefinition, from botocore's model; the rest of a description is ECS's own."""
    members = service.ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    return tuple(each for each in members if each != "tags")


def _image(containers: list[dict[str, Any]], name: str) -> str:
    return next((str(each["image"]) for each in containers if each["name"] == name), "")
