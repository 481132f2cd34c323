from __future__ import annotations

from cdktf_cdktf_provider_aws.config_configuration_recorder_status import ConfigConfigurationRecorderStatus
from constructs import Construct

from config.place import Place
from constructs_lib.audit.hub import Hub
from tests.support.synthesised import template


def test_one_standard_named_here_and_one_finding_a_control() -> None:
    stack = template(lambda scope: Hub(scope, "hub", place=Place("123456789012", "eu-central-1", "aws")))
    hub = stack.one("aws_securityhub_account")
    assert hub["enable_default_standards"] is False
    assert hub["control_finding_generator"] == "SECURITY_CONTROL"
    assert hub["auto_enable_controls"] is True
    standard = stack.one("aws_securityhub_standards_subscription")
    assert standard["standards_arn"] == (
        "arn:aws:securityhub:eu-central-1::standards/aws-foundational-security-best-practices/v/1.0.0"
    )
    assert standard["depends_on"] == [f"aws_securityhub_account.{next(iter(stack.all('aws_securityhub_account')))}"]


def test_another_partition_has_its_own_standard() -> None:
    stack = template(lambda scope: Hub(scope, "hub", place=Place("123456789012", "us-gov-west-1", "aws-us-gov")))
    assert stack.one("aws_securityhub_standards_subscription")["standards_arn"].startswith(
        "arn:aws-us-gov:securityhub:us-gov-west-1::"
    )


def test_it_waits_for_what_records() -> None:
    def build(scope: Construct) -> None:
        status = ConfigConfigurationRecorderStatus(scope, "status", name="default", is_enabled=True)
        Hub(scope, "hub", place=Place("123456789012", "eu-central-1", "aws"), recording=(status,))

    hub = template(build).one("aws_securityhub_account")
    assert hub["depends_on"] == ["aws_config_configuration_recorder_status.status"]
