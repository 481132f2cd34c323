"""Updates of services whose deployments alarms watch, and what clients are told of them.

ministack carries out a deployment; here stands which one is watched, and what its failure changes. Who watches is
local_aws/releases/alarmed.py, by the plane's clock: without the data plane, or in another region, nobody does.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Request, Response, json_response
from local_aws.releases.alarmed import AGENT, Alarmed, Watcher
from local_aws.releases.calls import Calls
from local_aws.releases.plane import PlaneDoor
from local_aws.shims.base import ShimError
from local_aws.shims.task_sets.alarmed_describing import described, events_of
from local_aws.shims.task_sets.alarmed_records import Alarms, Item, Key, alarms_of, last_completed, primary
from local_aws.shims.task_sets.ministack import Ministack
from local_aws.shims.task_sets.records import name_of

# Of the wanted tasks: those before, those that failed, and those that ministack starts.
_ROOM_PERCENT = 400


class AlarmedDeployments:
    """Services by region, cluster and name, with the last deployment of each that alarms watch or watched."""

    def __init__(self) -> None:
        self.plane: PlaneDoor | None = None
        self._records: dict[Key, Alarmed] = {}
        # Ids that clients know by those of ministack's deployments that stand for them.
        self._aliases: dict[str, str] = {}

    def create(self, request: Request, body: Item) -> None:
        """Forget what was under the name of a new service: its first deployment has nothing to go back to."""
        self._records.pop(_key(request, body.get("cluster") or "default", body["serviceName"]), None)

    def update(self, asked: Ministack, body: Item) -> Response | None:
        """The answer to UpdateService; None for a service that isn't there. Raises ShimError."""
        told = asked.ask("DescribeServices", cluster=body.get("cluster") or "default", services=[body.get("service")])
        if not told["services"]:
            return None
        before = dict(told["services"][0])
        key = _key(asked.request, before["clusterArn"], before["serviceName"])
        record = self._records.get(key)
        if is_ecs(asked.request):
            return self._take_back(asked, body, record, before)
        # ECS keeps what an update leaves out (aws/copilot-cli#4565); ministack forgets it.
        kept = before.get("deploymentConfiguration") or {}
        sent = dict(body)
        if body.get("deploymentConfiguration") is not None:
            sent["deploymentConfiguration"] = {**kept, **body["deploymentConfiguration"]}
        wanted = alarms_of(sent.get("deploymentConfiguration") or kept)
        seconds = self._judged(asked, wanted) if wanted and _may_begin(before, sent) else None
        given = asked.repaired(asked.changed(sent))
        if given.status >= 300:
            return given
        after = dict(json.loads(given.body)["service"])
        if primary(after).get("id") != primary(before).get("id"):
            seen = described(before, record, self._aliases)
            goes_back = last_completed(seen) or (record.before if record else None)
            self._records.pop(key, None)
            if wanted and seconds is not None and goes_back is not None:
                self._watch(key, after, goes_back, wanted, seconds)
        return self._answered(given, key, after)

    def told(self, request: Request, given: Response) -> Response:
        """What DescribeServices tells; ECS itself looks at ministack's deployments."""
        if is_ecs(request) or not (self._records or self._aliases):
            return given
        body = json.loads(given.body)
        services = [
            described(each, self._records.get(_key(request, each["clusterArn"], each["serviceName"])), self._aliases)
            for each in body.get("services", [])
        ]
        return replace(given, body=json.dumps({**body, "services": services}).encode())

    def _judged(self, asked: Ministack, wanted: Alarms) -> float | None:
        """Seconds for which alarms are watched after the last old task; None where none is. Raises ShimError.

        ECS watches none where one is on already. It computes the time from the alarms, and no document says how: here
        it is the longest time that one of them looks back.
        """
        if self.plane is None or self.plane.region != asked.request.region:
            return None
        found = Calls(self.plane.gateway, self.plane.region, AGENT).alarms_looked_at(list(wanted.names))
        if missing := sorted(set(wanted.names) - set(found)):
            message = f"what ECS does with alarms that don't exist isn't documented: {', '.join(missing)}"
            raise ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
        if any(each.state == "ALARM" for each in found.values()):
            return None
        return max(each.seconds for each in found.values())

    def _watch(self, key: Key, service: Item, before: Item, wanted: Alarms, seconds: float) -> None:
        assert self.plane is not None
        id_ = primary(service)["id"]
        record = Alarmed(key[1], key[2], id_, before, wanted.names, wanted.rolls_back, seconds)
        self._records[key] = record
        Watcher(record, self.plane).start()

    def _take_back(self, asked: Ministack, body: Item, record: Alarmed | None, before: Item) -> Response:
        """Carry out what the watcher asks for, unless somebody began another deployment meanwhile."""
        if record is None or record.state != "watched" or primary(before).get("id") != record.deployment:
            raise ShimError("InvalidParameterException", "the deployment is watched no more")
        record.events = events_of(record, time.time())
        record.state = "failed"
        if not (record.rolls_back and record.before):
            return self._answered(None, _key(asked.request, before["clusterArn"], before["serviceName"]), before)
        named = {"cluster": body["cluster"], "service": body["service"]}
        kept = before.get("deploymentConfiguration") or {}
        # ministack starts other tasks for it, and would stop those to which it goes back to have room for them.
        room = {"deploymentConfiguration": {**kept, "maximumPercent": _ROOM_PERCENT}}
        back = {"taskDefinition": record.before["taskDefinition"], "forceNewDeployment": True}
        after = asked.ask("UpdateService", **named, **back, **room)["service"]
        record.back = primary(after)["id"]
        self._aliases[record.back] = record.before["id"]
        after = asked.ask("UpdateService", **named, deploymentConfiguration=kept)["service"]
        return self._answered(None, _key(asked.request, after["clusterArn"], after["serviceName"]), after)

    def _answered(self, given: Response | None, key: Key, service: Item) -> Response:
        told = {"service": described(service, self._records.get(key), self._aliases)}
        return replace(given, body=json.dumps(told).encode()) if given else json_response(told)


def _key(request: Request, cluster: str, service: str) -> Key:
    return request.region, name_of(cluster), name_of(service)


def is_ecs(request: Request) -> bool:
    """Whether ECS itself asks, which looks after a deployment."""
    return AGENT in request.headers.get("user-agent", "")


def _may_begin(service: Item, sent: Item) -> bool:
    """Whether an update begins a deployment: another task definition does, and one that is forced."""
    wanted = sent.get("taskDefinition")
    named = name_of(str(service["taskDefinition"]))
    return bool(sent.get("forceNewDeployment")) or (wanted is not None and name_of(str(wanted)) != named)
