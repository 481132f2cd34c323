"""Rules on assumed usage and stated prices: no part above its whole, one figure for one thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields
from config.sections.bedrock import profile_prefix
from config.sections.budget import BEDROCK

if TYPE_CHECKING:
    from config.environment import Environment


@reads_fields("cost")
def parts_are_no_more_than_the_whole(env: Environment) -> Iterator[Violation]:
    cost = env.cost
    if cost.requests_per_month is not None and cost.chats_per_month > cost.requests_per_month:
        yield (
            "cost.chats_per_month",
            f"at most {cost.requests_per_month}, which is requests_per_month",
        )
    if cost.changed_pages_per_month > cost.ingested_pages_per_month:
        yield (
            "cost.changed_pages_per_month",
            f"at most {cost.ingested_pages_per_month}, which is ingested_pages_per_month",
        )


@reads_fields("cost.accepted", "cost.model_prices")
def one_figure_for_one_thing(env: Environment) -> Iterator[Violation]:
    """Two figures for one address or model differ, or one of them is superfluous."""
    stated = (
        ("accepted", "address", [each.address for each in env.cost.accepted]),
        ("model_prices", "model_id", [each.model_id for each in env.cost.model_prices]),
    )
    for key, field, names in stated:
        for index, name in enumerate(names):
            if name in names[:index]:
                yield f"cost.{key}[{index}].{field}", "one that no other entry has"


# What the stop alone reads.
_OF_THE_STOP = ("model_usd", "model_services")


@reads_fields("budget.stop", "budget.model_usd", "budget.model_services")
def values_belong_to_the_stop(env: Environment) -> Iterator[Violation]:
    """A value that nothing reads is a mistake: somebody believes that the model is stopped."""
    budget = env.budget
    if budget.stop != "off":
        if budget.model_usd is None:
            yield "budget.model_usd", "USD a month of all calls of Bedrock in the account, since budget.stop acts there"
        return
    for key in _OF_THE_STOP:
        if getattr(budget, key) != type(budget).model_fields[key].default:
            yield f"budget.{key}", 'nothing, because budget.stop = "off" doesn\'t use it'


@reads_fields("budget.stop", "budget.enabled", "budget.emails", "monitoring.alarm_emails")
def a_stop_is_built_and_heard(env: Environment) -> Iterator[Violation]:
    if env.budget.stop == "off":
        return
    if not env.budget.enabled:
        yield "budget.stop", '"off", because budget.enabled = false'
    if env.budget.stop == "manual" and not env.budget_emails:
        yield (
            "budget.stop",
            '"off" or "automatic", because without budget.emails or monitoring.alarm_emails nobody is asked to approve',
        )


@reads_fields("budget.stop", "budget.model_services", "bedrock.model_id", "bedrock.embedding_model_id")
def models_are_counted_where_they_are_billed(env: Environment) -> Iterator[Violation]:
    """Models of other providers stand in the bill as "Claude Sonnet 4.5 (Amazon Bedrock Edition)", not as Bedrock."""
    if env.budget.stop == "off" or env.budget.model_services:
        return
    for model in (env.bedrock.model_id, env.bedrock.embedding_model_id):
        if model.removeprefix(f"{profile_prefix(model)}.").partition(".")[0] != "amazon":
            yield (
                "budget.model_services",
                f"the name under which AWS bills {model}, as Cost Explorer shows it under Service, because few models "
                f"that aren't Amazon's are in \"{BEDROCK}\"; that name itself where this one is",
            )
