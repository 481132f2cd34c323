"""Deployment configurations of CodeDeploy for ECS, with those of AWS's own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Request
from local_aws.releases.shifting import PREDEFINED, RoutingError, shifts_of
from local_aws.shims.base import Handler, Item, Key, ShimError
from local_aws.shims.code_deploy.groups import Groups


class Configs:
    """Configurations by region and name; those of AWS's own are in every region."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._made: dict[Key, Item] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """The operations on them."""
        return {
            "CreateDeploymentConfig": self._create,
            "GetDeploymentConfig": lambda request, body: {
                "deploymentConfigInfo": self.find(request, body["deploymentConfigName"])
            },
            "ListDeploymentConfigs": self._list,
            "DeleteDeploymentConfig": self._delete,
        }

    def find(self, request: Request, name: str) -> Item:
        """A configuration by its name. Raises ShimError."""
        if name in PREDEFINED:
            return {
                "deploymentConfigName": name,
                "computePlatform": "ECS",
                "trafficRoutingConfig": dict(PREDEFINED[name]),
            }
        if (request.region, name) not in self._made:
            raise ShimError("DeploymentConfigDoesNotExistException", f"No deployment configuration found for {name}")
        return self._made[request.region, name]

    def _create(self, request: Request, body: Item) -> Item:
        name, platform = body["deploymentConfigName"], body.get("computePlatform", "Server")
        if platform != "ECS":
            message = f"deployment configurations of {platform} aren't emulated, those of ECS are"
            raise ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
        if name in PREDEFINED or (request.region, name) in self._made:
            raise ShimError("DeploymentConfigAlreadyExistsException", f"deployment configuration {name} exists")
        routing = body.get("trafficRoutingConfig") or {}
        try:
            shifts_of(routing)
        except RoutingError as problem:
            raise ShimError("InvalidTrafficRoutingConfigurationException", str(problem)) from None
        made = {"deploymentConfigId": str(uuid.uuid4()), "createTime": time.time()}
        told = {"deploymentConfigName": name, "computePlatform": platform, "trafficRoutingConfig": routing}
        self._made[request.region, name] = {**made, **told}
        return {"deploymentConfigId": made["deploymentConfigId"]}

    def _list(self, request: Request, body: Item) -> Item:
        made = [name for region, name in self._made if region == request.region]
        return {"deploymentConfigsList": [*PREDEFINED, *made]}

    def _delete(self, request: Request, body: Item) -> Item:
        name = body["deploymentConfigName"]
        if name in PREDEFINED:
            raise ShimError("InvalidOperationException", f"{name} is predefined and can't be deleted")
        if self._groups.uses_config(request.region, name):
            raise ShimError("DeploymentConfigInUseException", f"deployment configuration {name} is in use")
        self._made.pop((request.region, name), None)
        return {}
