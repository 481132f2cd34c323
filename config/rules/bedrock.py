"""Rules on Bedrock's models, inference profiles and guardrails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import PairRule, Violation, reads_fields, share_region
from config.sections.bedrock import PROFILE_PREFIXES, profile_prefix

if TYPE_CHECKING:
    from config.environment import Environment

# Regions that can call an inference profile, or be one of its destinations ("Supported Regions and models for inference
# profiles", Bedrock guide). Drawn widely: models differ, and the table grows.
_GEOGRAPHY = {
    "us": ("us-east-", "us-west-", "ca-"),
    "eu": ("eu-", "il-"),
    "apac": ("ap-", "me-"),
    "jp": ("ap-northeast-",),
    "au": ("ap-southeast-",),
    "ca": ("ca-",),
    "us-gov": ("us-gov-",),
    # Every commercial region, but no other partition.
    "global": ("af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-east-", "us-west-"),
}
# Models that answer behind an inference profile alone ("Supported Regions and models for inference profiles").
_BEHIND_PROFILES = re.compile(
    r"anthropic\.claude-(?:3-7|opus-4|sonnet-4|haiku-4)|amazon\.nova-(?:premier|2-)|deepseek\.r1|meta\.llama(?:3-[23]|4)"
    r"|mistral\.pixtral-large|writer\.palmyra-x"
)
# Regions without AWS::Bedrock::Guardrail (data of cfn-lint).
# Providers of models ("Supported foundation models", Bedrock guide, 2026-11).
_PROVIDERS = (
    *("ai21", "amazon", "anthropic", "cohere", "deepseek", "google", "luma", "meta", "minimax", "mistral", "moonshot"),
    *("moonshotai", "nvidia", "openai", "qwen", "stability", "twelvelabs", "writer", "zai"),
)
# Words in the names of models that make vectors, and of those that neither chat nor make vectors of text.
_EMBEDS = ("embed",)
_NEITHER = ("canvas", "image", "pegasus", "ray-", "reel", "rerank", "sd3", "sonic", "stable-", "upscale", "voxtral")
# Quarters of an hour in a month, and how much busier than the mean one of them is expected to be.
_QUARTERS, _BUSIEST = 730 * 4, 8
_NO_GUARDRAIL = ("af-south-1", "ap-east-1", "ap-southeast-6", "ca-west-1", "cn-", "mx-central-1")


def guardrails_exist(region: str) -> bool:
    """Whether Bedrock has guardrails in the region."""
    return not region.startswith(_NO_GUARDRAIL)


@reads_fields("bedrock.model_id", "bedrock.embedding_model_id")
def models_do_their_work(env: Environment) -> Iterator[Violation]:
    """A model that is too new to be known passes by its provider; what it does, its name says."""
    for key, embeds, example in (
        ("model_id", False, "a model that chats, such as amazon.nova-lite-v1:0"),
        ("embedding_model_id", True, "a model that embeds text, such as amazon.titan-embed-text-v2:0"),
    ):
        given: str = getattr(env.bedrock, key)
        provider, _, model = given.removeprefix(f"{profile_prefix(given)}.").partition(".")
        if provider in PROFILE_PREFIXES:
            yield f"bedrock.{key}", f"one prefix of an inference profile, not {profile_prefix(given)}.{provider}"
        elif provider not in _PROVIDERS:
            yield f"bedrock.{key}", f"a model of one of the providers {', '.join(_PROVIDERS)}"
        elif given == f"{provider}.{model}" and _BEHIND_PROFILES.match(given):
            yield f"bedrock.{key}", f"an inference profile of it, such as us.{given}: it has no capacity on demand"
        elif any(word in model for word in _EMBEDS) is not embeds or any(word in model for word in _NEITHER):
            yield f"bedrock.{key}", example


@reads_fields("region", "bedrock.model_id", "bedrock.embedding_model_id")
def profiles_fit_region(env: Environment) -> Iterator[Violation]:
    for key in ("model_id", "embedding_model_id"):
        prefix = profile_prefix(getattr(env.bedrock, key))
        if prefix and not env.region.startswith(_GEOGRAPHY[prefix]):
            fitting = [p for p, starts in _GEOGRAPHY.items() if env.region.startswith(starts)]
            yield f"bedrock.{key}", f"a model, or a profile that starts with {', '.join(fitting)}, in {env.region}"


@reads_fields("bedrock.model_id", "bedrock.embedding_model_id", "bedrock.destination_regions")
def destinations_fit_profile(env: Environment) -> Iterator[Violation]:
    """Access is granted region by region, so a missing destination is a request that fails now and then."""
    used = (env.bedrock.model_id, env.bedrock.embedding_model_id)
    prefixes = [prefix for prefix in map(profile_prefix, used) if prefix]
    if not prefixes and env.bedrock.destination_regions:
        yield "bedrock.destination_regions", "an empty list, because no inference profile is used"
    if prefixes and not env.bedrock.destination_regions:
        yield "bedrock.destination_regions", "the regions the inference profile may send requests to"
    starts = tuple(start for prefix in prefixes for start in _GEOGRAPHY[prefix])
    for index, region in enumerate(env.bedrock.destination_regions):
        if prefixes and not region.startswith(starts):
            yield f"bedrock.destination_regions[{index}]", f"a region that starts with {' or '.join(starts)}"


@reads_fields("region", "bedrock.model_id", "bedrock.embedding_model_id", "bedrock.destination_regions")
def destinations_include_home(env: Environment) -> Iterator[Violation]:
    """A profile answers at home when it can: each lists the region it is called from among its destinations."""
    used = (env.bedrock.model_id, env.bedrock.embedding_model_id)
    regions = env.bedrock.destination_regions
    if regions and any(map(profile_prefix, used)) and env.region not in regions:
        yield "bedrock.destination_regions", f"a list with {env.region}, from where the inference profile is called"


@reads_fields("bedrock.guardrail", "region")
def guardrail_exists_in_region(env: Environment) -> Iterator[Violation]:
    if env.bedrock.guardrail and not guardrails_exist(env.region):
        yield "bedrock.guardrail", f"false, because {env.region} has no guardrails"


@reads_fields("bedrock.guardrail", "bedrock.blocked_topics", "bedrock.blocked_words", "bedrock.published_personal_data")
def guardrail_has_what_it_blocks(env: Environment) -> Iterator[Violation]:
    for key in ("blocked_topics", "blocked_words", "published_personal_data"):
        if getattr(env.bedrock, key) and not env.bedrock.guardrail:
            yield f"bedrock.{key}", "an empty list, because guardrail = false"
    names = [topic.name.lower() for topic in env.bedrock.blocked_topics]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"bedrock.blocked_topics[{index}].name", "a name no other topic has"


@reads_fields("bedrock.stop", "monitoring.application_metrics")
def stop_counts_tokens(env: Environment) -> Iterator[Violation]:
    """Bedrock counts by model and account: one environment would stop another."""
    if env.bedrock.stop != "off" and not env.monitoring.application_metrics:
        yield "monitoring.application_metrics", f'true, because bedrock.stop = "{env.bedrock.stop}" goes by them'


@reads_fields(
    "bedrock.stop",
    "bedrock.stop_at_tokens",
    "cost.chats_per_month",
    "cost.input_tokens_per_chat",
    "cost.output_tokens_per_chat",
)
def stop_leaves_room_for_visitors(env: Environment) -> Iterator[Violation]:
    """A month of questions doesn't come evenly: a day's busiest quarter of an hour has several times the mean."""
    cost = env.cost
    month = cost.chats_per_month * (cost.input_tokens_per_chat + cost.output_tokens_per_chat)
    least = _BUSIEST * month // _QUARTERS
    if env.bedrock.stop != "off" and env.bedrock.stop_at_tokens < least:
        yield (
            "bedrock.stop_at_tokens",
            f"at least {least}, {_BUSIEST} times the mean of the tokens that [cost] expects in 15 minutes",
        )


@reads_fields("bedrock.quota_alarms", "bedrock.model_id", "bedrock.embedding_model_id", "search.enabled")
def quota_has_a_name(env: Environment) -> Iterator[Violation]:
    """Quotas are found by the model's name alone, and a wrong one would make alarms that lie."""
    for quota in env.watched_quotas:
        if not quota.name:
            yield (
                "bedrock.quota_alarms",
                f"false, because the name of {quota.model_id} in Service Quotas isn't known (config/model_quotas.toml)",
            )


@PairRule
def invocation_logging_has_one_owner(env: Environment, other: Environment) -> Iterator[Violation]:
    both_own = env.bedrock.invocation_logging == other.bedrock.invocation_logging == "own"
    if both_own and share_region(env, other):
        yield (
            "bedrock.invocation_logging",
            f'"adopt", because environment {other.name} owns it in this account and region',
        )
