"""Checkov asks that a topic is encrypted, and not how its messages leave it."""

from __future__ import annotations

from policies.rule import Conf, Rule, value

# "sms" and "application" reach a telephone, which no environment tells.
ACCEPTED = ("email", "email-json", "firehose", "https", "lambda", "sqs")


class SubscriptionProtocol(Rule):
    check_id = "CKV_SITECHAT_77"
    title = "Messages of a topic must not leave it in clear"
    fix = 'set protocol to "email", "https", "lambda" or "sqs"'
    resources = ("aws_sns_topic_subscription",)
    attributes = ("protocol",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "protocol") not in ACCEPTED


check = SubscriptionProtocol()
