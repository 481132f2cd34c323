"""[bedrock]: models, guardrail and invocation logging."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import Many, Region, Retention, StrictModel, Text

# Shape: botocore, bedrock FoundationModelId; the prefix names a geography of inference profiles.
PROFILE_PREFIXES = ("us", "eu", "apac", "jp", "au", "ca", "us-gov", "global")
_WORD = r"[a-z0-9-]{1,63}"
ModelId = Annotated[
    str,
    Text(
        rf"(?:(?:{'|'.join(PROFILE_PREFIXES)})\.)?{_WORD}\.{_WORD}(?:\.{_WORD})?(?::[a-z0-9-]{{1,63}}){{0,2}}",
        "a model id such as amazon.nova-lite-v1:0, or an inference profile such as us.amazon.nova-lite-v1:0",
        max_length=140,
    ),
]
TopicName = Annotated[
    str, Text(r"[0-9a-zA-Z_ !?.-]+", "up to 100 letters, digits, spaces and - _ ! ? .", max_length=100)
]
Definition = Annotated[str, Text(r".*\S.*", "1 to 200 characters", max_length=200)]
Phrase = Annotated[str, Text(r".*\S.*", "1 to 100 characters", max_length=100)]
PersonalData = Literal["EMAIL", "NAME", "PHONE"]


def profile_prefix(model_id: str) -> str | None:
    """Geography of an inference profile, None for a plain model id."""
    first = model_id.split(".")[0]
    return first if first in PROFILE_PREFIXES else None


class BlockedTopic(StrictModel):
    """A subject the guardrail refuses. Limits: botocore, bedrock GuardrailTopicConfig."""

    name: TopicName = Field(description="Name of the topic.")
    definition: Definition = Field(description="What belongs to the topic, in a sentence.")
    examples: Many[Phrase] = Field(default=(), max_length=5, description="Questions that belong to the topic.")


class BedrockSection(StrictModel):
    """Models the application may call, and the guardrail on questions and answers."""

    model_id: ModelId = Field(
        default="us.amazon.nova-lite-v1:0", description="Model or inference profile that answers."
    )
    embedding_model_id: ModelId = Field(
        default="amazon.titan-embed-text-v2:0", description="Model that embeds the site."
    )
    destination_regions: Many[Region] = Field(
        default=("us-east-1", "us-east-2", "us-west-2"),
        max_length=40,
        description="Regions the inference profile may send a request to; empty when no profile is used.",
    )
    application_profile: bool = Field(
        default=False,
        description="Answer through an inference profile of this environment's own, whose tags tell its tokens from "
        "others' in the bill.",
    )
    guardrail: bool = Field(default=True, description="Check questions and answers with a guardrail.")
    invocation_logging: Literal["own", "adopt", "off"] = Field(
        default="off",
        description="Logging of model calls, which exists once per account and region: own it, rely on another "
        "owner, or leave it off.",
    )
    invocation_log_retention_days: Retention = Field(
        default=365, description="How long prompts and answers are kept, where the log is owned."
    )
    blocked_topics: Many[BlockedTopic] = Field(default=(), max_length=30, description="Subjects the guardrail refuses.")
    published_personal_data: Many[PersonalData] = Field(
        default=(),
        max_length=3,
        description="Personal data that the site publishes itself, so answers show it; the other kinds are masked.",
    )
    stop: Literal["off", "pause", "deny"] = Field(
        default="off",
        description="What happens by itself at `stop_at_tokens`: nothing; the application pauses; or AWS also denies "
        "models to tasks and ingestion.",
    )
    stop_at_tokens: int = Field(
        default=2_000_000,
        ge=10_000,
        le=10_000_000_000,
        description="Tokens that answers read and write within 15 minutes, at which the model is stopped.",
    )
    quota_alarms: bool = Field(
        default=False,
        description="Alarms at 50 % and 100 % of the model's tokens per minute, which a function reads in Service "
        "Quotas once a day.",
    )
    blocked_words: Many[Phrase] = Field(default=(), max_length=10000, description="Words the guardrail refuses.")
