"""Answers of ECS about its own deployments, in the shapes of its service model: what is asked, and how far one is."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from config import load
from local_aws.emulators import emulators_python
from pipeline.aws.client import NEWER, make_client
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.choosing import choose_strategy
from pipeline.operations.releases.native import UNDER_WAY, Native, strategy_of
from pipeline.operations.releases.rolling import Rolling
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.releases.strategy import Started

NAME = "sitechat-prod-app"
HERE = "arn:aws:ecs:us-east-1:222222222222"
OLD, NEW = (f"{HERE}:task-definition/{NAME}:{number}" for number in (1, 2))
REVISION = {OLD: f"{HERE}:service-revision/main/{NAME}/1", NEW: f"{HERE}:service-revision/main/{NAME}/2"}
ID = f"{HERE}:service-deployment/main/{NAME}/AAAAAAAAAAAAAAAAAAAAA"
STARTED = Started(ID, NEW, OLD)
SERVICE = {"status": "ACTIVE", "desiredCount": 2, "taskDefinition": OLD}
LOG = "/sitechat/prod/release/test"
BEGUN = datetime(2026, 11, 30, tzinfo=UTC)


@dataclass
class Aws:
    """Stubbed clients, whose requests and answers are checked against botocore's service models."""

    ecs: Stubber
    watch: Stubber
    logs: Stubber

    def alarms(self, *on: str) -> None:
        found = [{"AlarmName": "errors", "StateValue": "ALARM" if "errors" in on else "OK"}]
        self.watch.add_response("describe_alarms", {"MetricAlarms": found}, {"AlarmNames": ["errors"]})

    def described(self, **changes: Any) -> None:
        answer = {"services": [{**SERVICE, **changes}]}
        self.ecs.add_response("describe_services", answer, {"cluster": "main", "services": [NAME]})

    def listed(self, *revisions: str, statuses: tuple[str, ...] = UNDER_WAY) -> None:
        """Deployments of these task definitions, the first one begun first."""
        found = [
            {
                "serviceDeploymentArn": ID if each == NEW else f"{ID}-{number}",
                "targetServiceRevisionArn": REVISION[each],
                "createdAt": BEGUN + timedelta(minutes=number),
                "status": "IN_PROGRESS",
            }
            for number, each in enumerate(revisions)
        ]
        asked = {"cluster": "main", "service": NAME, "maxResults": 20}
        asked |= {"status": list(statuses)} if statuses else {}
        self.ecs.add_response("list_service_deployments", {"serviceDeployments": found}, asked)

    def revisions(self, *definitions: str) -> None:
        found = [{"serviceRevisionArn": REVISION[each], "taskDefinition": each} for each in definitions]
        asked = {"serviceRevisionArns": [REVISION[each] for each in definitions]}
        self.ecs.add_response("describe_service_revisions", {"serviceRevisions": found}, asked)

    def updated(self, **more: Any) -> None:
        asked = {"cluster": "main", "service": NAME, "taskDefinition": NEW, **more}
        self.ecs.add_response("update_service", {"service": SERVICE}, asked)

    def told(self, status: str = "IN_PROGRESS", *, weight: float = 0.0, running: int = 2, **more: Any) -> None:
        target = {"arn": REVISION[NEW], "requestedTaskCount": 2, "runningTaskCount": running}
        target |= {"requestedProductionTrafficWeight": weight}
        found = {
            "serviceDeploymentArn": ID,
            "status": status,
            "targetServiceRevision": target,
            "sourceServiceRevisions": [{"arn": REVISION[OLD], "requestedTaskCount": 2, "runningTaskCount": 2}],
            **more,
        }
        asked = {"serviceDeploymentArns": [ID]}
        self.ecs.add_response("describe_service_deployments", {"serviceDeployments": [found]}, asked)

    def stopped(self, reason: str = "") -> None:
        arns = ["arn:of:task"] if reason else []
        self.ecs.add_response(
            "list_tasks", {"taskArns": arns}, {"cluster": "main", "family": NAME, "desiredStatus": "STOPPED"}
        )
        if reason:
            told = {"tasks": [{"taskDefinitionArn": NEW, "stoppedReason": reason}]}
            self.ecs.add_response("describe_tasks", told, {"cluster": "main", "tasks": arns})

    def test_said(self, *lines: dict[str, Any]) -> None:
        asked = {"logGroupName": LOG, "filterPattern": f'"{REVISION[NEW]}"'}
        events = [{"message": json.dumps(each)} for each in lines]
        self.logs.add_response("filter_log_events", {"events": events}, asked)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    stubs = [Stubber(make_client(load("prod"), name, "us-east-1", {})) for name in ("ecs", "cloudwatch", "logs")]
    with ExitStack() as stack:
        for each in stubs:
            stack.enter_context(each)
        yield Aws(*stubs)
        for each in stubs:
            each.assert_no_pending_responses()


@pytest.fixture
def releases(aws: Aws) -> Native:
    service = DeployedService(aws.ecs.client, "main", NAME, NAME, NEW, "aws_ecs_service.web_service", SERVICE)
    return Native(service, "canary", ("errors",), aws.watch.client, aws.logs.client, LOG)


def test_what_is_added_to_the_model_of_the_pinned_botocore_is_what_a_newer_one_has() -> None:
    (newer,) = (
        emulators_python().parents[1].glob("lib/python3*/site-packages/botocore/data/ecs/2014-11-13/service-2.json.gz")
    )
    model = _without_documentation(json.loads(gzip.decompress(newer.read_bytes())))
    added = json.loads((NEWER / "ecs" / "2014-11-13" / "service-2.sdk-extras.json").read_text())["merge"]
    assert set(added) == {"operations", "shapes"}
    for kind, found in added.items():
        for name, each in found.items():
            assert _is_part(each, model[kind][name]), name


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_documentation(each) for key, each in value.items() if key != "documentation"}
    return [_without_documentation(each) for each in value] if isinstance(value, list) else value


def _is_part(part: Any, whole: Any) -> bool:
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(each, whole[key]) for key, each in part.items())
    return bool(part == whole)


def test_a_release_updates_the_service_and_names_its_deployment(aws: Aws, releases: Native) -> None:
    aws.alarms()
    aws.listed()
    aws.described()
    aws.updated()
    aws.listed(NEW)
    aws.revisions(NEW)
    assert releases.start(NEW, at_least=2) == ID


def test_too_few_tasks_are_raised_with_it_and_the_same_revision_starts_anew(aws: Aws, releases: Native) -> None:
    aws.alarms()
    aws.listed()
    aws.described(desiredCount=0, taskDefinition=NEW)
    aws.updated(desiredCount=2, forceNewDeployment=True)
    aws.listed()
    assert releases.start(NEW, at_least=2) == ""


def test_a_second_deployment_is_refused(aws: Aws, releases: Native) -> None:
    aws.alarms()
    aws.listed(OLD)
    with pytest.raises(SitechatError, match="under way") as caught:
        releases.start(NEW, at_least=2)
    assert caught.value.code is ExitCode.LOCKED


def test_an_alarm_that_is_on_has_to_be_meant(aws: Aws, releases: Native) -> None:
    aws.alarms("errors")
    with pytest.raises(SitechatError, match="errors: on already, so ECS would watch no alarm") as caught:
        releases.start(NEW, at_least=2)
    assert caught.value.code is ExitCode.REFUSED
    assert "--ignore-alarms" in caught.value.hint
    aws.alarms("errors")
    aws.listed()
    aws.described()
    aws.updated()
    aws.listed(NEW)
    aws.revisions(NEW)
    assert releases.start(NEW, at_least=2, ignore_alarms=True) == ID


def test_alarms_are_ignored_only_while_one_is_on(aws: Aws, releases: Native) -> None:
    aws.alarms()
    with pytest.raises(SitechatError, match="no alarm is on") as caught:
        releases.start(NEW, at_least=2, ignore_alarms=True)
    assert caught.value.code is ExitCode.REFUSED


def test_the_deployment_under_way_is_told_with_what_it_brings_and_replaces(aws: Aws, releases: Native) -> None:
    aws.listed(OLD, NEW)
    aws.told()
    aws.revisions(NEW, OLD)
    assert releases.under_way() == STARTED
    aws.listed()
    assert releases.under_way() is None


def test_the_deployment_that_created_the_service_replaces_nothing(aws: Aws, releases: Native) -> None:
    aws.listed(NEW, statuses=())
    aws.told("SUCCESSFUL", sourceServiceRevisions=[])
    aws.told("SUCCESSFUL", sourceServiceRevisions=[])
    aws.revisions(NEW)
    assert releases.creation() == replace(STARTED, before="")
    aws.listed(NEW, statuses=())
    aws.told("SUCCESSFUL")
    assert releases.creation() is None


@pytest.mark.parametrize(
    ("told", "waiting"),
    [
        ({"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT"}, "new tasks are tested"),
        (
            {"lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT", "weight": 10.0},
            "visitors are moved, 10 % of the visitors have new tasks",
        ),
        (
            {"lifecycleStage": "BAKE_TIME", "weight": 100.0, "alarms": {"triggeredAlarmNames": ["errors"]}},
            "alarms are watched, then old tasks end, 100 % of the visitors have new tasks, alarms on: errors",
        ),
        (
            {"lifecycleStage": "POST_SCALE_UP", "lifecycleHookDetails": [{"status": "AWAITING_ACTION"}]},
            "new tasks are healthy, which waits for a person",
        ),
        ({"lifecycleStage": "SOMETHING_NEW"}, "SOMETHING_NEW"),
        ({"status": "PENDING"}, "ECS takes it up"),
        ({"status": "STOP_REQUESTED"}, "ECS stops it"),
    ],
)
def test_progress_says_what_is_waited_for(aws: Aws, releases: Native, told: dict[str, Any], waiting: str) -> None:
    aws.told(**told)
    progress = releases.watch(STARTED)
    assert (progress.state, progress.old, progress.new, progress.wanted) == ("running", 2, 2, 2)
    assert progress.waiting == waiting


def test_tasks_that_fail_to_start_are_told_while_ecs_still_tries(aws: Aws, releases: Native) -> None:
    aws.told(lifecycleStage="SCALE_UP", running=0)
    aws.stopped("no such image")
    waiting = releases.watch(STARTED).waiting
    assert waiting == "new tasks have to start and be healthy: 1 task: no such image"


def test_a_deployment_succeeds(aws: Aws, releases: Native) -> None:
    aws.told("SUCCESSFUL")
    assert releases.watch(STARTED).state == "succeeded"


def test_a_failed_test_is_told_in_its_own_words(aws: Aws, releases: Native) -> None:
    aws.told("ROLLBACK_SUCCESSFUL", rollback={"reason": "hook failed"}, statusReason="rolled back")
    aws.stopped()
    told = {"message": "release test", "revision": REVISION[NEW], "status": "Failed", "words": ["no sources"]}
    aws.test_said(told, {**told, "status": "Succeeded"})
    progress = releases.watch(STARTED)
    assert progress.state == "failed"
    assert progress.reason == "hook failed; rolled back; the test of the new tasks: no sources"


def test_a_rollback_is_watched_to_its_end(aws: Aws, releases: Native) -> None:
    aws.told("ROLLBACK_IN_PROGRESS", statusReason="alarm", alarms={"triggeredAlarmNames": ["errors"]})
    progress = releases.watch(STARTED)
    assert (progress.state, progress.reason) == ("running", "alarm; alarms on: errors")
    assert progress.waiting == f"ECS goes back to {NAME}:1"
    aws.told("ROLLBACK_SUCCESSFUL", statusReason="a person asked")
    assert releases.watch(replace(STARTED, taken_back=ID)).state == "rolled back"


@pytest.mark.parametrize(
    ("status", "said"),
    [("ROLLBACK_FAILED", "gone; and the way back failed"), ("STOPPED", "gone; it was stopped and not taken back")],
)
def test_what_is_over_and_not_well(aws: Aws, releases: Native, status: str, said: str) -> None:
    aws.told(status, statusReason="gone")
    aws.stopped()
    aws.test_said()
    progress = releases.watch(STARTED)
    assert (progress.state, progress.reason) == ("failed", said)


def test_a_deployment_that_no_client_saw_is_found_by_its_revision(aws: Aws, releases: Native) -> None:
    aws.listed(OLD, NEW, statuses=())
    aws.revisions(NEW, OLD)
    aws.told("SUCCESSFUL")
    assert releases.watch(replace(STARTED, deployment="")).state == "succeeded"


@pytest.mark.parametrize(
    ("definition", "state", "said"),
    [(NEW, "running", "ECS takes it up"), (OLD, "failed", "ECS was never asked for it")],
)
def test_one_that_is_not_there_was_asked_for_or_not(
    aws: Aws, releases: Native, definition: str, state: str, said: str
) -> None:
    aws.listed(statuses=())
    aws.described(taskDefinition=definition)
    progress = releases.watch(replace(STARTED, deployment=""))
    assert (progress.state, progress.waiting or progress.reason) == (state, said)


@pytest.mark.parametrize(("verb", "how"), [("roll_back", "ROLLBACK"), ("stop", "ABORT")])
def test_a_deployment_is_stopped_with_or_without_a_way_back(aws: Aws, releases: Native, verb: str, how: str) -> None:
    asked = {"serviceDeploymentArn": ID, "stopType": how}
    aws.ecs.add_response("stop_service_deployment", {"serviceDeploymentArn": ID}, asked)
    assert getattr(releases, verb)(STARTED) == (ID if verb == "roll_back" else None)
    aws.ecs.add_client_error("stop_service_deployment", "ConflictException", expected_params=asked)
    # It came to its end meanwhile.
    assert getattr(releases, verb)(STARTED) == ("" if verb == "roll_back" else None)
    aws.ecs.add_client_error("stop_service_deployment", "AccessDeniedException", expected_params=asked)
    with pytest.raises(SitechatError, match="AWS refused to stop the deployment: AccessDenied"):
        getattr(releases, verb)(STARTED)


def test_a_pause_is_continued_by_its_id(aws: Aws, releases: Native) -> None:
    done, held = {"hookId": "a", "status": "SUCCEEDED"}, {"hookId": "b", "status": "AWAITING_ACTION"}
    aws.told(lifecycleHookDetails=[done, held])
    asked = {"serviceDeploymentArn": ID, "hookId": "b", "action": "CONTINUE"}
    aws.ecs.add_response("continue_service_deployment", {"serviceDeploymentArn": ID}, asked)
    releases.go_on(STARTED)


def test_without_a_pause_there_is_nothing_to_continue(aws: Aws, releases: Native) -> None:
    aws.told()
    with pytest.raises(SitechatError, match="goes on by itself") as caught:
        releases.go_on(STARTED)
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, ("", ())),  # provider 5.100
        ({"deployment_configuration": [], "alarms": []}, ("", ())),
        ({"deployment_configuration": [{"strategy": "ROLLING"}]}, ("rolling", ())),
        (
            {
                "deployment_configuration": [{"strategy": "CANARY"}],
                "alarms": [{"alarm_names": ["unhealthy", "errors"], "enable": True, "rollback": True}],
            },
            ("canary", ("errors", "unhealthy")),
        ),
        (
            {
                "deployment_configuration": [{"strategy": "BLUE_GREEN"}],
                "alarms": [{"alarm_names": ["errors"], "enable": False}],
            },
            ("blue_green", ()),
        ),
    ],
)
def test_the_strategy_stands_in_the_state(attributes: dict[str, Any], expected: tuple[str, tuple[str, ...]]) -> None:
    assert strategy_of(attributes) == expected


@pytest.mark.parametrize(("strategy", "log"), [("CANARY", LOG), ("LINEAR", "/another")])
def test_the_strategy_is_chosen_by_what_the_state_has(aws: Aws, strategy: str, log: str) -> None:
    clients = {"cloudwatch": aws.watch.client, "logs": aws.logs.client}
    session: Any = SimpleNamespace(env=load("prod"), client=clients.__getitem__)
    held: dict[str, Any] = {
        "aws_ecs_service": [{"deployment_configuration": [{"strategy": strategy}]}],
        "aws_cloudwatch_log_group": [{"name": log}],
    }
    service = DeployedService(aws.ecs.client, "main", NAME, NAME, NEW, "aws_ecs_service.web_service", SERVICE, held)
    chosen = choose_strategy(session, service)
    assert isinstance(chosen, Native)
    assert (chosen.name, chosen.has_alarms, chosen.hook_log) == (strategy.lower(), False, LOG if log == LOG else "")
    assert isinstance(choose_strategy(session, replace(service, held={"aws_ecs_service": [{}]})), Rolling)
