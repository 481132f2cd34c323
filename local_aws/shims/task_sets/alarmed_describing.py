"""A service with a deployment that alarms watch, as ECS tells it.

A watched deployment stays IN_PROGRESS, and the one before it listed, until its bake time is over; one that failed is
FAILED until its tasks are gone, and the one before it is PRIMARY again, under its own id ("How CloudWatch alarms detect
Amazon ECS deployment failures", ECS developer guide; "Automate rollbacks for Amazon ECS rolling deployments with
CloudWatch alarms", AWS blog).
"""

from __future__ import annotations

from local_aws.releases.alarmed import Alarmed
from local_aws.shims.task_sets.alarmed_records import Item, primary

# Words of ECS's events, as users report them. Those of `rolloutStateReason` nobody does: they are the same here.
DETECTED = "deployment failed: alarm detected."
_BACK = "rolling back to deployment"


def described(told: Item, record: Alarmed | None, aliases: dict[str, str]) -> Item:
    """A service as clients see it. `aliases` are ids of ECS by those of ministack's deployments that stand for them."""
    if record is not None and record.state == "watched" and primary(told).get("id") == record.deployment:
        told = {**told, "deployments": _watched(told["deployments"], record)}
    elif record is not None and record.state == "failed":
        told = {**told, "deployments": _failed(told["deployments"], record)}
    events = [*record.events, *told.get("events", [])] if record is not None else told.get("events", [])
    ordered = sorted(events, key=lambda each: float(each.get("createdAt") or 0), reverse=True)
    return {**told, "deployments": _merged(told["deployments"], aliases), "events": ordered}


def events_of(record: Alarmed, at: float) -> list[Item]:
    """What ECS tells of a deployment that an alarm failed, the newest first."""
    name, number = f"(service {record.service})", record.deployment.rpartition("/")[2]
    found = [(f"{number}-1", f"{name} (deployment {record.deployment}) {DETECTED}")]
    if record.rolls_back and record.before:
        found.insert(0, (f"{number}-2", f"{name} {_BACK} {record.before['id']}."))
    return [{"id": id_, "createdAt": at, "message": message} for id_, message in found]


def _watched(deployments: list[Item], record: Alarmed) -> list[Item]:
    going = {"rolloutState": "IN_PROGRESS", "rolloutStateReason": f"ECS deployment {record.deployment} in progress."}
    found = [{**each, **going} if each["id"] == record.deployment else each for each in deployments]
    if record.before and not any(record.before["id"] == each["id"] for each in found):
        gone = {"status": "ACTIVE", "desiredCount": 0, "runningCount": 0, "pendingCount": 0}
        found.append({**record.before, **gone})
    return found


def _failed(deployments: list[Item], record: Alarmed) -> list[Item]:
    """The failed deployment says so; without a rollback it stays primary, and starts no task any more."""
    failed = {"rolloutState": "FAILED", "rolloutStateReason": DETECTED}
    if not record.back:
        return [{**each, **failed} if each["id"] == record.deployment else each for each in deployments]
    found: list[Item] = []
    for each in deployments:
        if each["id"] == record.back and each.get("rolloutState") == "IN_PROGRESS" and record.before:
            each = {**each, "rolloutStateReason": f"{_BACK} {record.before['id']}."}
        elif each["id"] == record.deployment:
            each = {**each, **failed, "desiredCount": 0}
        found.append(each)
    return found


def _merged(deployments: list[Item], aliases: dict[str, str]) -> list[Item]:
    """Deployments under ECS's ids; what ministack has twice is one, whose tasks are those of both."""
    found: dict[str, Item] = {}
    for each in deployments:
        id_ = aliases.get(str(each["id"])) or str(each["id"])
        first = found.get(id_)
        if first is None:
            found[id_] = {**each, "id": id_}
        else:
            for count in ("runningCount", "pendingCount"):
                first[count] = first.get(count, 0) + each.get(count, 0)
    return list(found.values())
