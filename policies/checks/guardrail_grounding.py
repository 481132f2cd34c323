"""Grounding and relevance filters withhold answers that lack support or miss the question (OWASP LLM09)."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, unread, value

_LEAST = 0.3


class GuardrailGrounding(Rule):
    check_id = "CKV_SITECHAT_25"
    title = "A guardrail must check answers for grounding and relevance"
    fix = (
        f"give contextual_grounding_policy_config a filter GROUNDING and a filter RELEVANCE, threshold {_LEAST} or more"
    )
    resources = ("aws_bedrock_guardrail",)
    attributes = ("contextual_grounding_policy_config/filters_config/threshold",)

    def broken(self, conf: Conf) -> bool:
        filters = [
            each
            for policy in nested_blocks(conf, "contextual_grounding_policy_config")
            for each in nested_blocks(policy, "filters_config")
        ]
        return not {value(each, "type") for each in filters if _high_enough(each)} >= {"GROUNDING", "RELEVANCE"}


def _high_enough(part: Conf) -> bool:
    threshold = value(part, "threshold", 0)
    return unread(threshold) or float(threshold) >= _LEAST


check = GuardrailGrounding()
