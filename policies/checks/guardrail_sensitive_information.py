"""Passwords, keys and card numbers are blocked in a chat (OWASP LLM02), names and addresses of people masked.

Unless the site publishes them: then the guardrail says NONE, and what answers show comes from pages, since answers need
grounds (guardrail_grounding.py).
"""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_BLOCKED = {"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_CVV", "CREDIT_DEBIT_CARD_NUMBER", "PASSWORD", "PIN"}
_MASKED = {"EMAIL", "NAME", "PHONE"}
_DECIDED = ("ANONYMIZE", "BLOCK", "NONE")


class GuardrailSensitiveInformation(Rule):
    check_id = "CKV_SITECHAT_26"
    title = "A guardrail must block credentials and card numbers, and mask names and addresses or say it doesn't"
    fix = (
        "set action to BLOCK for passwords, PINs, AWS keys and cards; to ANONYMIZE for EMAIL, NAME and PHONE, or to "
        "NONE for those that the site publishes"
    )
    resources = ("aws_bedrock_guardrail",)
    attributes = (
        "sensitive_information_policy_config/pii_entities_config/action",
        "sensitive_information_policy_config/pii_entities_config/type",
    )

    def broken(self, conf: Conf) -> bool:
        actions = {
            value(entity, "type"): value(entity, "action")
            for policy in nested_blocks(conf, "sensitive_information_policy_config")
            for entity in nested_blocks(policy, "pii_entities_config")
        }
        blocked = {kind for kind, action in actions.items() if action == "BLOCK"}
        decided = {kind for kind, action in actions.items() if action in _DECIDED}
        return not (blocked >= _BLOCKED and decided >= _MASKED)


check = GuardrailSensitiveInformation()
