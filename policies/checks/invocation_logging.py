"""Logged questions and answers are the evidence of abuse; checkov has no rule for Bedrock's invocation log."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class InvocationLogging(Rule):
    check_id = "CKV_SITECHAT_56"
    title = "Bedrock must log questions and answers in text to a log group"
    fix = "leave text_data_delivery_enabled on and set log_group_name and role_arn in cloudwatch_config"
    resources = ("aws_bedrock_model_invocation_logging_configuration",)
    attributes = (
        "logging_config/text_data_delivery_enabled",
        "logging_config/cloudwatch_config/log_group_name",
        "logging_config/cloudwatch_config/role_arn",
    )

    def broken(self, conf: Conf) -> bool:
        return not any(_logs_text(config) for config in nested_blocks(conf, "logging_config"))


def _logs_text(config: Conf) -> bool:
    groups = [
        value(each, "log_group_name") and value(each, "role_arn") for each in nested_blocks(config, "cloudwatch_config")
    ]
    return value(config, "text_data_delivery_enabled", True) in (True, "true") and any(groups)


check = InvocationLogging()
