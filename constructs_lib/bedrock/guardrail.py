"""The guardrail that every question and answer passes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cdktf_cdktf_provider_aws.bedrock_guardrail import (
    BedrockGuardrail,
    BedrockGuardrailContentPolicyConfig,
    BedrockGuardrailContentPolicyConfigFiltersConfig,
    BedrockGuardrailContextualGroundingPolicyConfig,
    BedrockGuardrailContextualGroundingPolicyConfigFiltersConfig,
    BedrockGuardrailSensitiveInformationPolicyConfig,
    BedrockGuardrailSensitiveInformationPolicyConfigPiiEntitiesConfig,
    BedrockGuardrailTopicPolicyConfig,
    BedrockGuardrailTopicPolicyConfigTopicsConfig,
    BedrockGuardrailWordPolicyConfig,
    BedrockGuardrailWordPolicyConfigManagedWordListsConfig,
    BedrockGuardrailWordPolicyConfigWordsConfig,
)
from cdktf_cdktf_provider_aws.bedrock_guardrail_version import BedrockGuardrailVersion
from constructs import Construct

PERSONAL_PII = ("EMAIL", "NAME", "PHONE")


@dataclass(frozen=True)
class DeniedTopic:
    """A subject that is refused: name up to 100, definition up to 200 characters, up to 5 examples."""

    name: str
    definition: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class GuardrailPolicy:
    """Filters, denied topics and messages of a guardrail. Limits: botocore, bedrock CreateGuardrail.

    `filters` maps a harmful category to its strength. Personal data (`PERSONAL_PII`) that is neither blocked nor masked
    is published by the site: it is found, and left as it is. Both directions are treated alike, as the provider has one
    action for both (hashicorp/terraform-provider-aws#42253). Grounding thresholds lie in 0 to 0.99: an answer below is
    withheld.
    """

    filters: tuple[tuple[str, str], ...] = (
        ("HATE", "HIGH"),
        ("INSULTS", "MEDIUM"),
        ("MISCONDUCT", "HIGH"),
        ("SEXUAL", "HIGH"),
        ("VIOLENCE", "MEDIUM"),
    )
    blocked_pii: tuple[str, ...] = (
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "CREDIT_DEBIT_CARD_CVV",
        "CREDIT_DEBIT_CARD_NUMBER",
        "PASSWORD",
        "PIN",
    )
    masked_pii: tuple[str, ...] = PERSONAL_PII
    topics: tuple[DeniedTopic, ...] = ()
    words: tuple[str, ...] = ()
    grounding_threshold: float = 0.7
    relevance_threshold: float = 0.5
    blocked_question: str = "I can't help with that. Please ask me about this site."
    blocked_answer: str = "I have no answer to that which I could stand behind. Please try other words."


class Guardrail(Construct):
    """A guardrail under a customer key with a published version.

    A version is a copy: it keeps its policy when the guardrail changes. So each policy publishes a version of its
    own, and the old ones stay for tasks that still run with them (20 versions a guardrail, Bedrock quotas).
    `name` has 50 characters at most.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, kms_key_arn: str, policy: GuardrailPolicy | None = None
    ) -> None:
        super().__init__(scope, id_)
        policy = policy or GuardrailPolicy()
        self.guardrail = self._guardrail(name, kms_key_arn, policy)
        version = BedrockGuardrailVersion(
            self,
            "version",
            guardrail_arn=self.guardrail.guardrail_arn,
            # A new description is a new version, which is how a changed policy gets published.
            description=f"Policy {_digest(policy)}",
            # Tasks of the release before still name the old version.
            skip_destroy=True,
        )
        self.id: str = self.guardrail.guardrail_id
        self.arn: str = self.guardrail.guardrail_arn
        self.version: str = version.version

    def _guardrail(self, name: str, kms_key_arn: str, policy: GuardrailPolicy) -> BedrockGuardrail:
        return BedrockGuardrail(
            self,
            "guardrail",
            name=name,
            description="Questions and answers of the site chat",
            blocked_input_messaging=policy.blocked_question,
            blocked_outputs_messaging=policy.blocked_answer,
            kms_key_arn=kms_key_arn,
            content_policy_config=[BedrockGuardrailContentPolicyConfig(filters_config=_filters(policy))],
            contextual_grounding_policy_config=[
                BedrockGuardrailContextualGroundingPolicyConfig(filters_config=_grounding(policy))
            ],
            sensitive_information_policy_config=[
                BedrockGuardrailSensitiveInformationPolicyConfig(pii_entities_config=_pii(policy))
            ],
            topic_policy_config=(
                [BedrockGuardrailTopicPolicyConfig(topics_config=_topics(policy.topics))] if policy.topics else None
            ),
            word_policy_config=[_words(policy.words)],
        )


def _digest(policy: GuardrailPolicy) -> str:
    return hashlib.sha256(json.dumps(asdict(policy), sort_keys=True).encode()).hexdigest()[:16]


def _filters(policy: GuardrailPolicy) -> list[BedrockGuardrailContentPolicyConfigFiltersConfig]:
    harmful = [
        BedrockGuardrailContentPolicyConfigFiltersConfig(type=kind, input_strength=strength, output_strength=strength)
        for kind, strength in policy.filters
    ]
    # An answer can't attack the prompt: Bedrock accepts NONE only.
    attack = BedrockGuardrailContentPolicyConfigFiltersConfig(
        type="PROMPT_ATTACK", input_strength="HIGH", output_strength="NONE"
    )
    return [*harmful, attack]


def _grounding(policy: GuardrailPolicy) -> list[BedrockGuardrailContextualGroundingPolicyConfigFiltersConfig]:
    return [
        BedrockGuardrailContextualGroundingPolicyConfigFiltersConfig(type=kind, threshold=threshold)
        for kind, threshold in (("GROUNDING", policy.grounding_threshold), ("RELEVANCE", policy.relevance_threshold))
    ]


def _pii(policy: GuardrailPolicy) -> list[BedrockGuardrailSensitiveInformationPolicyConfigPiiEntitiesConfig]:
    actions = {
        **dict.fromkeys(policy.blocked_pii, "BLOCK"),
        **dict.fromkeys(policy.masked_pii, "ANONYMIZE"),
    }
    # Named, so that a plan shows the decision, and the gate can tell it from an oversight.
    actions |= {kind: "NONE" for kind in PERSONAL_PII if kind not in actions}
    return [
        BedrockGuardrailSensitiveInformationPolicyConfigPiiEntitiesConfig(type=kind, action=action)
        for kind, action in actions.items()
    ]


def _words(words: Sequence[str]) -> BedrockGuardrailWordPolicyConfig:
    return BedrockGuardrailWordPolicyConfig(
        managed_word_lists_config=[BedrockGuardrailWordPolicyConfigManagedWordListsConfig(type="PROFANITY")],
        words_config=[BedrockGuardrailWordPolicyConfigWordsConfig(text=word) for word in words] or None,
    )


def _topics(topics: Sequence[DeniedTopic]) -> list[BedrockGuardrailTopicPolicyConfigTopicsConfig]:
    return [
        BedrockGuardrailTopicPolicyConfigTopicsConfig(
            name=topic.name, definition=topic.definition, examples=list(topic.examples) or None, type="DENY"
        )
        for topic in topics
    ]
