"""CodeDeploy's deployments that succeed, seen by who answers, and what ECS shows of them meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.local_aws.releases.conftest import ENDED, EVENTS, NAME, Load, Site, reached

pytestmark = pytest.mark.slow
# Five minutes, in which a service that scales has to be steady, are ten seconds.
CLOCK_FACTOR = "30"
# Requests whose answers are counted; the load balancer spreads them evenly by the weights.
COUNTED = 20


def pair(site: Site) -> tuple[str, str]:
    """Names of the target groups: the one that serves, and the other."""
    group = str(site.service()["loadBalancers"][0]["targetGroupArn"]).split("/")[-2]
    return group, "green" if group == "blue" else "blue"


def test_all_at_once_with_a_hook_that_sees_the_new_tasks_alone(site: Site) -> None:
    old, (definition, new) = site.serving(), site.definition()
    was, other = pair(site)
    with Load(site) as load:
        deployment = site.deploy(definition, hooks={"AfterAllowTestTraffic": "good"}, description="first")
        told = site.ended(deployment)
        reached(lambda: load.seen[new] > COUNTED)
    assert load.lost == []
    assert told["status"] == "Succeeded", told
    assert site.events(deployment) == dict.fromkeys(EVENTS, "Succeeded")
    assert (site.serving(), set(site.answers(COUNTED)), set(site.answers(3, "/test"))) == (new, {new}, {new})
    assert site.weights(site.built.production) == {was: 0, other: 100}
    assert (old != new, pair(site)) == (True, (other, was))
    assert (told["creator"], told["description"]) == ("user", "first")
    assert told["deploymentOverview"]["Succeeded"] == 1
    assert told["revision"]["appSpecContent"].keys() == {"sha256"}
    assert told["completeTime"] >= told["startTime"] >= told["createTime"]


def test_a_task_is_told_which_revision_it_runs(site: Site) -> None:
    address = site.variables()["ECS_CONTAINER_METADATA_URI_V4"]
    assert urlsplit(address).hostname == "127.0.0.1"
    with urllib.request.urlopen(f"{address}/task", timeout=10) as answer:
        told = json.load(answer)
    assert f"{told['Family']}:{told['Revision']}" == site.service()["taskDefinition"].rpartition("/")[2]


def test_a_canary_gets_its_share_first_and_all_afterwards(site: Site) -> None:
    old, (definition, new) = site.serving(), site.definition()
    was, other = pair(site)
    canary = {"canaryPercentage": 20, "canaryInterval": 5}
    config = site.config("canary20", type="TimeBasedCanary", timeBasedCanary=canary)
    deployment = site.deploy(definition, deploymentConfigName=config)
    site.reaches(deployment, "AllowTraffic")
    reached(lambda: site.weights(site.built.production) == {was: 80, other: 20})
    reached(lambda: new in site.answers(5))
    assert site.answers(COUNTED) == {old: COUNTED * 0.8, new: COUNTED * 0.2}

    blue, green = site.service()["taskSets"]
    assert (blue["status"], green["status"]) == ("PRIMARY", "ACTIVE")
    assert (green["externalId"], green["startedBy"], blue.get("externalId")) != (None, None, deployment)
    assert green["externalId"] == deployment
    assert {each["stabilityStatus"] for each in (blue, green)} == {"STEADY_STATE"}
    assert (site.service()["desiredCount"], site.service()["runningCount"]) == (1, 2)
    reached(lambda: len(site.target(deployment)["taskSetsInfo"]) == 2)
    seen = {each["taskSetLabel"]: each for each in site.target(deployment)["taskSetsInfo"]}
    assert {name: each["trafficWeight"] for name, each in seen.items()} == {"Blue": 80.0, "Green": 20.0}
    assert seen["Green"]["targetGroup"] == {"name": other}
    with pytest.raises(site.client("codedeploy").exceptions.DeploymentLimitExceededException, match=deployment):
        site.deploy(definition)

    site.reaches(deployment, "AllowTraffic", "Succeeded")
    reached(lambda: set(site.answers(COUNTED)) == {new})
    assert site.ended(deployment)["status"] == "Succeeded"
    (only,) = site.service()["taskSets"]
    assert (only["id"], only["status"]) == (green["id"], "PRIMARY")


def test_a_linear_deployment_goes_on_after_its_client_is_gone(site: Site) -> None:
    old, (definition, new) = site.serving(), site.definition()
    _, other = pair(site)
    linear = {"linearPercentage": 40, "linearInterval": 2}
    config = site.config("linear40", type="TimeBasedLinear", timeBasedLinear=linear)
    site.group(deploymentConfigName=config)
    deployment = asked_by_another_process(site, definition)
    seen: list[dict[str, int]] = []

    def over() -> bool:
        weights = site.weights(site.built.production)
        if weights not in seen:
            seen.append(weights)
        return site.info(deployment)["status"] in ENDED

    with Load(site) as load:
        reached(over)
    assert load.lost == []
    assert site.info(deployment)["status"] == "Succeeded"
    shares = [each.get(other, 0) for each in seen]
    assert shares == [0, 40, 80, 100]
    assert (set(site.answers(COUNTED)), old != new) == ({new}, True)
    site.group(deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")


def asked_by_another_process(site: Site, definition: str) -> str:
    """A deployment that a process asks for which ends at once."""
    program = """
import json, sys, boto3
url, account, name, definition = sys.argv[1:]
deploy = boto3.client("codedeploy", endpoint_url=url, region_name="us-east-1", aws_access_key_id=account,
                      aws_secret_access_key="x")
info = {"ContainerName": "app", "ContainerPort": 8080}
service = {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": definition, "LoadBalancerInfo": info}}
content = json.dumps({"version": 0.0, "Resources": [{"TargetService": service}]})
revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
print(deploy.create_deployment(applicationName=name, deploymentGroupName=name, revision=revision)["deploymentId"])
"""
    words = [sys.executable, "-c", program, site.endpoint.url, site.endpoint.account_id, NAME, definition]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_a_wait_before_traffic_and_one_before_the_end_are_ended_by_hand(site: Site) -> None:
    deploy = site.client("codedeploy")
    before = deploy.get_deployment_group(applicationName=NAME, deploymentGroupName=NAME)["deploymentGroupInfo"]
    ended = {"action": "TERMINATE", "terminationWaitTimeInMinutes": 2880}
    waiting = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 1000}
    site.group(
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": ended,
            "deploymentReadyOption": waiting,
        }
    )
    old, (definition, new) = site.serving(), site.definition()
    deployment = site.deploy(definition)
    reached(lambda: site.info(deployment)["status"] == "Ready")
    reached(lambda: site.ask("/test") == new)
    assert set(site.answers(COUNTED)) == {old}
    with pytest.raises(deploy.exceptions.InvalidDeploymentStatusException):
        deploy.continue_deployment(deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT")
    deploy.continue_deployment(deploymentId=deployment, deploymentWaitType="READY_WAIT")
    reached(lambda: bool(site.info(deployment)["instanceTerminationWaitTimeStarted"]))
    reached(lambda: set(site.answers(COUNTED)) == {new})
    assert site.info(deployment)["status"] == "InProgress"
    statuses = [each["status"] for each in site.service()["taskSets"]]
    assert statuses == ["PRIMARY", "ACTIVE"]
    deploy.continue_deployment(deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT")
    assert site.ended(deployment)["status"] == "Succeeded"
    with pytest.raises(deploy.exceptions.DeploymentAlreadyCompletedException):
        deploy.continue_deployment(deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT")
    site.group(blueGreenDeploymentConfiguration=before["blueGreenDeploymentConfiguration"])


def test_the_service_scales_during_a_deployment_and_after_it(site: Site) -> None:
    scaling = site.client("application-autoscaling")
    named = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    target: dict[str, Any] = {**named, "ResourceId": f"service/{NAME}/{NAME}"}
    definition, new = site.definition()
    canary = {"canaryPercentage": 50, "canaryInterval": 8}
    config = site.config("canary50", type="TimeBasedCanary", timeBasedCanary=canary)
    deployment = site.deploy(definition, deploymentConfigName=config)
    site.reaches(deployment, "AllowTraffic")
    scaling.register_scalable_target(**target, MinCapacity=2, MaxCapacity=3)

    def counts() -> list[tuple[int, int]]:
        return [(each["computedDesiredCount"], each["runningCount"]) for each in site.service()["taskSets"]]

    reached(lambda: counts() == [(2, 2), (2, 2)])
    assert (site.service()["desiredCount"], site.service()["runningCount"]) == (2, 4)
    assert len(site.client("ecs").list_tasks(cluster=NAME, serviceName=NAME)["taskArns"]) == 4
    told = site.ended(deployment)
    assert told["status"] == "Succeeded", told
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=1)
    reached(lambda: counts() == [(1, 1)])
    scaling.deregister_scalable_target(**target)
    reached(lambda: set(site.answers(5)) == {new})


def test_clients_see_one_service_and_its_tasks(site: Site) -> None:
    ecs, service = site.client("ecs"), site.service()
    assert ecs.list_services(cluster=NAME)["serviceArns"] == [service["serviceArn"]]
    (cluster,) = ecs.describe_clusters(clusters=[NAME])["clusters"]
    assert cluster["activeServicesCount"] == 1
    arns = ecs.list_tasks(cluster=NAME, serviceName=NAME)["taskArns"]
    (task,) = ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"]
    (task_set,) = service["taskSets"]
    assert (task["group"], task["startedBy"]) == (f"service:{NAME}", task_set["id"])
    assert (service["deployments"], service["taskDefinition"]) == ([], task["taskDefinitionArn"])
    hidden = f"{NAME}.{task_set['id'].partition('/')[2]}"
    told = ecs.describe_services(cluster=NAME, services=[hidden])
    assert (told["services"], [each["reason"] for each in told["failures"]]) == ([], ["MISSING"])
    stopped = ecs.stop_task(cluster=NAME, task=arns[0])["task"]
    assert stopped["group"] == f"service:{NAME}"
    reached(lambda: site.service()["runningCount"] == 1)
    reached(lambda: site.ask() == site.serving())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"taskDefinition": "web"}, "Unable to update task definition on services with a CODE_DEPLOY"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "Unable to update network parameters"),
        ({"loadBalancers": []}, "Unable to update load balancers"),
        ({"platformVersion": "LATEST"}, "Unable to update platform version"),
        ({"forceNewDeployment": True}, "Cannot force a new deployment"),
        ({"enableExecuteCommand": True}, "isn't documented"),
    ],
)
def test_what_a_release_has_to_change_is_refused(site: Site, change: dict[str, Any], words: str) -> None:
    ecs = site.client("ecs")
    with pytest.raises(ecs.exceptions.ClientError, match=words):
        ecs.update_service(cluster=NAME, service=NAME, **change)


def test_task_sets_are_no_clients_business(site: Site) -> None:
    ecs = site.client("ecs")
    (task_set,) = ecs.describe_task_sets(cluster=NAME, service=NAME)["taskSets"]
    with pytest.raises(ecs.exceptions.ClientError, match="NotImplementedByEmulator"):
        ecs.delete_task_set(cluster=NAME, service=NAME, taskSet=task_set["id"])


def test_what_no_document_tells_is_not_guessed(site: Site) -> None:
    deploy, elb = site.client("codedeploy"), site.client("elbv2")
    definition, _ = site.definition()

    def refused(words: str, **given: Any) -> None:
        with pytest.raises(deploy.exceptions.ClientError, match=words) as error:
            site.deploy(definition, **given)
        assert error.value.response["Error"]["Code"] == "NotImplementedByEmulator"

    refused("alarms that don't exist", overrideAlarmConfiguration={"enabled": True, "alarms": [{"name": "nobody's"}]})
    rule = elb.create_rule(
        ListenerArn=site.built.production,
        Priority=5,
        Conditions=[{"Field": "path-pattern", "Values": ["/elsewhere"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": site.built.green}],
    )["Rules"][0]["RuleArn"]
    refused("rules that have conditions")
    elb.delete_rule(RuleArn=rule)
    (was,) = elb.describe_listeners(ListenerArns=[site.built.production])["Listeners"]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    elb.modify_listener(ListenerArn=site.built.production, DefaultActions=fixed)
    refused("doesn't simply forward by its default action")
    elb.modify_listener(ListenerArn=site.built.production, DefaultActions=was["DefaultActions"])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("version: 0.0", "NotImplementedByEmulator"),
        ("{", "InvalidRevisionException"),
        ('{"Resources": [], "Hooks": []}', "InvalidRevisionException"),
    ],
)
def test_an_appspec_that_cannot_be_read(site: Site, content: str, error: str) -> None:
    deploy = site.client("codedeploy")
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    with pytest.raises(deploy.exceptions.ClientError) as refused:
        deploy.create_deployment(applicationName=NAME, deploymentGroupName=NAME, revision=revision)
    assert refused.value.response["Error"]["Code"] == error


def test_one_that_is_stopped_without_a_rollback_stays_as_it_is(site: Site) -> None:
    """The last test of the file: no document tells what a deployment after it does."""
    deploy = site.client("codedeploy")
    definition, _ = site.definition()
    deployment = site.deploy(definition, deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes")
    site.reaches(deployment, "AllowTraffic")
    reached(lambda: sorted(site.weights(site.built.production).values()) == [10, 90])
    deploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=False)
    told = site.ended(deployment)
    assert (told["status"], told["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert "rollbackInfo" not in told
    assert sorted(site.weights(site.built.production).values()) == [10, 90]
    assert [each["status"] for each in site.service()["taskSets"]] == ["PRIMARY", "ACTIVE"]
    with pytest.raises(deploy.exceptions.ClientError, match="without a rollback"):
        site.deploy(definition)
