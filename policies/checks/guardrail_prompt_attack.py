"""Prompt injection (OWASP LLM01) is what a guardrail in front of a public chat is for; checkov has no rule for it."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, value


class GuardrailPromptAttack(Rule):
    check_id = "CKV_SITECHAT_4"
    title = "A guardrail must filter prompt attacks at HIGH"
    fix = "add a filter of type PROMPT_ATTACK with input_strength HIGH to content_policy_config"
    resources = ("aws_bedrock_guardrail",)
    attributes = ("content_policy_config/filters_config",)

    def broken(self, conf: Conf) -> bool:
        filters = [
            each for policy in blocks(conf, "content_policy_config") for each in blocks(policy, "filters_config")
        ]
        return not any(
            value(each, "type") == "PROMPT_ATTACK" and value(each, "input_strength") == "HIGH" for each in filters
        )


check = GuardrailPromptAttack()
