"""Rules on the probe, on what a day's answers cost, on spans, and on who switches Transaction Search on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.collector import COLLECTOR_MIB, PORTS
from config.model_prices import answer_prices
from config.rules.base import PairRule, Violation, reads_fields, share_region
from config.rules.search import code_is_signed

if TYPE_CHECKING:
    from config.environment import Environment

# Days of a month, as prices have it: 730 hours.
_DAYS = 730 / 24
# Of a task with a collector.
_LEAST_CPU, _LEAST_MIB = 512, 1024


@reads_fields("monitoring.spent_usd_a_day", "monitoring.application_metrics", "bedrock.model_id", "cost.model_prices")
def spending_can_be_counted(env: Environment) -> Iterator[Violation]:
    """The application multiplies tokens by prices: without both there is nothing to ring at."""
    if env.monitoring.spent_usd_a_day is None:
        return
    if not env.monitoring.application_metrics:
        yield (
            "monitoring.spent_usd_a_day",
            "no value, because it goes by a metric of the application: set monitoring.application_metrics = true",
        )
    elif not answer_prices(env):
        yield (
            "monitoring.spent_usd_a_day",
            f"no value, because the price of {env.bedrock.model_id} isn't known: state it in [[cost.model_prices]]",
        )


@reads_fields("monitoring.spent_usd_a_day", "cost", "bedrock.model_id")
def a_days_visitors_may_spend(env: Environment) -> Iterator[Violation]:
    """An alarm that rings on a day as it is expected is switched off by those who get it."""
    most, prices = env.monitoring.spent_usd_a_day, answer_prices(env)
    if most is None or not prices:
        return
    input_usd, output_usd, _ = map(float, prices.split("/"))
    cost = env.cost
    chat = cost.input_tokens_per_chat * input_usd + cost.output_tokens_per_chat * output_usd
    day = cost.chats_per_month * chat / 1_000_000 / _DAYS
    if most < day:
        yield "monitoring.spent_usd_a_day", f"at least {math.ceil(day * 100) / 100:g}, what [cost] expects on a day"


@reads_fields("monitoring.tracing", "monitoring.transaction_search")
def spans_have_a_destination(env: Environment) -> Iterator[Violation]:
    """X-Ray takes spans by OTLP only where they go to CloudWatch Logs ("OTLP Endpoints", CloudWatch user guide)."""
    if env.monitoring.tracing == "otlp" and env.monitoring.transaction_search == "off":
        yield (
            "monitoring.tracing",
            '"off", because X-Ray refuses spans without Transaction Search: set monitoring.transaction_search to "own" '
            'or, where it is on in the account and region already, to "adopt"',
        )


@reads_fields(
    "monitoring.tracing",
    "monitoring.collector_image",
    "monitoring.transaction_search",
    "network.egress",
    "service.port",
    "emulator.enabled",
)
def a_collector_has_its_place(env: Environment) -> Iterator[Violation]:
    """A collector is a container of each task, pulled from AWS's public registry, and sends segments, not spans."""
    monitoring = env.monitoring
    if monitoring.tracing != "sidecar":
        if monitoring.collector_image is not None:
            yield "monitoring.collector_image", 'no value, because only tracing = "sidecar" has a collector'
        return
    if monitoring.collector_image is None:
        yield "monitoring.collector_image", "the collector's image, by tag and digest, because nothing else names it"
    if monitoring.transaction_search != "off":
        yield "monitoring.tracing", '"otlp", because with transaction_search X-Ray takes spans without a collector'
    if env.network.egress == "endpoints":
        yield (
            "monitoring.tracing",
            '"otlp" or "off", because egress = "endpoints" leaves no way to the public registry of its image',
        )
    if env.service.port in PORTS:
        taken = ", ".join(map(str, sorted(PORTS)))
        yield "service.port", f"another port than {taken}, at which the collector beside the application listens"
    if env.emulator.enabled:
        yield "monitoring.tracing", '"otlp" or "off", because the emulated AWS has no image of a collector to run'


@reads_fields("monitoring.tracing", "service.cpu", "service.memory_mib")
def a_collector_leaves_the_application_its_size(env: Environment) -> Iterator[Violation]:
    """The collector takes COLLECTOR_MIB and some of the processor: what is left is the smallest task's size."""
    if env.monitoring.tracing != "sidecar":
        return
    if env.service.cpu < _LEAST_CPU:
        yield (
            "service.cpu",
            f'at least {_LEAST_CPU}, because tracing = "sidecar" puts a collector beside the application',
        )
    if env.service.memory_mib < _LEAST_MIB:
        yield (
            "service.memory_mib",
            f'at least {_LEAST_MIB}, because tracing = "sidecar" puts a collector of {COLLECTOR_MIB} beside the '
            "application",
        )


@reads_fields(
    "monitoring.probe_minutes",
    "monitoring.application_metrics",
    "edge.enabled",
    "edge.geo_allow",
    "edge.anonymous_addresses",
)
def probe_reaches_the_site(env: Environment) -> Iterator[Violation]:
    """A probe that can't reach the site would alarm for ever."""
    if not env.monitoring.probe_minutes:
        return
    if not env.edge.enabled:
        yield "monitoring.probe_minutes", "0, because without edge.enabled the site has no public address"
    elif env.edge.geo_allow:
        # Lambda's addresses are AWS's, and CloudFront says of no address in which country it sees it.
        why = "CloudFront may see its address in another country than edge.geo_allow has"
        yield "monitoring.probe_minutes", f"0, because the function asks from an address of AWS: {why}"
    if env.edge.enabled and env.edge.anonymous_addresses == "block":
        yield "monitoring.probe_minutes", '0, because edge.anonymous_addresses = "block" shuts data centres out'
    if not env.monitoring.application_metrics:
        yield (
            "monitoring.probe_minutes",
            "0, because its results are metrics: set monitoring.application_metrics = true",
        )


@reads_fields("region", "monitoring.transaction_search")
def spans_are_deleted_by_signed_code(env: Environment) -> Iterator[Violation]:
    """A function has them deleted in time, and functions here accept only signed code."""
    if env.monitoring.transaction_search == "own" and not code_is_signed(env.region):
        yield (
            "monitoring.transaction_search",
            f'"adopt" or "off", because {env.region} has no AWS Signer for the code of the function that deletes spans',
        )


@PairRule
def transaction_search_has_one_owner(env: Environment, other: Environment) -> Iterator[Violation]:
    both_own = env.monitoring.transaction_search == other.monitoring.transaction_search == "own"
    if both_own and share_region(env, other):
        yield (
            "monitoring.transaction_search",
            f'"adopt" or "off", because environment {other.name} owns it in this account and region',
        )
