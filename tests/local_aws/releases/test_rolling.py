"""Rolling deployments of ECS's own that alarms watch: what ECS tells while they are, and what an alarm does to one.

The tests share one service and run in order: each begins where the one before has left it.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest

from pipeline.errors import SitechatError
from pipeline.operations.releases.rolling import Rolling
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.operations.releases.watching import _Screen
from tests.local_aws.releases import building
from tests.local_aws.releases.conftest import NAME, Load, Site, reached

pytestmark = pytest.mark.slow
# A minute is a second.
CLOCK_FACTOR = "60"
ERRORS, UNHEALTHY = "rolling-errors", "rolling-unhealthy"
ALARMS = {"alarmNames": [ERRORS, UNHEALTHY], "enable": True, "rollback": True}
CONFIGURATION = {
    "minimumHealthyPercent": 100,
    "maximumPercent": 200,
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}


@pytest.fixture(scope="module")
def rolling(built_site: Site) -> Site:
    """The service with one task; of its alarms one looks back for two minutes, the other one for four."""
    watch, ecs, built = built_site.client("cloudwatch"), built_site.client("ecs"), built_site.built
    for name, periods in ((ERRORS, 2), (UNHEALTHY, 4)):
        watch.put_metric_alarm(
            AlarmName=name,
            Namespace="Nobody",
            MetricName="Writes",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=periods,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="ignore",
        )
    ecs.create_cluster(clusterName=NAME)
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=built_site.definition()[0],
        desiredCount=1,
        launchType="FARGATE",
        deploymentConfiguration={**CONFIGURATION, "alarms": ALARMS},
        loadBalancers=[{"targetGroupArn": built.blue, "containerName": "app", "containerPort": 8080}],
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": list(built.subnets), "securityGroups": [built.task_group]}
        },
    )
    reached(lambda: built_site.ask() == "g1")
    return built_site


def ring(site: Site, name: str, state: str = "ALARM") -> None:
    site.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="by the test")


def update(site: Site, **changes: Any) -> str:
    """Id of the deployment that is primary after an update."""
    told = site.client("ecs").update_service(cluster=NAME, service=NAME, **changes)["service"]
    return str(told["deployments"][0]["id"])


def states(site: Site) -> list[tuple[str, str, str]]:
    told = site.service()["deployments"]
    return [(each["id"], each["status"], each["rolloutState"]) for each in told]


def messages(site: Site) -> list[str]:
    return [each["message"] for each in site.service()["events"]]


def steady(site: Site) -> str:
    """The one deployment, once it is completed."""
    reached(lambda: [each[1:] for each in states(site)] == [("PRIMARY", "COMPLETED")])
    return states(site)[0][0]


def test_the_first_deployment_is_watched_by_none(rolling: Site) -> None:
    (only,) = states(rolling)
    assert only[1:] == ("PRIMARY", "COMPLETED")


def test_a_watched_deployment_is_in_progress_until_no_alarm_looks_back_at_its_beginning(rolling: Site) -> None:
    before, (definition, greeting) = steady(rolling), rolling.definition()
    made = update(rolling, taskDefinition=definition)
    reached(lambda: rolling.service()["deployments"][-1]["runningCount"] == 0)
    assert states(rolling) == [(made, "PRIMARY", "IN_PROGRESS"), (before, "ACTIVE", "COMPLETED")]
    assert rolling.service()["deployments"][0]["rolloutStateReason"] == f"ECS deployment {made} in progress."
    assert steady(rolling) == made
    reached(lambda: rolling.ask() == greeting)


@pytest.mark.parametrize("when", ["both run", "the old task is gone"])
def test_an_alarm_takes_it_back_to_the_last_completed_one(rolling: Site, when: str) -> None:
    before, running = steady(rolling), rolling.service()["taskDefinition"]
    made = update(rolling, taskDefinition=rolling.definition()[0])
    old = 1 if when == "both run" else 0
    reached(
        lambda: [each["runningCount"] for each in rolling.service()["deployments"]][:2] == [1, old],
    )
    ring(rolling, ERRORS)
    reached(lambda: (before, "PRIMARY", "IN_PROGRESS") in states(rolling))
    primary, failed = rolling.service()["deployments"]
    assert primary["rolloutStateReason"] == f"rolling back to deployment {before}."
    assert (failed["id"], failed["rolloutState"]) == (made, "FAILED")
    assert (failed["rolloutStateReason"], failed["desiredCount"]) == ("deployment failed: alarm detected.", 0)
    assert steady(rolling) == before
    assert rolling.service()["taskDefinition"] == running
    back, detected = (each for each in messages(rolling) if made in each or f"deployment {before}" in each)
    assert back == f"(service {NAME}) rolling back to deployment {before}."
    assert detected == f"(service {NAME}) (deployment {made}) deployment failed: alarm detected."
    assert rolling.service()["deploymentConfiguration"] == {**CONFIGURATION, "alarms": ALARMS}
    ring(rolling, ERRORS, "OK")


def test_an_alarm_that_is_on_at_the_beginning_leaves_the_deployment_unwatched(rolling: Site) -> None:
    ring(rolling, UNHEALTHY)
    made = update(rolling, taskDefinition=rolling.definition()[0])
    assert steady(rolling) == made
    ring(rolling, UNHEALTHY, "OK")


def test_alarms_can_be_switched_off_and_stay_so_until_they_are_switched_on(rolling: Site) -> None:
    off = {**ALARMS, "enable": False, "rollback": False}
    steady(rolling)
    made = update(rolling, taskDefinition=rolling.definition()[0], deploymentConfiguration={"alarms": off})
    ring(rolling, ERRORS)
    assert steady(rolling) == made
    ring(rolling, ERRORS, "OK")
    assert rolling.service()["deploymentConfiguration"] == {**CONFIGURATION, "alarms": off}, "the rest is kept"
    assert update(rolling, deploymentConfiguration={"alarms": ALARMS}) == made, "no deployment begins"
    assert states(rolling) == [(made, "PRIMARY", "COMPLETED")]


def test_a_second_deployment_goes_back_past_the_one_that_was_still_watched(rolling: Site) -> None:
    before = steady(rolling)
    update(rolling, taskDefinition=rolling.definition()[0])
    reached(lambda: rolling.service()["deployments"][-1]["runningCount"] == 0)
    update(rolling, taskDefinition=rolling.definition()[0])
    reached(lambda: rolling.service()["deployments"][0]["runningCount"] == 1)
    ring(rolling, ERRORS)
    assert steady(rolling) == before
    ring(rolling, ERRORS, "OK")


def followed(site: Site, strategy: Rolling, started: Started, *, ring_after: str = "") -> tuple[Progress, list[str]]:
    """The end of a release, and what was waited for; its alarm rings at one of these, and is off before the end."""
    waited: list[str] = []
    shown: Any = SimpleNamespace(note=lambda text: None, update=waited.append)
    screen, rung = _Screen(shown), False
    while True:
        progress = screen.show(strategy.watch(started))
        if progress.state != "running":
            return progress, waited
        if ring_after and ring_after in progress.waiting and not rung:
            ring(site, ERRORS)
            rung = True
        elif progress.reason:
            ring(site, ERRORS, "OK")
        time.sleep(0.2)


def test_a_release_is_followed_taken_back_and_told(rolling: Site) -> None:
    """What `sitechat release` makes of it, whole."""
    service: Any = SimpleNamespace(
        ecs=rolling.client("ecs"), cluster=NAME, name=NAME, family=building.NAME, look=rolling.service
    )
    strategy = Rolling(service, (ERRORS, UNHEALTHY), rolling.client("cloudwatch"))
    steady(rolling)
    before, (bad, _), (good, _) = rolling.service()["taskDefinition"], rolling.definition(), rolling.definition()
    made = Started(strategy.start(bad, at_least=1), bad, before)
    progress, waited = followed(rolling, strategy, made, ring_after="watches the alarms")
    assert progress.state == "failed"
    # A minute is a second here: on a busy machine a task may miss its health checks too, and the reason goes on.
    assert progress.reason.startswith(f"alarm detected; alarms on: {ERRORS}")
    assert any("ECS watches the alarms a while longer" in each for each in waited)
    assert "ECS goes back to web:" in waited[-1]

    ring(rolling, ERRORS)
    with pytest.raises(SitechatError, match=f"{ERRORS}: on already"):
        strategy.start(good, at_least=1)
    made = Started(strategy.start(good, at_least=1, ignore_alarms=True), good, before)
    progress, waited = followed(rolling, strategy, made)
    assert progress.state == "succeeded"
    assert not any("watches the alarms" in each for each in waited)
    assert strategy.restore_alarms()
    assert not strategy.restore_alarms()
    ring(rolling, ERRORS, "OK")
    assert [each[1:] for each in states(rolling)] == [("PRIMARY", "COMPLETED")], "which begins no deployment"


def test_the_old_task_goes_once_the_load_balancer_finds_the_new_one_healthy(rolling: Site) -> None:
    """ministack itself would stop the old one a second after the new one runs."""
    elb, group = rolling.client("elbv2"), rolling.built.blue
    steady(rolling)
    # Nobody answers so: the new one never passes, and the old one is unhealthy after ten checks, a second apart.
    elb.modify_target_group(
        TargetGroupArn=group, Matcher={"HttpCode": "299"}, HealthCheckIntervalSeconds=60, UnhealthyThresholdCount=10
    )
    definition, new = rolling.definition()
    with Load(rolling) as load:
        deployment = update(rolling, taskDefinition=definition)
        reached(lambda: rolling.service()["deployments"][0]["runningCount"] == 1)
        time.sleep(3)
        assert (deployment, "PRIMARY", "IN_PROGRESS") in states(rolling)
        elb.modify_target_group(TargetGroupArn=group, Matcher={"HttpCode": "200"})
        reached(lambda: (deployment, "PRIMARY", "COMPLETED") in states(rolling))
        reached(lambda: rolling.ask() == new)
    assert load.lost == []


def test_an_alarm_that_is_not_there_is_not_implemented(rolling: Site) -> None:
    steady(rolling)
    gone = {**ALARMS, "alarmNames": ["nobody"]}
    with pytest.raises(botocore.exceptions.ClientError, match="alarms that don't exist isn't documented: nobody"):
        update(
            rolling, taskDefinition=rolling.definition()[0], deploymentConfiguration={**CONFIGURATION, "alarms": gone}
        )


def test_a_service_of_code_deploy_takes_no_alarms(rolling: Site) -> None:
    ecs = rolling.client("ecs")
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="DeploymentAlarms"):
        ecs.create_service(
            cluster=NAME,
            serviceName=f"{NAME}-2",
            taskDefinition=building.NAME,
            deploymentController={"type": "CODE_DEPLOY"},
            deploymentConfiguration={"alarms": ALARMS},
        )
