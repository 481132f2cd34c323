"""CodeDeploy's applications, groups, configurations and deployments of ECS services: the whole service, because moto
can neither change nor delete groups, and shifts nothing.

Deployments run on the data plane alone (local_aws/releases): without it one would only say that traffic has shifted.
"""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.releases import Releases
from local_aws.releases.plane import PlaneDoor
from local_aws.shims.base import Handler, Shim, Tags
from local_aws.shims.code_deploy.configs import Configs
from local_aws.shims.code_deploy.deployments import Deployments
from local_aws.shims.code_deploy.groups import Groups


class CodeDeploy(Shim):
    """The operations of CodeDeploy; all others are 501."""

    service = "codedeploy"
    whole = True

    def __init__(self) -> None:
        self._tags = Tags()
        self._groups = Groups(self._tags)
        self._configs = Configs(self._groups)
        self._deployments = Deployments(self._groups, self._configs)
        super().__init__()

    def handlers(self) -> Mapping[str, Handler]:
        return {**self._groups.handlers(), **self._configs.handlers(), **self._deployments.handlers()}

    def plane_runs(self, plane: PlaneDoor) -> None:
        self._deployments.releases = Releases(plane)
