"""Guardrails filter harmful content as strictly as each filter is set; checkov has no rule for the filters."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_HARMFUL = {"HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"}
_STRONG = {"MEDIUM", "HIGH"}


class GuardrailContent(Rule):
    check_id = "CKV_SITECHAT_24"
    title = "A guardrail must filter every harmful category, in questions and answers, at MEDIUM or HIGH"
    fix = "set input_strength and output_strength of the filter to MEDIUM or HIGH, and leave no category out"
    resources = ("aws_bedrock_guardrail",)
    attributes = (
        "content_policy_config/filters_config/input_strength",
        "content_policy_config/filters_config/output_strength",
    )

    def broken(self, conf: Conf) -> bool:
        filters = [
            each
            for policy in nested_blocks(conf, "content_policy_config")
            for each in nested_blocks(policy, "filters_config")
        ]
        strong = {value(each, "type") for each in filters if _strong(each)}
        return not strong >= _HARMFUL


def _strong(part: Conf) -> bool:
    return value(part, "input_strength") in _STRONG and value(part, "output_strength") in _STRONG


check = GuardrailContent()
