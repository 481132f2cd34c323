"""CodeDeploy's deployments that don't succeed: what ends them, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_aws.releases.conftest import EVENTS, NAME, Site, reached

pytestmark = pytest.mark.slow
# An hour of waiting is a third of a minute.
CLOCK_FACTOR = "180"
ALARM = "errors"
ALARMS = {"enabled": True, "alarms": [{"name": ALARM}]}


@pytest.fixture(autouse=True)
def nothing_is_left(site: Site) -> Iterator[None]:
    """Each test leaves the service as it found it: who serves, its task set, the weights of both listeners."""
    before = left(site)
    yield
    assert left(site) == before
    # The load balancer goes by a change within three seconds.
    reached(lambda: set(site.answers(10)) == set(site.answers(2, "/test")) == {site.serving()})


def left(site: Site) -> Any:
    (task_set,) = site.service()["taskSets"]
    weights = [site.weights(each) for each in (site.built.production, site.built.test)]
    return site.serving(), task_set["id"], [{name for name, share in each.items() if share} for each in weights]


def rolled_back(site: Site, deployment: str, status: str, code: str) -> dict[str, Any]:
    """A deployment that has ended so, once the deployment that rolls it back is over too."""
    told = site.ended(deployment, seconds=90)
    assert (told["status"], told["errorInformation"]["code"]) == (status, code), told
    back = told["rollbackInfo"]["rollbackDeploymentId"]
    rollback = site.ended(back)
    assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback"), rollback
    assert rollback["deploymentConfigName"] == "CodeDeployDefault.ECSAllAtOnce"
    assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
    assert site.client("codedeploy").list_deployments(applicationName=NAME, deploymentGroupName=NAME)["deployments"][
        :2
    ] == [back, deployment]
    return told


def failed_at(event: str) -> dict[str, str]:
    """States of the events when one of them failed."""
    at = EVENTS.index(event)
    return {
        name: "Succeeded" if place < at else "Failed" if place == at else "Skipped" for place, name in enumerate(EVENTS)
    }


def test_a_task_set_that_never_becomes_healthy(site: Site) -> None:
    broken, _ = site.definition(image=f"{site.built.image.partition('@')[0]}@sha256:{'0' * 64}")
    before = site.serving()
    deployment = site.deploy(broken)
    site.reaches(deployment, "Install")
    assert set(site.answers(10)) == {before}
    told = rolled_back(site, deployment, "Failed", "TIMEOUT")
    assert "replacement task set to become healthy" in told["errorInformation"]["message"]
    assert site.events(deployment) == failed_at("Install")


def test_a_hook_that_says_so(site: Site) -> None:
    definition, new = site.definition()
    deployment = site.deploy(definition, hooks={"BeforeInstall": "good", "AfterAllowTestTraffic": "bad"})
    rolled_back(site, deployment, "Failed", "HOOK_EXECUTION_FAILURE")
    assert site.events(deployment) == failed_at("AfterAllowTestTraffic")
    assert new not in site.answers(5)


def test_a_hook_that_says_nothing_for_an_hour(site: Site) -> None:
    deploy = site.client("codedeploy")
    definition, _ = site.definition()
    deployment = site.deploy(definition, hooks={"AfterInstall": "silent"})
    site.reaches(deployment, "AfterInstall")
    with pytest.raises(deploy.exceptions.InvalidLifecycleEventHookExecutionIdException):
        deploy.put_lifecycle_event_hook_execution_status(
            deploymentId=deployment, lifecycleEventHookExecutionId="nobody's", status="Succeeded"
        )
    told = rolled_back(site, deployment, "Failed", "TIMEOUT")
    assert "status callback within one hour" in told["errorInformation"]["message"]


@pytest.fixture
def alarm(site: Site) -> Iterator[Any]:
    """Sets the state of the group's alarm, which watches a metric that nobody writes."""
    watch = site.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Chat",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )

    def state(value: str) -> None:
        watch.set_alarm_state(AlarmName=ALARM, StateValue=value, StateReason="by the test")

    state("OK")
    site.group(alarmConfiguration=ALARMS)
    yield state
    site.group(alarmConfiguration={"enabled": False, "alarms": []})
    watch.delete_alarms(AlarmNames=[ALARM])


def test_an_alarm_while_the_canary_has_its_share(site: Site, alarm: Any) -> None:
    old, (definition, new) = site.serving(), site.definition()
    canary = {"canaryPercentage": 10, "canaryInterval": 120}
    config = site.config("canary10", type="TimeBasedCanary", timeBasedCanary=canary)
    deployment = site.deploy(definition, deploymentConfigName=config)
    site.reaches(deployment, "AllowTraffic")
    reached(lambda: new in site.answers(10))
    assert site.answers(20) == {old: 18, new: 2}
    alarm("ALARM")
    told = rolled_back(site, deployment, "Stopped", "ALARM_ACTIVE")
    assert told["errorInformation"]["message"].endswith(f"Activated alarms: <{ALARM}>")
    assert site.events(deployment) == failed_at("AllowTraffic")


def test_an_alarm_while_the_old_tasks_wait_for_their_end(site: Site, alarm: Any) -> None:
    deploy = site.client("codedeploy")
    before = deploy.get_deployment_group(applicationName=NAME, deploymentGroupName=NAME)["deploymentGroupInfo"]
    ended = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 100}
    site.group(blueGreenDeploymentConfiguration={"terminateBlueInstancesOnDeploymentSuccess": ended})
    definition, new = site.definition()
    deployment = site.deploy(definition)
    reached(lambda: bool(site.info(deployment)["instanceTerminationWaitTimeStarted"]))
    reached(lambda: set(site.answers(5)) == {new})
    alarm("ALARM")
    rolled_back(site, deployment, "Stopped", "ALARM_ACTIVE")
    assert site.events(deployment) == dict.fromkeys(EVENTS, "Succeeded")
    site.group(blueGreenDeploymentConfiguration=before["blueGreenDeploymentConfiguration"])


def test_an_alarm_that_is_on_already_and_one_that_is_overridden(site: Site, alarm: Any) -> None:
    alarm("ALARM")
    definition, _ = site.definition()
    deployment = site.deploy(definition)
    rolled_back(site, deployment, "Stopped", "ALARM_ACTIVE")
    assert site.events(deployment) == failed_at("Install")
    deployment = site.deploy(definition, overrideAlarmConfiguration={"enabled": False, "alarms": []})
    site.reaches(deployment, "Install", "Succeeded")
    site.client("codedeploy").stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    rolled_back(site, deployment, "Stopped", "MANUAL_STOP")


def test_a_person_stops_it(site: Site) -> None:
    deploy = site.client("codedeploy")
    definition, new = site.definition()
    canary = {"canaryPercentage": 10, "canaryInterval": 120}
    config = site.config("canary10", type="TimeBasedCanary", timeBasedCanary=canary)
    deployment = site.deploy(definition, deploymentConfigName=config)
    site.reaches(deployment, "AllowTraffic")
    reached(lambda: new in site.answers(10))
    assert deploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)["status"] == "Pending"
    rolled_back(site, deployment, "Stopped", "MANUAL_STOP")
    with pytest.raises(deploy.exceptions.DeploymentAlreadyCompletedException):
        deploy.stop_deployment(deploymentId=deployment)


def test_a_listener_that_leads_elsewhere(site: Site) -> None:
    elb = site.client("elbv2")
    (was,) = elb.describe_listeners(ListenerArns=[site.built.production])["Listeners"]
    used = {each["targetGroupArn"] for each in site.service()["loadBalancers"]}
    (other,) = {site.built.blue, site.built.green} - used
    only = [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": other, "Weight": 1}]}}]
    elb.modify_listener(ListenerArn=site.built.production, DefaultActions=only)
    definition, _ = site.definition()
    told = site.ended(site.deploy(definition))
    elb.modify_listener(ListenerArn=site.built.production, DefaultActions=was["DefaultActions"])
    assert told["errorInformation"]["code"] == "ELASTIC_LOAD_BALANCING_INVALID"
    assert "Primary taskset target group must be behind listener" in told["errorInformation"]["message"]
    site.ended(told["rollbackInfo"]["rollbackDeploymentId"])


def test_a_container_that_the_task_definition_lacks(site: Site) -> None:
    other = site.client("ecs").register_task_definition(
        family="other", containerDefinitions=[{"name": "strange", "image": "x"}]
    )["taskDefinition"]["taskDefinitionArn"]
    deployment = site.deploy(other)
    told = rolled_back(site, deployment, "Failed", "ECS_UPDATE_ERROR")
    assert "The container app does not exist in the task definition." in told["errorInformation"]["message"]
