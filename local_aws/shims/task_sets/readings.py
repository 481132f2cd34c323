"""What clients are told of services that CodeDeploy deploys, and of their tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local_aws.endpoint import PLANE_AGENT
from local_aws.hidden_services import is_hidden
from local_aws.messages import Request, Response, json_response
from local_aws.scheduling import BY_SCHEDULER
from local_aws.shims.task_sets import describing
from local_aws.shims.task_sets.known import Known
from local_aws.shims.task_sets.ministack import Answer, Ministack
from local_aws.shims.task_sets.records import name_of

Item = dict[str, Any]


class Readings:
    """The operations that tell of services and tasks; each answers None where it has nothing to add."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def operations(self) -> Mapping[str, Answer]:
        """The operations by their names."""
        return {
            "DescribeServices": self._describe,
            "DescribeTaskSets": self._describe_sets,
            "DescribeTasks": self._describe_tasks,
            "DescribeClusters": self._describe_clusters,
            "ListServices": self._list,
            "ListTasks": self._list_tasks,
            "StopTask": self._stop_task,
        }

    def _describe(self, asked: Ministack, body: Item) -> Response | None:
        if not self._known:
            return None
        given = asked.repaired(asked.request)
        if given.status >= 300:
            return given
        told = json.loads(given.body)
        services = [self._known.seen(asked, each) for each in told["services"] if _shows(asked, each["serviceName"])]
        missing = [each for each in told["services"] if not _shows(asked, each["serviceName"])]
        told["failures"] += [{"arn": each["serviceArn"], "reason": "MISSING"} for each in missing]
        return replace(given, body=json.dumps({**told, "services": services}).encode())

    def _describe_sets(self, asked: Ministack, body: Item) -> Response | None:
        record = self._known.record(asked, body)
        if record is None:
            return None
        wanted = {name_of(each) for each in body.get("taskSets") or []}
        sets = self._known.told(asked, record)["taskSets"]
        found = [each for each in sets if not wanted or name_of(each["id"]) in wanted]
        return json_response({"taskSets": found, "failures": []})

    def _describe_tasks(self, asked: Ministack, body: Item) -> Response | None:
        if not self._known or _is_plane(asked):
            return None
        told = asked.ask("DescribeTasks", **body)
        return json_response({**told, "tasks": [describing.task(each) for each in told["tasks"]]})

    def _describe_clusters(self, asked: Ministack, body: Item) -> Response | None:
        if not self._known:
            return None
        told = asked.ask("DescribeClusters", **body)
        for cluster in told["clusters"]:
            hidden = [len(each.sets) for each in self._known.of_cluster(asked, cluster["clusterName"])]
            cluster["activeServicesCount"] = cluster.get("activeServicesCount", 0) - sum(hidden)
        return json_response(told)

    def _list(self, asked: Ministack, body: Item) -> Response | None:
        if not self._known:
            return None
        told = asked.ask("ListServices", **body)
        return json_response({**told, "serviceArns": [each for each in told["serviceArns"] if not is_hidden(each)]})

    def _list_tasks(self, asked: Ministack, body: Item) -> Response | None:
        record = self._known.record(asked, {**body, "service": body.get("serviceName")})
        if record is None:
            return None
        most, start = int(body.get("maxResults") or 100), int(body.get("nextToken") or 0)
        sent = {name: value for name, value in body.items() if name not in ("maxResults", "nextToken")}
        arns = asked.tasks(record, sent)
        more = {"nextToken": str(start + most)} if start + most < len(arns) else {}
        return json_response({"taskArns": arns[start : start + most], **more})

    def _stop_task(self, asked: Ministack, body: Item) -> Response | None:
        given = asked.repaired(asked.request)
        if given.status >= 300:
            return given
        told = json.loads(given.body)
        return replace(given, body=json.dumps({**told, "task": describing.task(told["task"])}).encode())


def stopped_by_scheduler(request: Request, given: Response) -> Response:
    """What DescribeTasks tells: ministack says of each stop that a person asked for it."""
    body = json.loads(given.body)
    for task in body.get("tasks", []):
        if task.get("stopCode") == "UserInitiated" and task.get("stoppedReason") in BY_SCHEDULER:
            task["stopCode"] = "ServiceSchedulerInitiated"
    return replace(given, body=json.dumps(body).encode())


def _is_plane(asked: Ministack) -> bool:
    return PLANE_AGENT in asked.request.headers.get("user-agent", "")


def _shows(asked: Ministack, name: str) -> bool:
    """Whether a client may see a service: hidden ones are the data plane's alone."""
    return not is_hidden(name) or _is_plane(asked)
