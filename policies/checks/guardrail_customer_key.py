"""Guardrails hold blocked topics and words, which are confidential; checkov has no rule for their key."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class GuardrailCustomerKey(Rule):
    check_id = "CKV_SITECHAT_20"
    title = "A guardrail must be encrypted with a customer key"
    fix = "set kms_key_arn to the key of the region"
    resources = ("aws_bedrock_guardrail",)
    attributes = ("kms_key_arn",)

    def broken(self, conf: Conf) -> bool:
        return not value(conf, "kms_key_arn")


check = GuardrailCustomerKey()
