"""Prompt injection (OWASP LLM01) is the first risk of a public chat; checkov has no rule for the filter against it."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class GuardrailPromptAttack(Rule):
    check_id = "CKV_SITECHAT_4"
    title = "A guardrail must filter prompt attacks at HIGH"
    fix = "add a filter of type PROMPT_ATTACK with input_strength HIGH to content_policy_config"
    resources = ("aws_bedrock_guardrail",)
    attributes = ("content_policy_config/filters_config",)

    def broken(self, conf: Conf) -> bool:
        filters = [
            each
            for policy in nested_blocks(conf, "content_policy_config")
            for each in nested_blocks(policy, "filters_config")
        ]
        return not any(
            value(each, "type") == "PROMPT_ATTACK" and value(each, "input_strength") == "HIGH" for each in filters
        )


check = GuardrailPromptAttack()
