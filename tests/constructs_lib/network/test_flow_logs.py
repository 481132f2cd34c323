from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.network.flow_logs import VpcFlowLogs
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def logs() -> Template:
    return template(
        lambda scope: VpcFlowLogs(
            scope,
            "flow_logs",
            name="net",
            role_name="role-flow-logs",
            vpc_id="vpc-1",
            place=Place("111111111111", "us-east-1", "aws"),
            log_group_name="/sitechat/dev/flow-logs",
            retention_days=14,
            kms_key_arn="arn:of:key",
        )
    )


def test_all_traffic_is_recorded_at_the_cheaper_interval(logs: Template) -> None:
    log = logs.one("aws_flow_log")
    assert (log["vpc_id"], log["traffic_type"], log["max_aggregation_interval"]) == ("vpc-1", "ALL", 600)
    assert log["log_destination"].endswith(".arn}")
    assert log["iam_role_arn"].endswith(".arn}")


def test_the_log_group_is_encrypted_and_ends(logs: Template) -> None:
    group = logs.one("aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"]) == ("/sitechat/dev/flow-logs", 14)
    assert group["kms_key_id"] == "arn:of:key"


def test_the_service_acts_for_flow_logs_of_this_account(logs: Template) -> None:
    trust = logs.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["vpc-flow-logs.amazonaws.com"]}]
    assert {(each["variable"], *each["values"]) for each in trust["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("aws:SourceArn", "arn:aws:ec2:us-east-1:111111111111:vpc-flow-log/*"),
    }


def test_the_role_writes_to_its_own_group(logs: Template) -> None:
    statement = logs.statements("role/access_document")["WriteFlowLogs"]
    assert set(statement["actions"]) == {"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}
    group = logs.one("aws_cloudwatch_log_group")["name"]
    (resource,) = statement["resources"]
    assert resource.endswith(f":log-group:{group}:*")


def test_the_role_finds_its_group_and_creates_none(logs: Template) -> None:
    statements = logs.statements("role/access_document")
    assert statements["FindFlowLogs"]["actions"] == ["logs:DescribeLogGroups"]
    assert not any("logs:CreateLogGroup" in each["actions"] for each in statements.values())


def test_the_flow_log_waits_for_the_roles_policy(logs: Template) -> None:
    policy = next(iter(logs.all("aws_iam_role_policy")))
    assert logs.one("aws_flow_log")["depends_on"] == [f"aws_iam_role_policy.{policy}"]
