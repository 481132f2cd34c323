from __future__ import annotations

from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.invocation_logging import ModelInvocationLogging
from tests.support.synthesised import Template, template


def _build(scope: Construct, **changes: Any) -> None:
    arguments: dict[str, Any] = {
        "log_group_name": "/sitechat/dev/bedrock/invocations",
        "role_name": "sitechat-dev-us-east-1-invocation-log",
        "retention_days": 365,
        "key_alias": "sitechat-dev-invocations",
        "place": Place("111111111111", "us-east-1", "aws"),
    }
    ModelInvocationLogging(scope, "invocations", **{**arguments, **changes})


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


def test_text_is_logged_and_nothing_bulky(config: Template) -> None:
    resource = config.one("aws_bedrock_model_invocation_logging_configuration")
    logging = resource["logging_config"]
    assert logging["text_data_delivery_enabled"] is True
    assert not logging["embedding_data_delivery_enabled"]
    assert not logging["image_data_delivery_enabled"]
    assert not logging["video_data_delivery_enabled"]
    assert set(logging["cloudwatch_config"]) == {"log_group_name", "role_arn"}


def test_bedrock_is_configured_after_its_role_may_write(config: Template) -> None:
    resource = config.one("aws_bedrock_model_invocation_logging_configuration")
    (policy,) = config.all("aws_iam_role_policy")
    assert resource["depends_on"] == [f"aws_iam_role_policy.{policy}"]


def test_the_log_is_encrypted_kept_and_protected(config: Template) -> None:
    group = config.one("aws_cloudwatch_log_group")
    (key,) = config.all("aws_kms_key")
    assert group["kms_key_id"] == f"${{aws_kms_key.{key}.arn}}"
    assert group["retention_in_days"] == 365
    assert group["lifecycle"] == {"prevent_destroy": True}


def test_the_key_is_the_logs_own(config: Template) -> None:
    key = config.one("aws_kms_key")
    assert (key["enable_key_rotation"], key["deletion_window_in_days"]) == (True, 30)
    assert key["lifecycle"] == {"prevent_destroy": True}
    assert config.one("aws_kms_alias")["name"] == "alias/sitechat-dev-invocations"
    statements = config.statements("key/policy")
    assert set(statements) == {"AccountAdministers", "ThisLogGroup"}
    assert statements["ThisLogGroup"]["condition"] == [
        {
            "test": "ArnEquals",
            "variable": "kms:EncryptionContext:aws:logs:arn",
            "values": ["arn:aws:logs:us-east-1:111111111111:log-group:/sitechat/dev/bedrock/invocations"],
        }
    ]


def test_protection_can_be_taken_off() -> None:
    config = template(lambda scope: _build(scope, protected=False))
    assert "lifecycle" not in config.one("aws_cloudwatch_log_group")
    assert "lifecycle" not in config.one("aws_kms_key")
    assert config.one("aws_kms_key")["deletion_window_in_days"] == 7


def test_only_bedrock_of_this_account_and_region_assumes_the_role(config: Template) -> None:
    trust = config.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["bedrock.amazonaws.com"]}]
    assert {(one["variable"], one["values"][0]) for one in trust["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("aws:SourceArn", "arn:aws:bedrock:us-east-1:111111111111:*"),
    }


def test_the_role_writes_one_stream(config: Template) -> None:
    write = config.statements("write_document")["WriteModelCalls"]
    group = config.one("aws_cloudwatch_log_group")["name"]
    (resource,) = write["resources"]
    assert resource.endswith(f":log-group:{group}:log-stream:aws/bedrock/modelinvocations")
    assert write["actions"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
