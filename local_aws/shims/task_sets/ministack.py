"""Requests to ministack's ECS, on behalf of a client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward
from local_aws.shims.task_sets.records import Record, TaskSet

Item = dict[str, Any]
_TARGET = "AmazonEC2ContainerServiceV20141113."
# Of CreateService, for the hidden service of a task set: the rest is the visible one's.
_OF_TASK_SET = (
    "cluster",
    "taskDefinition",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "loadBalancers",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "propagateTags",
)


class RefusedError(Exception):
    """An answer of ministack that is an error."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body.decode("utf-8", "replace"))
        self.answer = answer


@dataclass(frozen=True)
class Ministack:
    """Asks ministack, in the region of `request`. What `repaired` answers has the settings that ministack forgets."""

    request: Request
    forward: Forward
    repaired: Forward

    def changed(self, body: Mapping[str, Any], operation: str = "") -> Request:
        """The request with another body, and of another operation."""
        content = json.dumps(body).encode()
        headers = {**self.request.headers, "content-length": str(len(content))}
        headers["x-amz-target"] = _TARGET + (operation or self.request.operation)
        return replace(self.request, headers=headers, body=content)

    def ask(self, operation: str, **body: Any) -> Item:
        """The answer to an operation. Raises RefusedError."""
        answer = self.forward(self.changed(body, operation))
        if answer.status >= 300:
            raise RefusedError(answer)
        return dict(json.loads(answer.body or b"{}"))

    def create(self, record: Record, task_set: TaskSet, settings: Mapping[str, Any]) -> None:
        """Make the hidden service of a task set. Raises RefusedError."""
        kept = {name: settings[name] for name in _OF_TASK_SET if settings.get(name) is not None}
        if kept.get("capacityProviderStrategy"):
            kept.pop("launchType", None)
        named = {**kept, "cluster": record.cluster, "serviceName": record.hidden(task_set)}
        self.ask("CreateService", **named, desiredCount=record.desired)

    def update(self, record: Record, task_set: TaskSet, **changes: Any) -> None:
        """Change the hidden service of a task set. Raises RefusedError."""
        self.ask("UpdateService", cluster=record.cluster, service=record.hidden(task_set), **changes)

    def remove(self, record: Record, task_set: TaskSet) -> None:
        """Stop a task set's tasks as a scheduler does, so that their targets are drained, and remove it."""
        self.update(record, task_set, desiredCount=0)
        self.ask("DeleteService", cluster=record.cluster, service=record.hidden(task_set), force=True)

    def hidden(self, records: Iterable[Record]) -> dict[str, Item]:
        """The hidden services of records by their names."""
        found: dict[str, Item] = {}
        for record in records:
            names = [record.hidden(each) for each in record.sets]
            if names:
                told = self.ask("DescribeServices", cluster=record.cluster, services=names)
                found |= {each["serviceName"]: each for each in told["services"]}
        return found

    def tasks(self, record: Record, asked: Mapping[str, Any]) -> list[str]:
        """ARNs of the tasks of all task sets, as ListTasks would find them."""
        found: list[str] = []
        for task_set in record.sets:
            page = self.ask("ListTasks", **{**asked, "serviceName": record.hidden(task_set)})
            found += page["taskArns"]
            while token := page.get("nextToken"):
                page = self.ask("ListTasks", **{**asked, "serviceName": record.hidden(task_set), "nextToken": token})
                found += page["taskArns"]
        return found


# An answer to a request with its body; None passes it on.
Answer = Callable[[Ministack, Item], Response | None]
