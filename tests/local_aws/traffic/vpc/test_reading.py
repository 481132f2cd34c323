"""Interfaces of tasks: address, subnet and groups, as ECS tells them."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.traffic.vpc.parts import Interface, Subnet
from local_aws.traffic.vpc.reading import _task_interfaces
from tests.support.balancing import subnet

SUBNETS: dict[str, Subnet] = {"a": subnet("a", "10.0.1.0/24"), "b": subnet("b", "10.0.2.0/24")}


class EcsApi:
    """One cluster with one service, whose task has an address."""

    def __init__(self, ip: str, *, attached: str = "a", started_by: str = "ecs-svc/2") -> None:
        details = [{"name": "subnetId", "value": attached}, {"name": "privateIPv4Address", "value": ip}]
        self.task = {
            "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/main/1",
            "group": "service:app",
            "startedBy": started_by,
            "attachments": [{"details": details}],
        }

    def list_clusters(self) -> dict[str, Any]:
        return {"clusterArns": ["main"]}

    def list_tasks(self, **_: str) -> dict[str, Any]:
        return {"taskArns": ["1"]}

    def describe_tasks(self, **_: Any) -> dict[str, Any]:
        return {"tasks": [self.task]}

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert (cluster, services) == ("main", ["app"])
        older = {"id": "ecs-svc/1", "networkConfiguration": _placed("sg-old", "DISABLED")}
        settings = {"networkConfiguration": _placed("sg-new", "ENABLED"), "deployments": [older, {"id": "ecs-svc/2"}]}
        return {"services": [{"serviceName": "app", **settings}]}


def _placed(group: str, public: str) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": ["a", "b"], "securityGroups": [group], "assignPublicIp": public}}


def read(api: EcsApi) -> Interface:
    (found,) = _task_interfaces(api, SUBNETS)
    return found


def test_a_task_has_the_groups_of_its_deployment() -> None:
    assert read(EcsApi("10.0.1.7")) == Interface("10.0.1.7", "a", ("sg-new",), "task 1", public=True)
    assert read(EcsApi("10.0.1.7", started_by="ecs-svc/1")).groups == ("sg-old",)


@pytest.mark.parametrize(("ip", "where"), [("10.0.1.7", "a"), ("10.0.2.7", "b"), ("172.17.0.2", "a")])
def test_a_task_is_in_the_subnet_that_has_its_address(ip: str, where: str) -> None:
    assert read(EcsApi(ip)).subnet == where
