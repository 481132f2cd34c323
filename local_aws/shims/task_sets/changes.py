"""Changes of services that CodeDeploy deploys, and of their task sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Response, json_response
from local_aws.releases.calls import AGENT
from local_aws.shims.base import ShimError
from local_aws.shims.task_sets.known import Known
from local_aws.shims.task_sets.ministack import Answer, Ministack, RefusedError
from local_aws.shims.task_sets.records import Record, name_of, new_task_set
from local_aws.shims.task_sets.refusals import refuse_creation, refuse_update

Item = dict[str, Any]
_OF_CODE_DEPLOY = "CODE_DEPLOY"


class Changes:
    """The operations that change something; each answers None for services that CodeDeploy doesn't deploy."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def operations(self) -> Mapping[str, Answer]:
        """The operations by their names."""
        return {
            "CreateService": self._create,
            "UpdateService": self._update,
            "DeleteService": self._delete,
            "CreateTaskSet": self._create_set,
            "UpdateServicePrimaryTaskSet": self._promote,
            "DeleteTaskSet": self._delete_set,
        }

    def _create(self, asked: Ministack, body: Item) -> Response | None:
        if (body.get("deploymentController") or {}).get("type") != _OF_CODE_DEPLOY:
            return None
        refuse_creation(body)
        given = asked.repaired(asked.changed({**body, "desiredCount": 0}))
        if given.status >= 300:
            return given
        shell = json.loads(given.body)["service"]
        record = Record(name_of(shell["clusterArn"]), shell["serviceName"], int(body.get("desiredCount") or 0))
        first = new_task_set(status="PRIMARY")
        try:
            asked.create(record, first, body)
        except RefusedError:
            asked.ask("DeleteService", cluster=record.cluster, service=record.name, force=True)
            raise
        record.sets.append(first)
        self._known.add(asked, record)
        return json_response({"service": self._known.told(asked, record)})

    def _update(self, asked: Ministack, body: Item) -> Response | None:
        record = self._known.record(asked, body)
        if record is None:
            return None
        refuse_update(body)
        sent = {name: value for name, value in body.items() if name != "desiredCount"}
        given = asked.repaired(asked.changed(sent))
        if given.status >= 300:
            return given
        if body.get("desiredCount") is not None:
            record.desired = int(body["desiredCount"])
        grace = {name: body[name] for name in ("healthCheckGracePeriodSeconds",) if body.get(name) is not None}
        for each in record.sets:
            asked.update(record, each, desiredCount=record.desired, **grace)
        return json_response({"service": self._known.told(asked, record)})

    def _delete(self, asked: Ministack, body: Item) -> Response | None:
        record = self._known.record(asked, body)
        if record is None:
            return None
        if record.desired and not body.get("force"):
            message = "The service cannot be stopped while it is scaled above 0."
            raise ShimError("InvalidParameterException", message)
        for each in record.sets:
            asked.remove(record, each)
        record.desired, record.sets = 0, []
        self._known.remove(asked, record)
        return json_response(asked.ask("DeleteService", **{**body, "force": True}))

    def _create_set(self, asked: Ministack, body: Item) -> Response:
        record = self._own(asked, body)
        shell = self._known.shell(asked, record)
        primary = asked.hidden([record]).get(record.hidden(record.primary), {})
        # What isn't said is the service's; health checks of targets have its grace period.
        settings = {**primary, **{name: value for name, value in body.items() if value is not None}}
        settings["healthCheckGracePeriodSeconds"] = shell.get("healthCheckGracePeriodSeconds")
        _check_containers(asked, settings)
        made = new_task_set(body.get("externalId") or "")
        asked.create(record, made, settings)
        record.sets.append(made)
        return self._one_set(asked, record, made.id)

    def _promote(self, asked: Ministack, body: Item) -> Response:
        record = self._own(asked, body)
        chosen = record.find(body["primaryTaskSet"])
        if chosen is None:
            raise ShimError("TaskSetNotFoundException", "The specified task set wasn't found.")
        for each in record.sets:
            each.status = "PRIMARY" if each is chosen else "ACTIVE"
        return self._one_set(asked, record, chosen.id)

    def _delete_set(self, asked: Ministack, body: Item) -> Response:
        record = self._own(asked, body)
        chosen = record.find(body["taskSet"])
        if chosen is None:
            raise ShimError("TaskSetNotFoundException", "The specified task set wasn't found.")
        if chosen.status == "PRIMARY":
            raise ShimError("InvalidParameterException", "the primary task set can't be deleted")
        told = json.loads(self._one_set(asked, record, chosen.id).body)["taskSet"]
        record.sets.remove(chosen)
        asked.remove(record, chosen)
        return json_response({"taskSet": {**told, "status": "DRAINING", "computedDesiredCount": 0}})

    def _own(self, asked: Ministack, body: Item) -> Record:
        """The record of a service whose task sets CodeDeploy itself changes. Raises ShimError for anybody else."""
        record = self._known.record(asked, body)
        if record is None or AGENT not in asked.request.headers.get("user-agent", ""):
            message = "task sets are made here by CodeDeploy's deployments alone, not by clients"
            raise ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
        return record

    def _one_set(self, asked: Ministack, record: Record, set_id: str) -> Response:
        found = next(each for each in self._known.told(asked, record)["taskSets"] if each["id"] == set_id)
        return json_response({"taskSet": found})


def _check_containers(asked: Ministack, settings: Mapping[str, Any]) -> None:
    """Raise ShimError where a task definition lacks the container, or its port, that a load balancer needs."""
    told = asked.ask("DescribeTaskDefinition", taskDefinition=settings["taskDefinition"])["taskDefinition"]
    containers = {each["name"]: each for each in told["containerDefinitions"]}
    for balancer in settings["loadBalancers"]:
        name, port = balancer["containerName"], balancer["containerPort"]
        if name not in containers:
            message = f"The container {name} does not exist in the task definition."
            raise ShimError("InvalidParameterException", message)
        if port not in {each["containerPort"] for each in containers[name].get("portMappings", [])}:
            message = f"The container {name} did not have a container port {port} defined."
            raise ShimError("InvalidParameterException", message)
