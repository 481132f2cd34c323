"""A budget that tells nobody protects nothing; checkov has no rule for budgets."""

from policies.rule import Conf, Rule, blocks, listed, value


class BudgetNotification(Rule):
    check_id = "CKV_SITECHAT_6"
    title = "A budget must notify somebody"
    fix = "give it a notification with an SNS topic or an address to mail"
    resources = ("aws_budgets_budget",)
    attributes = ("notification",)

    def broken(self, conf: Conf) -> bool:
        return not any(_told(notification) for notification in blocks(conf, "notification"))


def _told(notification: Conf) -> bool:
    keys = ("subscriber_sns_topic_arns", "subscriber_email_addresses")
    return any(listed(value(notification, key)) for key in keys)


check = BudgetNotification()
