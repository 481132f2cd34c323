"""CodeDeploy's answers, in the shapes of its service model: what is asked of it, and how far a deployment is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.code_deploy import CodeDeploy, DeploymentGroup, appspec, group_of
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.releases.strategy import Progress, Started

NAME = "sitechat-prod-app"
OLD, NEW = (f"arn:aws:ecs:us-east-1:222222222222:task-definition/{NAME}:{number}" for number in (1, 2))
ID, BACK = "d-AAAAAAAAA", "d-BBBBBBBBB"
STARTED = Started(ID, NEW, OLD)
GROUP = DeploymentGroup(NAME, NAME, "canary", ("errors",), f"{NAME}-hook")
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}}
CAPACITY = [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
CONFIGURED = {
    "PlatformVersion": "LATEST",
    "NetworkConfiguration": {
        "AwsvpcConfiguration": {"Subnets": ["subnet-2"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}
    },
    "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT", "Base": 0, "Weight": 1}],
}
BALANCER = [{"targetGroupArn": "arn:of:blue", "containerName": "app", "containerPort": 8080}]
BLUE = {"status": "PRIMARY", "taskDefinition": OLD, "loadBalancers": BALANCER, "networkConfiguration": NETWORK}
SERVICE = {
    "status": "ACTIVE",
    "desiredCount": 2,
    "deploymentController": {"type": "CODE_DEPLOY"},
    "taskSets": [{**BLUE, "id": "ecs-svc/9", "capacityProviderStrategy": CAPACITY, "platformVersion": "1.4.0"}],
}
TARGET = f"main:{NAME}"


@dataclass
class Aws:
    """Stubbed clients, whose requests and answers are checked against botocore's service models."""

    ecs: Stubber
    deploy: Stubber
    watch: Stubber

    def stopped(self, reason: str = "") -> None:
        arns = ["arn:of:task"] if reason else []
        asked = {"cluster": "main", "family": NAME, "desiredStatus": "STOPPED"}
        self.ecs.add_response("list_tasks", {"taskArns": arns}, asked)
        if reason:
            told = {"tasks": [{"taskDefinitionArn": NEW, "stoppedReason": reason}]}
            self.ecs.add_response("describe_tasks", told, {"cluster": "main", "tasks": arns})

    def alarms(self, *on: str) -> None:
        found = [{"AlarmName": "errors", "StateValue": "ALARM" if "errors" in on else "OK"}]
        self.watch.add_response("describe_alarms", {"MetricAlarms": found}, {"AlarmNames": ["errors"]})

    def told(self, deployment: str, status: str, **info: Any) -> None:
        answer = {"deploymentInfo": {"deploymentId": deployment, "status": status, **info}}
        self.deploy.add_response("get_deployment", answer, {"deploymentId": deployment})

    def target(self, *events: tuple[str, str, str], weight: float = 0.0) -> None:
        self.deploy.add_response("list_deployment_targets", {"targetIds": [TARGET]}, {"deploymentId": ID})
        told = [
            {"lifecycleEventName": name, "status": status, "diagnostics": {"message": said}}
            for name, status, said in events
        ]
        sets = [
            {"taskSetLabel": "Blue", "runningCount": 2, "desiredCount": 2, "trafficWeight": 100 - weight},
            {"taskSetLabel": "Green", "runningCount": 1, "desiredCount": 2, "trafficWeight": weight},
        ]
        answer = {"deploymentTarget": {"ecsTarget": {"lifecycleEvents": told, "taskSetsInfo": sets}}}
        self.deploy.add_response("get_deployment_target", answer, {"deploymentId": ID, "targetId": TARGET})


@pytest.fixture
def aws() -> Iterator[Aws]:
    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    stubs = [Stubber(boto3.client(name, **keys)) for name in ("ecs", "codedeploy", "cloudwatch")]
    with ExitStack() as stack:
        for each in stubs:
            stack.enter_context(each)
        yield Aws(*stubs)
        for each in stubs:
            each.assert_no_pending_responses()


@pytest.fixture
def releases(aws: Aws) -> CodeDeploy:
    service = DeployedService(aws.ecs.client, "main", NAME, NAME, NEW, "aws_ecs_service.it", SERVICE)
    return CodeDeploy(service, GROUP, aws.deploy.client, aws.watch.client)


def described(aws: Aws, **changes: Any) -> None:
    answer = {"services": [{**SERVICE, **changes}]}
    aws.ecs.add_response("describe_services", answer, {"cluster": "main", "services": [NAME]})


def created(aws: Aws, **given: Any) -> None:
    content = {"revisionType": "AppSpecContent", "appSpecContent": {"content": appspec(SERVICE, NEW, GROUP.hook, {})}}
    asked = {"applicationName": NAME, "deploymentGroupName": NAME, "revision": content, **given}
    aws.deploy.add_response("create_deployment", {"deploymentId": ID}, asked)


def test_the_appspec_says_what_runs_where_and_who_tests_it() -> None:
    told = json.loads(appspec(SERVICE, NEW, "hook", {}))
    assert told["Hooks"] == [{"AfterAllowTestTraffic": "hook"}]
    (service,) = [each["TargetService"] for each in told["Resources"]]
    assert service["Type"] == "AWS::ECS::Service"
    assert service["Properties"] == {
        "TaskDefinition": NEW,
        "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080},
        "PlatformVersion": "1.4.0",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}
        },
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1, "Base": 0}],
    }
    assert "Hooks" not in json.loads(appspec(SERVICE, NEW, "", {}))


def test_what_is_configured_takes_the_place_of_what_runs() -> None:
    told = json.loads(appspec(SERVICE, NEW, "hook", CONFIGURED))["Resources"][0]["TargetService"]["Properties"]
    assert told.items() >= CONFIGURED.items()
    assert told.keys() == {"TaskDefinition", "LoadBalancerInfo", *CONFIGURED}


def test_a_deployment_ships_what_is_configured(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms()
    described(aws)
    content = {"content": appspec(SERVICE, NEW, GROUP.hook, CONFIGURED)}
    created(aws, revision={"revisionType": "AppSpecContent", "appSpecContent": content})
    service = replace(releases.service, placement=CONFIGURED)
    assert replace(releases, service=service).start(NEW, at_least=2) == ID
    assert service.misplaced == ("subnets", "capacity providers")
    assert releases.service.misplaced == ()


def test_what_runs_is_what_the_primary_task_set_has(releases: CodeDeploy) -> None:
    assert (releases.service.running, releases.service.container, releases.service.steady) == (OLD, "app", True)


def test_a_deployment_is_asked_for_once_no_alarm_is_on(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms()
    described(aws)
    created(aws)
    assert releases.start(NEW, at_least=2) == ID


def test_a_service_that_wants_no_task_wants_some_before(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms()
    described(aws, desiredCount=0)
    raised = {"cluster": "main", "service": NAME, "desiredCount": 2}
    aws.ecs.add_response("update_service", {"service": SERVICE}, raised)
    created(aws)
    assert releases.start(NEW, at_least=2) == ID


def test_how_many_tasks_a_service_with_some_wants_is_left_to_scaling(aws: Aws, releases: CodeDeploy) -> None:
    """Whoever releases by CodeDeploy needn't be allowed to update the service."""
    aws.alarms()
    described(aws, desiredCount=1)
    created(aws)
    assert releases.start(NEW, at_least=2) == ID


def test_whoever_may_not_change_the_service_is_told_who_has_to(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms()
    described(aws, desiredCount=0)
    aws.ecs.add_client_error("update_service", "AccessDeniedException")
    with pytest.raises(SitechatError, match=f"{NAME} wants no task, so CodeDeploy would start none") as caught:
        releases.start(NEW, at_least=2)
    assert caught.value.code is ExitCode.FAILED
    assert "types `sitechat release` once" in caught.value.hint


def test_an_alarm_that_is_on_refuses_it_unless_it_is_ignored(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms("errors")
    with pytest.raises(SitechatError, match="errors: on already") as caught:
        releases.start(NEW, at_least=2)
    assert caught.value.code is ExitCode.REFUSED
    assert "--ignore-alarms" in caught.value.hint
    described(aws)
    created(aws, overrideAlarmConfiguration={"enabled": False})
    assert releases.start(NEW, at_least=2, ignore_alarms=True) == ID


def test_two_at_once_are_refused(aws: Aws, releases: CodeDeploy) -> None:
    aws.alarms()
    described(aws)
    aws.deploy.add_client_error("create_deployment", "DeploymentLimitExceededException")
    with pytest.raises(SitechatError) as caught:
        releases.start(NEW, at_least=2)
    assert caught.value.code is ExitCode.LOCKED


def test_progress_has_tasks_weights_and_alarms(aws: Aws, releases: CodeDeploy) -> None:
    aws.told(ID, "InProgress")
    aws.target(("Install", "Succeeded", ""), ("AllowTraffic", "InProgress", ""), weight=10.0)
    aws.alarms("errors")
    aws.stopped()
    found = releases.watch(STARTED)
    assert (found.state, found.old, found.new, found.wanted) == ("running", 2, 1, 2)
    assert found.waiting == "visitors are moved, 10 % of the visitors have new tasks, alarms on: errors"
    assert found.events == ("Install succeeded",)


def test_tasks_that_fail_to_start_are_told_while_codedeploy_waits_for_them(aws: Aws, releases: CodeDeploy) -> None:
    aws.told(ID, "InProgress")
    aws.target(("Install", "InProgress", ""))
    aws.alarms()
    aws.stopped("Essential container in task exited")
    waiting = releases.watch(STARTED).waiting
    assert waiting == "new tasks have to start and be healthy: 1 task: Essential container in task exited"


def test_before_codedeploy_has_begun_there_is_no_target(aws: Aws, releases: CodeDeploy) -> None:
    aws.told(ID, "Created")
    aws.deploy.add_client_error("list_deployment_targets", "DeploymentNotStartedException")
    aws.alarms()
    assert releases.watch(STARTED).waiting == "CodeDeploy takes it up"


def test_the_old_tasks_end_last(aws: Aws, releases: CodeDeploy) -> None:
    aws.told(ID, "InProgress", instanceTerminationWaitTimeStarted=True)
    aws.target(("AllowTraffic", "Succeeded", ""), weight=100.0)
    aws.alarms()
    aws.stopped()
    assert releases.watch(STARTED).waiting.startswith("alarms are watched, then old tasks end, 100 %")


def test_a_failed_hook_is_told_in_its_own_words_once_what_ran_before_runs_again(aws: Aws, releases: CodeDeploy) -> None:
    failed = {"errorInformation": {"code": "HOOK_EXECUTION_FAILURE", "message": "one or more hooks failed"}}
    aws.told(ID, "Failed", **failed, rollbackInfo={"rollbackDeploymentId": BACK})
    aws.target(("AfterAllowTestTraffic", "Failed", "no sources"))
    aws.target(("AfterAllowTestTraffic", "Failed", "no sources"))
    aws.told(BACK, "InProgress")
    going = releases.watch(STARTED)
    assert (going.state, going.waiting) == ("running", f"CodeDeploy goes back to {NAME}:1")

    aws.told(ID, "Failed", **failed, rollbackInfo={"rollbackDeploymentId": BACK})
    for _ in range(2):
        aws.target(("AfterAllowTestTraffic", "Failed", "no sources"))
    aws.told(BACK, "Succeeded")
    aws.stopped()
    ended = releases.watch(STARTED)
    assert ended.state == "failed"
    assert ended.reason == "HOOK_EXECUTION_FAILURE: one or more hooks failed; AfterAllowTestTraffic: no sources"


def test_a_person_stops_it_and_it_is_taken_back(aws: Aws, releases: CodeDeploy) -> None:
    asked = {"deploymentId": ID, "autoRollbackEnabled": True}
    aws.deploy.add_response("stop_deployment", {"status": "Pending"}, asked)
    taken = Started(ID, NEW, OLD, taken_back=releases.roll_back(STARTED))
    for _ in range(1):
        aws.told(ID, "Stopped", rollbackInfo={"rollbackDeploymentId": BACK})
        aws.target()
        aws.target()
        aws.told(BACK, "Succeeded")
    assert releases.watch(taken).state == "rolled back"


def test_one_that_has_ended_can_not_be_taken_back(aws: Aws, releases: CodeDeploy) -> None:
    aws.deploy.add_client_error("stop_deployment", "DeploymentAlreadyCompletedException")
    assert releases.roll_back(STARTED) == ""


ENABLED = {"autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}}


@pytest.mark.parametrize(
    ("taken_back", "told", "minutes", "state"),
    [
        ("", ENABLED, 0, "running"),
        (ID, {}, 0, "running"),
        ("", {}, 0, "failed"),
        ("", ENABLED, 5, "failed"),
        (ID, ENABLED, 5, "failed"),
    ],
)
def test_a_way_back_that_is_not_there_yet_is_waited_for(
    aws: Aws, releases: CodeDeploy, taken_back: str, told: dict[str, Any], minutes: int, state: str
) -> None:
    """CodeDeploy makes the deployment that takes one back after it has ended that one."""
    completed = datetime.now(UTC) - timedelta(minutes=minutes)
    error = {"errorInformation": {"code": "ALARM_ACTIVE", "message": "one or more alarms"}}
    aws.told(ID, "Stopped", completeTime=completed, **error, **told)
    aws.target()
    aws.target()
    if state == "failed" and not taken_back:
        aws.stopped()
    found = releases.watch(replace(STARTED, taken_back=taken_back))
    assert (found.state, found.reason.startswith("ALARM_ACTIVE")) == (state, True)
    assert found.waiting == (f"CodeDeploy is about to go back to {NAME}:1" if state == "running" else "")


def test_it_goes_on_from_the_wait_that_it_is_in(aws: Aws, releases: CodeDeploy) -> None:
    for started, wait in ((False, "READY_WAIT"), (True, "TERMINATION_WAIT")):
        aws.told(ID, "Ready", instanceTerminationWaitTimeStarted=started)
        asked = {"deploymentId": ID, "deploymentWaitType": wait}
        aws.deploy.add_response("continue_deployment", {}, asked)
        releases.go_on(STARTED)


def test_whoever_began_one_it_is_found_with_what_it_brings(aws: Aws, releases: CodeDeploy) -> None:
    statuses = ["Created", "Queued", "InProgress", "Baking", "Ready"]
    asked = {"applicationName": NAME, "deploymentGroupName": NAME, "includeOnlyStatuses": statuses}
    aws.deploy.add_response("list_deployments", {"deployments": [ID]}, asked)
    described(aws, taskSets=[BLUE, {"status": "ACTIVE", "taskDefinition": NEW, "externalId": ID}])
    assert releases.under_way() == STARTED


FIRST = {**BLUE, "id": "ecs-svc/1", "computedDesiredCount": 2, "runningCount": 1, "stabilityStatus": "STABILIZING"}


def first_tasks(minutes: int, **changes: Any) -> dict[str, Any]:
    return {**FIRST, "createdAt": datetime.now(UTC) - timedelta(minutes=minutes), **changes}


def test_the_first_tasks_of_a_service_are_those_that_codedeploy_never_had(aws: Aws, releases: CodeDeploy) -> None:
    described(aws, taskSets=[FIRST])
    assert releases.creation() == Started("ecs-svc/1", OLD, "")
    described(aws, taskSets=[{**FIRST, "externalId": ID}])
    assert releases.creation() is None


def test_the_first_tasks_are_watched_until_they_are_steady(aws: Aws, releases: CodeDeploy) -> None:
    started = Started("ecs-svc/1", OLD, "")
    described(aws, taskSets=[first_tasks(2)])
    aws.stopped()
    assert releases.watch(started) == Progress("running", 0, 1, 2, "new tasks have to start and be healthy")
    described(aws, taskSets=[first_tasks(2, runningCount=2, stabilityStatus="STEADY_STATE")])
    assert releases.watch(started) == Progress("succeeded", 0, 2, 2)
    described(aws, taskSets=[first_tasks(61)])
    aws.stopped()
    assert releases.watch(started).reason == "its tasks aren't steady after an hour"
    described(aws)
    assert releases.watch(started).state == "replaced"


@pytest.mark.parametrize(
    ("config", "routing", "strategy"),
    [
        ("CodeDeployDefault.ECSAllAtOnce", "", "blue_green"),
        ("own", "TimeBasedCanary", "canary"),
        ("own", "TimeBasedLinear", "linear"),
    ],
)
def test_strategy_and_alarms_are_those_of_the_state(config: str, routing: str, strategy: str) -> None:
    group = {
        "app_name": NAME,
        "deployment_group_name": NAME,
        "deployment_config_name": config,
        "alarm_configuration": [{"enabled": True, "alarms": ["b", "a"]}],
    }
    configs = [{"deployment_config_name": "own", "traffic_routing_config": [{"type": routing}]}]
    assert group_of(group, configs, "") == DeploymentGroup(NAME, NAME, strategy, ("a", "b"), "")


def test_a_failed_test_is_told_in_its_own_words(aws: Aws, releases: CodeDeploy) -> None:
    logs = Stubber(boto3.client("logs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"))
    line = json.dumps({"deployment": ID, "status": "Failed", "words": ["the answer has no sources"]})
    logs.add_response(
        "filter_log_events",
        {"events": [{"message": "START"}, {"message": line}]},
        {"logGroupName": "/hook", "filterPattern": f'"{ID}"'},
    )
    aws.told(ID, "Failed", errorInformation={"code": "HOOK_EXECUTION_FAILURE", "message": "a function failed"})
    aws.target()
    aws.target()
    aws.stopped()
    with logs:
        progress = replace(releases, logs=logs.client, hook_log="/hook").watch(STARTED)
    assert progress.state == "failed"
    assert progress.reason == (
        "HOOK_EXECUTION_FAILURE: a function failed; the test of the new tasks: the answer has no sources"
    )
