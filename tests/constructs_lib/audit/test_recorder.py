from __future__ import annotations

import json
from typing import Any

import pytest

from config.place import Place
from constructs_lib.audit.recorder import RULES, Recorder
from constructs_lib.storage.log_buckets import LogStorage
from tests.support.synthesised import Template, template

ACCOUNT, KEY = "123456789012", "arn:aws:kms:eu-central-1:123456789012:key/1"


def recorder(**changes: Any) -> Template:
    arguments: dict[str, Any] = {
        "name_prefix": "rule",
        "storage": LogStorage("history", KEY, retention_days=365, access_logs_bucket="access-logs"),
        "place": Place(ACCOUNT, "eu-central-1", "aws"),
        **changes,
    }
    return template(lambda scope: Recorder(scope, "recorder", **arguments))


@pytest.fixture(scope="module")
def stack() -> Template:
    return recorder()


def test_everything_is_recorded(stack: Template) -> None:
    group = stack.one("aws_config_configuration_recorder")["recording_group"]
    assert group == {"all_supported": True, "include_global_resource_types": True}


def test_it_is_started_once_there_is_a_channel(stack: Template) -> None:
    status = stack.one("aws_config_configuration_recorder_status")
    name = next(iter(stack.all("aws_config_configuration_recorder")))
    assert status["is_enabled"] is True
    # A reference, so that scanners see which recorder is on.
    assert status["name"] == f"${{aws_config_configuration_recorder.{name}.name}}"
    assert [address.split(".")[0] for address in status["depends_on"]] == ["aws_config_delivery_channel"]


def test_history_is_delivered_under_the_key_for_this_account(stack: Template) -> None:
    channel = stack.one("aws_config_delivery_channel")
    assert channel["s3_kms_key_arn"] == KEY
    assert channel["snapshot_delivery_properties"] == {"delivery_frequency": "TwentyFour_Hours"}
    statements = stack.statements("policy_document")
    assert statements["Deliver"]["resources"] == [f"arn:aws:s3:::history/AWSLogs/{ACCOUNT}/Config/*"]
    assert statements["CheckBucket"]["actions"] == ["s3:GetBucketAcl", "s3:ListBucket"]
    for sid in ("Deliver", "CheckBucket"):
        assert {
            "test": "StringEquals",
            "variable": "aws:SourceAccount",
            "values": [ACCOUNT],
        } in statements[sid]["condition"]


def test_it_works_in_the_service_linked_role_it_creates(stack: Template) -> None:
    role = stack.one("aws_iam_service_linked_role")
    name = next(iter(stack.all("aws_iam_service_linked_role")))
    assert role["aws_service_name"] == "config.amazonaws.com"
    assert stack.one("aws_config_configuration_recorder")["role_arn"] == f"${{aws_iam_service_linked_role.{name}.arn}}"


def test_or_in_the_one_that_exists() -> None:
    stack = recorder(own_role=False)
    assert "aws_iam_service_linked_role" not in stack.types()
    assert stack.one("aws_config_configuration_recorder")["role_arn"] == (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    )


def test_rules_are_aws_own_and_wait_for_the_recorder(stack: Template) -> None:
    rules = stack.all("aws_config_config_rule")
    assert {body["source"]["source_identifier"] for body in rules.values()} == {rule.identifier for rule in RULES}
    for body in rules.values():
        assert body["source"]["owner"] == "AWS"
        assert [address.split(".")[0] for address in body["depends_on"]] == ["aws_config_configuration_recorder"]


def test_parameters_of_a_rule_are_json(stack: Template) -> None:
    rule = stack.one("aws_config_config_rule", "old_access_keys")
    assert rule["name"] == "rule-old-access-keys"
    assert json.loads(rule["input_parameters"]) == {"maxAccessKeyAge": "90"}
    assert "input_parameters" not in stack.one("aws_config_config_rule", "root_mfa")
