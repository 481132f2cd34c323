"""What clients are told of a rolling deployment that alarms watch, from what ministack has."""

from __future__ import annotations

from typing import Any

from local_aws.releases.alarmed import Alarmed
from local_aws.shims.task_sets.alarmed_describing import described, events_of
from local_aws.shims.task_sets.alarmed_records import alarms_of, last_completed

Item = dict[str, Any]


def deployment(name: str, status: str, state: str, running: int = 1) -> Item:
    counts = {"desiredCount": 1, "runningCount": running, "pendingCount": 0}
    return {"id": f"ecs-svc/{name}", "status": status, "rolloutState": state, "rolloutStateReason": "", **counts}


BEFORE = deployment("before", "PRIMARY", "COMPLETED")


def record(**changes: Any) -> Alarmed:
    fields: Item = {"deployment": "ecs-svc/new", "before": BEFORE, "alarms": ("errors",), "rolls_back": True}
    return Alarmed("main", "app", seconds=60, **{**fields, **changes})


def told(*deployments: Item, of: Alarmed | None, aliases: dict[str, str] | None = None) -> list[tuple[str, str, int]]:
    found = described({"deployments": list(deployments), "events": []}, of, aliases or {})["deployments"]
    return [(each["id"].removeprefix("ecs-svc/"), each["rolloutState"], each["runningCount"]) for each in found]


def test_what_ministack_has_completed_is_in_progress_while_alarms_watch_it() -> None:
    new = deployment("new", "PRIMARY", "COMPLETED")
    assert told(new, of=record()) == [("new", "IN_PROGRESS", 1), ("before", "COMPLETED", 0)]
    assert told(new, of=record(state="over")) == [("new", "COMPLETED", 1)]
    assert told(new, of=None) == [("new", "COMPLETED", 1)]


def test_the_one_before_is_listed_once() -> None:
    both = (deployment("new", "PRIMARY", "IN_PROGRESS", 0), {**BEFORE, "status": "ACTIVE"})
    assert told(*both, of=record()) == [("new", "IN_PROGRESS", 0), ("before", "COMPLETED", 1)]


def test_the_way_back_has_the_id_of_the_one_before_and_its_tasks() -> None:
    back = deployment("made", "PRIMARY", "IN_PROGRESS", 0)
    there = (back, deployment("new", "ACTIVE", "IN_PROGRESS"), {**BEFORE, "status": "ACTIVE"})
    failed = record(state="failed", back="ecs-svc/made")
    expected = [("before", "IN_PROGRESS", 1), ("new", "FAILED", 1)]
    assert told(*there, of=failed, aliases={"ecs-svc/made": "ecs-svc/before"}) == expected


def test_without_a_rollback_a_deployment_stays_and_has_failed() -> None:
    failed = record(state="failed", rolls_back=False)
    assert told(deployment("new", "PRIMARY", "COMPLETED"), of=failed) == [("new", "FAILED", 1)]
    assert [each["message"] for each in events_of(failed, 1.0)] == [
        "(service app) (deployment ecs-svc/new) deployment failed: alarm detected."
    ]


def test_events_come_with_the_newest_first() -> None:
    later = {"createdAt": 3, "message": "steady"}
    failed = record(state="failed", events=events_of(record(), 2.0))
    found = described({"deployments": [], "events": [later, {"createdAt": 1, "message": "begun"}]}, failed, {})
    assert [each["message"] for each in found["events"]] == [
        "steady",
        "(service app) rolling back to deployment ecs-svc/before.",
        "(service app) (deployment ecs-svc/new) deployment failed: alarm detected.",
        "begun",
    ]


def test_only_alarms_that_are_switched_on_are_alarms() -> None:
    assert alarms_of(None) is None
    assert alarms_of({"alarms": {"alarmNames": [], "enable": True, "rollback": True}}) is None
    assert alarms_of({"alarms": {"alarmNames": ["errors"], "enable": False, "rollback": True}}) is None
    found = alarms_of({"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": False}})
    assert found is not None
    assert (found.names, found.rolls_back) == (("errors",), False)


def test_a_failed_deployment_goes_back_to_the_last_completed_one() -> None:
    assert last_completed({"deployments": [deployment("new", "PRIMARY", "IN_PROGRESS")]}) is None
    assert last_completed({"deployments": [deployment("new", "PRIMARY", "IN_PROGRESS"), BEFORE]}) == BEFORE
