"""Services with task sets, and their tasks, as ECS tells clients of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.hidden_services import is_hidden, number_of, visible_name
from local_aws.shims.task_sets.records import Record, TaskSet

Item = dict[str, Any]
# States of a target group's targets; None where nobody knows them.
StatesOf = Callable[[str], list[str] | None]
# What a service shows of its primary task set.
_OF_PRIMARY = (
    "taskDefinition",
    "loadBalancers",
    "networkConfiguration",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
)
# Targets in these states don't keep a task set from being steady: one behind no listener isn't checked.
_SETTLED = ("healthy", "unused")
_GROUP = "service:"


def service(shell: Item, record: Record, hidden: Mapping[str, Item], states_of: StatesOf) -> Item:
    """A service: what ministack has under its name, with what its task sets are."""
    found = [hidden[record.hidden(each)] for each in record.sets if record.hidden(each) in hidden]
    primary = hidden.get(record.hidden(record.primary), {}) if record.sets else {}
    sets = sorted(record.sets, key=lambda each: each.status != "PRIMARY")
    events = [_renamed(event, record) for each in found for event in each.get("events", [])]
    return {
        **shell,
        **{name: primary[name] for name in _OF_PRIMARY if primary.get(name) is not None},
        "desiredCount": record.desired,
        "runningCount": sum(each["runningCount"] for each in found),
        "pendingCount": sum(each["pendingCount"] for each in found),
        "deployments": [],
        "events": sorted(events, key=lambda event: event.get("createdAt", 0), reverse=True),
        "taskSets": [task_set(shell, record, each, hidden.get(record.hidden(each), {}), states_of) for each in sets],
    }


def task_set(shell: Item, record: Record, described: TaskSet, hidden: Item, states_of: StatesOf) -> Item:
    """A task set out of its hidden service."""
    kept = ("taskDefinition", "launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")
    arn = str(shell["serviceArn"]).replace(":service/", ":task-set/")
    deployed = {"startedBy": "CODE_DEPLOY", "externalId": described.external_id} if described.external_id else {}
    return {
        "id": described.id,
        "taskSetArn": f"{arn}/{described.id}",
        "serviceArn": shell["serviceArn"],
        "clusterArn": shell["clusterArn"],
        **deployed,
        "status": described.status,
        "computedDesiredCount": record.desired,
        "pendingCount": hidden.get("pendingCount", 0),
        "runningCount": hidden.get("runningCount", 0),
        "createdAt": described.created,
        "updatedAt": described.updated,
        **{name: hidden[name] for name in kept if hidden.get(name)},
        "loadBalancers": hidden.get("loadBalancers", []),
        "serviceRegistries": [],
        "scale": {"value": 100.0, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE" if _is_steady(record, hidden, states_of) else "STABILIZING",
        "stabilityStatusAt": described.updated,
        "tags": [],
    }


def task(told: Item) -> Item:
    """A task, of the service that clients know, and started by its task set."""
    name = str(told.get("group", "")).removeprefix(_GROUP)
    if not is_hidden(name):
        return told
    return {**told, "group": _GROUP + visible_name(name), "startedBy": f"ecs-svc/{number_of(name)}"}


def _is_steady(record: Record, hidden: Item, states_of: StatesOf) -> bool:
    if hidden.get("runningCount") != record.desired or hidden.get("pendingCount"):
        return False
    for balancer in hidden.get("loadBalancers", []):
        states = states_of(balancer["targetGroupArn"])
        if states is None:
            continue
        registered = [each for each in states if each != "draining"]
        # The load balancer may not have read yet which tasks there are.
        if len(registered) != record.desired or any(each not in _SETTLED for each in registered):
            return False
    return True


def _renamed(event: Item, record: Record) -> Item:
    message = str(event.get("message", ""))
    for each in record.sets:
        message = message.replace(record.hidden(each), record.name)
    return {**event, "message": message}
