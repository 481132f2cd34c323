"""Cases of the rules about guardrails and the log of model calls."""

from __future__ import annotations

from typing import Any

from tests.policies.cases.rule_cases import Body, RuleCases


def guardrail(kind: str, strength: str) -> Body:
    filters = [{"type": kind, "input_strength": strength, "output_strength": "NONE"}]
    return {"name": "g", "content_policy_config": [{"filters_config": filters}]}


HARMFUL = ("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE")
SECRETS = (
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_NUMBER",
    "PASSWORD",
    "PIN",
)


def filters(**strengths: str) -> Body:
    found = [
        {"type": kind, "input_strength": strength, "output_strength": strength}
        for kind, strength in (dict.fromkeys(HARMFUL, "MEDIUM") | strengths).items()
    ]
    return {"content_policy_config": [{"filters_config": found}]}


def grounding(**thresholds: float) -> Body:
    found = [{"type": kind, "threshold": threshold} for kind, threshold in thresholds.items()]
    return {"contextual_grounding_policy_config": [{"filters_config": found}]}


def personal(**actions: str) -> Body:
    every = dict.fromkeys(SECRETS, "BLOCK") | dict.fromkeys(("EMAIL", "NAME", "PHONE"), "ANONYMIZE") | actions
    entities = [{"type": kind, "action": action} for kind, action in every.items() if action]
    return {"sensitive_information_policy_config": [{"pii_entities_config": entities}]}


def invocations(**changes: Any) -> Body:
    group = {"log_group_name": "models", "role_arn": "arn"}
    return {"logging_config": [{"text_data_delivery_enabled": True, "cloudwatch_config": [group]} | changes]}


CASES = (
    RuleCases(
        rule="guardrail_prompt_attack",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "HIGH": guardrail("PROMPT_ATTACK", "HIGH"),
        },
        non_compliant={
            "LOW": guardrail("PROMPT_ATTACK", "LOW"),
            "another filter only": guardrail("HATE", "HIGH"),
            "no filter": {"name": "g"},
        },
    ),
    RuleCases(
        rule="guardrail_customer_key",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "customer key": {"kms_key_arn": "${aws_kms_key.main.arn}"},
        },
        non_compliant={
            "no key": {},
        },
    ),
    RuleCases(
        rule="guardrail_content",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "all at MEDIUM": filters(),
            "one at HIGH": filters(HATE="HIGH"),
            "prompt attacks beside them": filters(PROMPT_ATTACK="NONE"),
        },
        non_compliant={
            "one at LOW": filters(SEXUAL="LOW"),
            "no policy": {},
            "no filters": {"content_policy_config": [{"filters_config": []}]},
        },
    ),
    RuleCases(
        rule="guardrail_grounding",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "both filters": grounding(GROUNDING=0.7, RELEVANCE=0.5),
        },
        non_compliant={
            "grounding below 0.3": grounding(GROUNDING=0.1, RELEVANCE=0.5),
            "no relevance": grounding(GROUNDING=0.7),
            "no policy": {},
        },
    ),
    RuleCases(
        rule="guardrail_sensitive_information",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "all entities": personal(),
            "names blocked": personal(NAME="BLOCK"),
            "the site's addresses shown": personal(EMAIL="NONE", PHONE="NONE"),
        },
        non_compliant={
            "passwords only masked": personal(PASSWORD="ANONYMIZE"),
            "no e-mail addresses": personal(EMAIL=""),
            "passwords shown": personal(PASSWORD="NONE"),
            "something unknown": personal(NAME="LATER"),
            "no policy": {},
        },
    ),
    RuleCases(
        rule="guardrail_words",
        resource_type="aws_bedrock_guardrail",
        compliant={
            "managed list": {"word_policy_config": [{"managed_word_lists_config": [{"type": "PROFANITY"}]}]},
        },
        non_compliant={
            "no policy": {},
            "own words only": {"word_policy_config": [{"words_config": [{"text": "rival"}]}]},
        },
    ),
    RuleCases(
        rule="invocation_logging",
        resource_type="aws_bedrock_model_invocation_logging_configuration",
        compliant={
            "text to a log group": invocations(),
        },
        non_compliant={
            "text off": invocations(text_data_delivery_enabled=False),
            "no log group": invocations(cloudwatch_config=[]),
            "no settings": {},
        },
    ),
)
