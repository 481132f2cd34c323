from __future__ import annotations

from typing import Any

import pytest
from constructs import Construct

from constructs_lib.bedrock.invocation_logging import InvocationLogging
from tests.support.synthesised import Template, template


def _build(scope: Construct, **changes: Any) -> None:
    arguments: dict[str, Any] = {
        "log_group_name": "/sitechat/dev/bedrock/invocations",
        "role_name": "sitechat-dev-us-east-1-invocation-log",
        "retention_days": 365,
        "kms_key_arn": "arn:aws:kms:us-east-1:111111111111:key/1",
        "account_id": "111111111111",
        "region": "us-east-1",
        "partition": "aws",
    }
    InvocationLogging(scope, "invocations", **{**arguments, **changes})


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
    assert group["kms_key_id"].endswith(":key/1")
    assert group["retention_in_days"] == 365
    assert group["lifecycle"] == {"prevent_destroy": True}


def test_protection_can_be_taken_off() -> None:
    config = template(lambda scope: _build(scope, protected=False))
    group = config.one("aws_cloudwatch_log_group")
    assert "lifecycle" not in group


def test_only_bedrock_of_this_account_and_region_assumes_the_role(config: Template) -> None:
    trust = config.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["bedrock.amazonaws.com"]}]
    assert {(one["variable"], one["values"][0]) for one in trust["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("aws:SourceArn", "arn:aws:bedrock:us-east-1:111111111111:*"),
    }


def test_the_role_writes_one_stream(config: Template) -> None:
    write = config.statements("write_document")["WriteModelCalls"]
    (resource,) = write["resources"]
    assert resource.endswith(".arn}:log-stream:aws/bedrock/modelinvocations")
    assert write["actions"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
