"""Lambda creates a log group where none is named: without a key, and without retention."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class LambdaLogGroup(Rule):
    check_id = "CKV_SITECHAT_40"
    title = "A function must log to a group that Terraform knows"
    fix = "set logging_config.log_group to an encrypted group with a retention"
    resources = ("aws_lambda_function",)
    attributes = ("logging_config/log_group",)

    def broken(self, conf: Conf) -> bool:
        return not any(value(each, "log_group") for each in nested_blocks(conf, "logging_config"))


check = LambdaLogGroup()
