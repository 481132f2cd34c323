from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.containers.cluster import Cluster
from tests.support.synthesised import Template, template


def _cluster(**changes: Any) -> Template:
    arguments: dict[str, Any] = {"name": "main", "kms_key_arn": "arn:of:key", "exec_log_group_name": "/exec"}
    return template(lambda scope: Cluster(scope, "cluster", **(arguments | changes)))


@pytest.fixture(scope="module")
def cluster() -> Template:
    return _cluster()


def test_insights_are_on(cluster: Template) -> None:
    body = cluster.one("aws_ecs_cluster")
    assert body["name"] == "main"
    assert body["setting"] == [{"name": "containerInsights", "value": "enabled"}]


def test_insights_are_off_by_name() -> None:
    body = _cluster(container_insights=False).one("aws_ecs_cluster")
    assert body["setting"] == [{"name": "containerInsights", "value": "disabled"}]


def test_both_kinds_of_capacity_are_there(cluster: Template) -> None:
    capacity = cluster.one("aws_ecs_cluster_capacity_providers")
    assert capacity["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert capacity["cluster_name"].startswith("${aws_ecs_cluster.")


def test_sessions_are_encrypted_and_logged(cluster: Template) -> None:
    assert cluster.one("aws_ecs_cluster")["configuration"]["execute_command_configuration"] == {
        "kms_key_id": "arn:of:key",
        "logging": "OVERRIDE",
        "log_configuration": {"cloud_watch_encryption_enabled": True, "cloud_watch_log_group_name": "/exec"},
    }
