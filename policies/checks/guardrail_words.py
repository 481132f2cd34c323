"""Profanities are a list that AWS maintains; a guardrail has to name it."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class GuardrailWords(Rule):
    check_id = "CKV_SITECHAT_27"
    title = "A guardrail must use the managed list of profanities"
    fix = "add a managed_word_lists_config of type PROFANITY to word_policy_config"
    resources = ("aws_bedrock_guardrail",)
    attributes = ("word_policy_config/managed_word_lists_config/type",)

    def broken(self, conf: Conf) -> bool:
        lists = [
            value(each, "type")
            for policy in nested_blocks(conf, "word_policy_config")
            for each in nested_blocks(policy, "managed_word_lists_config")
        ]
        return "PROFANITY" not in lists


check = GuardrailWords()
