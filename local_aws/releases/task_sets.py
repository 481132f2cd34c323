"""The task sets of a deployment's service, by ECS's own operations on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_aws.releases.appspec import AppSpec
from local_aws.releases.calls import Calls
from local_aws.releases.deployment import Place

Item = dict[str, Any]


@dataclass(frozen=True)
class TaskSet:
    """A task set with its target group; `steady` says whether all of its tasks run and are healthy."""

    id: str
    status: str
    target_group: str
    desired: int
    pending: int
    running: int
    steady: bool


class TaskSets:
    """The task sets of one service. Raises CallError where ECS refuses."""

    def __init__(self, calls: Calls, place: Place) -> None:
        self._calls = calls
        self._named = {"cluster": place.cluster, "service": place.service}
        self._pair = place.target_groups

    def all(self) -> list[TaskSet]:
        """The task sets that there are, the primary one first."""
        found = [_task_set(each) for each in self._calls.ecs("DescribeTaskSets", **self._named)["taskSets"]]
        return sorted(found, key=lambda each: each.status != "PRIMARY")

    def primary(self) -> TaskSet:
        """The one that serves production traffic. Raises LookupError without one."""
        found = next((each for each in self.all() if each.status == "PRIMARY"), None)
        if found is None:
            raise LookupError(f"service {self._named['service']} has no primary task set")
        return found

    def other_group(self, group: str) -> str:
        """The target group of the pair that a task set doesn't have. Raises LookupError for a group of no pair."""
        if group not in self._pair:
            raise LookupError(f"target group {group} isn't one of the deployment group's pair")
        return next(each for each in self._pair if each != group)

    def create(self, spec: AppSpec, target_group: str, deployment: str) -> str:
        """Make a task set of an AppSpec behind a target group; its id. What the AppSpec leaves out is the service's."""
        balancer = {"targetGroupArn": target_group, "containerName": spec.container, "containerPort": spec.port}
        settings: Item = {
            "taskDefinition": spec.task_definition,
            "loadBalancers": [balancer],
            "externalId": deployment,
            "scale": {"value": 100, "unit": "PERCENT"},
        }
        if spec.network:
            settings["networkConfiguration"] = {"awsvpcConfiguration": dict(spec.network)}
        if spec.platform_version:
            settings["platformVersion"] = spec.platform_version
        if spec.capacity:
            settings["capacityProviderStrategy"] = [dict(each) for each in spec.capacity]
        return str(self._calls.ecs("CreateTaskSet", **self._named, **settings)["taskSet"]["id"])

    def promote(self, task_set: str) -> None:
        """Make a task set the primary one."""
        self._calls.ecs("UpdateServicePrimaryTaskSet", **self._named, primaryTaskSet=task_set)

    def delete(self, task_set: str) -> None:
        """Stop a task set's tasks, whose targets are drained first."""
        self._calls.ecs("DeleteTaskSet", **self._named, taskSet=task_set, force=True)


def _task_set(told: Item) -> TaskSet:
    balancers = told.get("loadBalancers") or [{}]
    return TaskSet(
        told["id"],
        told["status"],
        balancers[0].get("targetGroupArn", ""),
        told["computedDesiredCount"],
        told["pendingCount"],
        told["runningCount"],
        told["stabilityStatus"] == "STEADY_STATE",
    )
