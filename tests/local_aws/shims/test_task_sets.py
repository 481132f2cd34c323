"""ECS services that CodeDeploy deploys, without the data plane: tasks are counted, and clients see one service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Make = Callable[..., Any]
NAME = "shown"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/0123456789abcdef"


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings of CreateService."""
    return {
        "cluster": NAME,
        "serviceName": NAME,
        "taskDefinition": NAME,
        "desiredCount": 2,
        "launchType": "FARGATE",
        "deploymentController": {"type": "CODE_DEPLOY"},
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}},
    }


@pytest.fixture
def ecs(client: Make) -> Iterator[Any]:
    found = client("ecs")
    found.create_cluster(clusterName=NAME)
    container = {"name": "app", "image": "x", "portMappings": [{"containerPort": 80}]}
    found.register_task_definition(family=NAME, networkMode="awsvpc", containerDefinitions=[container])
    yield found
    for each in found.list_services(cluster=NAME)["serviceArns"]:
        found.delete_service(cluster=NAME, service=each, force=True)


def only(ecs: Any) -> dict[str, Any]:
    (found,) = ecs.describe_services(cluster=NAME, services=[NAME])["services"]
    return dict(found)


def test_a_service_has_a_task_set_and_no_deployment(ecs: Any, settings: dict[str, Any]) -> None:
    made = ecs.create_service(**settings)["service"]
    assert made["serviceArn"].endswith(f"/{NAME}/{NAME}")
    told = only(ecs)
    (task_set,) = told["taskSets"]
    assert (told["desiredCount"], told["runningCount"], told["deployments"]) == (2, 2, [])
    assert (task_set["status"], task_set["computedDesiredCount"], task_set["runningCount"]) == ("PRIMARY", 2, 2)
    assert task_set["loadBalancers"] == told["loadBalancers"] == settings["loadBalancers"]
    assert told["taskDefinition"] == task_set["taskDefinition"]
    assert told["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-1"]
    assert task_set["stabilityStatus"] == "STEADY_STATE"
    assert task_set["taskSetArn"].split(":")[-1] == f"task-set/{NAME}/{NAME}/{task_set['id']}"
    (cluster,) = ecs.describe_clusters(clusters=[NAME])["clusters"]
    assert (cluster["activeServicesCount"], len(ecs.list_services(cluster=NAME)["serviceArns"])) == (1, 1)


def test_its_count_and_its_end(ecs: Any, settings: dict[str, Any]) -> None:
    ecs.create_service(**settings)
    updated = ecs.update_service(cluster=NAME, service=NAME, desiredCount=3, healthCheckGracePeriodSeconds=7)
    assert (updated["service"]["desiredCount"], updated["service"]["healthCheckGracePeriodSeconds"]) == (3, 7)
    assert only(ecs)["runningCount"] == 3
    arns = ecs.list_tasks(cluster=NAME, serviceName=NAME)["taskArns"]
    pages = ecs.get_paginator("list_tasks").paginate(cluster=NAME, serviceName=NAME, PaginationConfig={"PageSize": 2})
    assert sorted(arn for page in pages for arn in page["taskArns"]) == sorted(arns)
    assert {each["group"] for each in ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"]} == {f"service:{NAME}"}
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="scaled above 0"):
        ecs.delete_service(cluster=NAME, service=NAME)
    ecs.update_service(cluster=NAME, service=NAME, desiredCount=0)
    assert ecs.delete_service(cluster=NAME, service=NAME)["service"]["status"] == "INACTIVE"
    assert (only(ecs)["status"], only(ecs)["desiredCount"], only(ecs)["runningCount"]) == ("INACTIVE", 0, 0)
    assert ecs.list_tasks(cluster=NAME)["taskArns"] == []
    ecs.create_service(**settings)
    assert only(ecs)["status"] == "ACTIVE"


def test_what_goes_with_another_controller_is_refused(ecs: Any, settings: dict[str, Any]) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="only supported with ECS deployment controller"):
        ecs.create_service(**settings, deploymentConfiguration=breaker)
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="load balancer"):
        ecs.create_service(**{**settings, "loadBalancers": []})
    assert ecs.list_services(cluster=NAME)["serviceArns"] == []


def test_a_service_that_cannot_be_made_leaves_nothing(ecs: Any, settings: dict[str, Any]) -> None:
    both = {**settings, "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    with pytest.raises(ecs.exceptions.InvalidParameterException, match="launch type"):
        ecs.create_service(**both)
    assert ecs.list_services(cluster=NAME)["serviceArns"] == []


def test_a_rolling_service_is_as_before(ecs: Any, settings: dict[str, Any]) -> None:
    ecs.create_service(**{**settings, "deploymentController": {"type": "ECS"}})
    told = only(ecs)
    assert (len(told["deployments"]), told.get("taskSets")) == (1, None)
    ecs.update_service(cluster=NAME, service=NAME, taskDefinition=NAME, forceNewDeployment=True)
