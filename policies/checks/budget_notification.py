"""Budgets without a notification protect nothing; checkov has no rule for budgets."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed


class BudgetNotification(Rule):
    check_id = "CKV_SITECHAT_6"
    title = "A budget must tell somebody what was spent and what will be"
    fix = "give it a notification of type ACTUAL and one of type FORECASTED, each with a topic or an address"
    resources = ("aws_budgets_budget",)
    attributes = ("notification/notification_type",)

    def broken(self, conf: Conf) -> bool:
        told = [each for each in nested_blocks(conf, "notification") if _told(each)]
        return not {value(each, "notification_type") for each in told} >= {"ACTUAL", "FORECASTED"}


def _told(notification: Conf) -> bool:
    keys = ("subscriber_sns_topic_arns", "subscriber_email_addresses")
    return any(listed(value(notification, key)) for key in keys)


check = BudgetNotification()
