"""Applications and deployment groups of CodeDeploy."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Key, ShimError, Tags, tag_pairs, tags_from_pairs


class Groups:
    """Applications by region and name, groups by region, application and name."""

    def __init__(self, tags: Tags) -> None:
        self._applications: dict[Key, Item] = {}
        self._groups: dict[Key, Item] = {}
        self._tags = tags

    def handlers(self) -> Mapping[str, Handler]:
        """The operations on them, and on the tags of both."""
        return {
            "CreateApplication": self._create_application,
            "GetApplication": lambda request, body: {"application": self.application(request, body)},
            "ListApplications": self._list_applications,
            "DeleteApplication": self._delete_application,
            "CreateDeploymentGroup": self._create_group,
            "GetDeploymentGroup": lambda request, body: {"deploymentGroupInfo": self.group(request, body)},
            "UpdateDeploymentGroup": self._update_group,
            "ListDeploymentGroups": self._list_groups,
            "DeleteDeploymentGroup": self._delete_group,
            "ListTagsForResource": lambda request, body: {"Tags": tag_pairs(self._tags.of(body["ResourceArn"]))},
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def uses_config(self, region: str, name: str) -> bool:
        """Whether a group of a region names a deployment configuration."""
        return any(key[0] == region and each.get("deploymentConfigName") == name for key, each in self._groups.items())

    def _create_application(self, request: Request, body: Item) -> Item:
        key = (request.region, body["applicationName"])
        if key in self._applications:
            raise ShimError("ApplicationAlreadyExistsException", f"application {key[1]} exists")
        made = {"applicationId": str(uuid.uuid4()), "createTime": time.time(), "linkedToGitHub": False}
        named = {"applicationName": key[1], "computePlatform": body.get("computePlatform", "Server")}
        self._applications[key] = {**made, **named}
        self._tags.create(_arn(request, f"application:{key[1]}"), tags_from_pairs(body.get("tags")))
        return {"applicationId": made["applicationId"]}

    def _list_applications(self, request: Request, body: Item) -> Item:
        return {"applications": [name for region, name in self._applications if region == request.region]}

    def _delete_application(self, request: Request, body: Item) -> Item:
        key = (request.region, body["applicationName"])
        self._applications.pop(key, None)  # AWS answers the same whether there was one or not
        self._tags.forget(_arn(request, f"application:{key[1]}"))
        for group in [group for group in self._groups if group[:2] == key]:
            del self._groups[group]
        return {}

    def _create_group(self, request: Request, body: Item) -> Item:
        application = self.application(request, body)
        key = _group_key(request, body)
        if key in self._groups:
            raise ShimError("DeploymentGroupAlreadyExistsException", f"deployment group {key[2]} exists")
        made = {"deploymentGroupId": str(uuid.uuid4()), "computePlatform": application["computePlatform"]}
        self._groups[key] = {**made, **_settings(body)}
        self._tags.create(_arn(request, f"deploymentgroup:{key[1]}/{key[2]}"), tags_from_pairs(body.get("tags")))
        return {"deploymentGroupId": made["deploymentGroupId"]}

    def _update_group(self, request: Request, body: Item) -> Item:
        old = {**body, "deploymentGroupName": body["currentDeploymentGroupName"]}
        name = body.get("newDeploymentGroupName") or body["currentDeploymentGroupName"]
        group = self.group(request, old)
        del self._groups[_group_key(request, old)]
        changes = {
            field: value for field, value in _settings(body).items() if not field.endswith("DeploymentGroupName")
        }
        group.update(changes, deploymentGroupName=name)
        self._groups[request.region, body["applicationName"], name] = group
        return {"hooksNotCleanedUp": []}

    def _list_groups(self, request: Request, body: Item) -> Item:
        key = (request.region, self.application(request, body)["applicationName"])
        names = [group[2] for group in self._groups if group[:2] == key]
        return {"applicationName": key[1], "deploymentGroups": names}

    def _delete_group(self, request: Request, body: Item) -> Item:
        key = _group_key(request, body)
        self._groups.pop(key, None)
        self._tags.forget(_arn(request, f"deploymentgroup:{key[1]}/{key[2]}"))
        return {"hooksNotCleanedUp": []}

    def _tag(self, request: Request, body: Item) -> Item:
        self._tags.of(body["ResourceArn"]).update(tags_from_pairs(body["Tags"]))
        return {}

    def _untag(self, request: Request, body: Item) -> Item:
        for name in body["TagKeys"]:
            self._tags.of(body["ResourceArn"]).pop(name, None)
        return {}

    def application(self, request: Request, body: Item) -> Item:
        """The application that a request names. Raises ShimError."""
        key = (request.region, body["applicationName"])
        if key not in self._applications:
            raise ShimError("ApplicationDoesNotExistException", f"no application {key[1]}")
        return self._applications[key]

    def group(self, request: Request, body: Item) -> Item:
        """The deployment group that a request names. Raises ShimError."""
        self.application(request, body)
        key = _group_key(request, body)
        if key not in self._groups:
            raise ShimError("DeploymentGroupDoesNotExistException", f"no deployment group {key[2]}")
        return self._groups[key]


def _group_key(request: Request, body: Item) -> Key:
    return (request.region, body["applicationName"], body["deploymentGroupName"])


def _settings(body: Item) -> Item:
    return {name: value for name, value in body.items() if name != "tags"}


def _arn(request: Request, name: str) -> str:
    return f"arn:aws:codedeploy:{request.region}:{ACCOUNT_ID}:{name}"
