"""How far a rolling deployment is, from what ECS describes; the shapes are those of DescribeServices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.operations.releases.failures import told_reasons
from pipeline.operations.releases.rolling import Rolling, _progress, _taken_back
from pipeline.operations.releases.strategy import Started

OLD, NEW, OTHER = (f"arn:aws:ecs:us-east-1:2:task-definition/app:{number}" for number in (1, 2, 3))
STARTED = Started("ecs-svc/new", NEW, OLD)
PULL = "CannotPullContainerError: no image"


def deployment(
    name: str, revision: str, status: str, state: str, *, running: int = 2, wanted: int = 2, reason: str = ""
) -> dict[str, Any]:
    return {
        "id": f"ecs-svc/{name}",
        "taskDefinition": revision,
        "status": status,
        "rolloutState": state,
        "rolloutStateReason": reason,
        "runningCount": running,
        "desiredCount": wanted,
    }


STILL_OLD = deployment("old", OLD, "ACTIVE", "COMPLETED")


def service(*deployments: dict[str, Any], events: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"deployments": list(deployments), "events": [{"message": each} for each in events]}


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (
            service(
                deployment("new", NEW, "PRIMARY", "IN_PROGRESS", running=1),
                deployment("old", OLD, "ACTIVE", "COMPLETED"),
            ),
            "running",
            "new tasks have to start and be healthy",
        ),
        (
            service(deployment("new", NEW, "PRIMARY", "IN_PROGRESS"), STILL_OLD),
            "running",
            "old tasks end",
        ),
        (service(deployment("new", NEW, "PRIMARY", "IN_PROGRESS")), "running", "ECS has to find the service steady"),
        (service(deployment("new", NEW, "PRIMARY", "COMPLETED")), "succeeded", ""),
        (service(deployment("anew", NEW, "PRIMARY", "COMPLETED")), "succeeded", ""),
        (
            service(
                deployment("old", OLD, "PRIMARY", "IN_PROGRESS"),
                deployment("new", NEW, "ACTIVE", "FAILED", running=0, reason="tasks failed to start"),
            ),
            "running",
            "ECS goes back to app:1",
        ),
        (
            service(
                deployment("old", OLD, "PRIMARY", "COMPLETED"),
                deployment("new", NEW, "INACTIVE", "FAILED", running=0, reason="tasks failed to start"),
            ),
            "failed",
            "tasks failed to start",
        ),
        (service(deployment("back", OLD, "PRIMARY", "COMPLETED")), "failed", "ECS took it back"),
        (
            service(deployment("new", NEW, "PRIMARY", "FAILED", running=0, reason="no way back")),
            "failed",
            "no way back",
        ),
        (
            service(deployment("third", OTHER, "PRIMARY", "IN_PROGRESS")),
            "replaced",
            "took its place",
        ),
    ],
)
def test_state_and_what_is_waited_for(found: dict[str, Any], state: str, words: str) -> None:
    progress = _progress(found, STARTED)
    assert progress.state == state
    assert words in (progress.waiting or progress.reason)


def test_a_client_that_was_killed_before_it_asked_is_told_apart() -> None:
    progress = _progress(service(deployment("old", OLD, "PRIMARY", "COMPLETED")), Started("", NEW, OLD))
    assert (progress.state, progress.reason) == ("failed", "ECS was never asked for it")


@pytest.mark.parametrize(
    ("deployment_id", "minutes", "state"),
    [("", 1, "succeeded"), ("", -1, "failed"), ("ecs-svc/gone", -1, "succeeded")],
    ids=["begun since", "there before", "begun, and then anew"],
)
def test_what_ran_already_succeeds_anew_only_by_a_deployment_since(
    deployment_id: str, minutes: int, state: str
) -> None:
    recorded = datetime(2026, 11, 30, tzinfo=UTC)
    running = {**deployment("it", NEW, "PRIMARY", "COMPLETED"), "createdAt": recorded + timedelta(minutes=minutes)}
    progress = _progress(service(running), Started(deployment_id, NEW, NEW, begun=recorded))
    assert progress.state == state
    assert progress.reason == ("ECS was never asked for it" if state == "failed" else "")


def test_a_release_is_taken_back_while_it_runs_or_has_just_succeeded() -> None:
    updated: list[str] = []

    def update(**given: Any) -> dict[str, Any]:
        updated.append(given["taskDefinition"])
        return {"service": service(deployment("back", OLD, "PRIMARY", "IN_PROGRESS"))}

    ecs = SimpleNamespace(update_service=update)

    def rolling(*deployments: dict[str, Any]) -> Rolling:
        looked: Any = SimpleNamespace(
            ecs=ecs, cluster="main", name="app", family="app", look=lambda: service(*deployments)
        )
        return Rolling(looked)

    succeeded = rolling(deployment("new", NEW, "PRIMARY", "COMPLETED"))
    assert succeeded.roll_back(STARTED) == "ecs-svc/back"
    assert updated == [OLD]
    failed = rolling(STILL_OLD | {"status": "PRIMARY"})
    assert failed.roll_back(STARTED) == ""
    assert updated == [OLD]


def test_events_of_other_deployments_are_left_out_and_the_oldest_comes_first() -> None:
    events = ("(deployment ecs-svc/new) second", "(deployment ecs-svc/old) other", "(deployment ecs-svc/new) first")
    progress = _progress(service(deployment("new", NEW, "PRIMARY", "IN_PROGRESS"), events=events), STARTED)
    assert progress.events == (events[2], events[0])


def test_a_persons_rollback_ends_once_what_ran_before_is_steady() -> None:
    back = Started("ecs-svc/new", NEW, OLD, taken_back="ecs-svc/back")
    going = _taken_back(
        service(deployment("back", OLD, "PRIMARY", "IN_PROGRESS"), deployment("new", NEW, "ACTIVE", "IN_PROGRESS")),
        back,
    )
    assert going.state == "running"
    assert going.waiting.startswith("back to app:1")
    assert _taken_back(service(deployment("back", OLD, "PRIMARY", "COMPLETED")), back).state == "rolled back"


def test_reasons_of_stopped_tasks_are_counted_and_those_that_nobody_needs_left_out() -> None:
    broken = {"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}
    tasks = [
        {**broken, "containers": [{"exitCode": 3}]},
        {**broken, "containers": [{"exitCode": 3}]},
        {
            "stopCode": "TaskFailedToStart",
            "stoppedReason": PULL,
            "containers": [{}],
        },
        {"stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity", "containers": [{"exitCode": 0}]},
    ]
    assert told_reasons(iter(tasks)) == (
        "2 tasks: Essential container in task exited, exit code 3",
        f"1 task: {PULL}",
    )
