"""Every resource is accounted for, lines can be checked by hand, and more of anything never costs less."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from config import load
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.model import ZERO
from pipeline.cost.words import remarks
from tests.pipeline.cost.samples import changed, line, priced, resources, synthesised
from tests.support.environments import NAMES, varied

every_environment = pytest.mark.parametrize("name", NAMES)

# Types without a price on purpose. An entry hides cost from users: give the reason in docs/cost.md.
UNPRICED_TYPES: set[str] = set()


@every_environment
def test_every_resource_is_priced_free_or_listed(name: str) -> None:
    estimate = priced(name)
    with_price = {(each.layer, address) for each in estimate.lines for address in each.addresses}
    without = {(each.layer, each.address) for each in estimate.unpriced}
    free = sum(each.count for each in estimate.free)
    everything = {(each.layer, each.address) for each in resources(name)}
    assert with_price & without == set()
    assert len(everything & with_price) + len(without) + free == len(resources(name))
    assert {address.partition(".")[0] for _, address in without} == UNPRICED_TYPES


@every_environment
def test_what_is_shown_adds_up(name: str) -> None:
    estimate = priced(name)
    assert estimate.total == sum((each.cost for each in estimate.lines), ZERO)
    assert estimate.total == sum(estimate.by_layer.values(), ZERO)
    assert estimate.low < estimate.expected < estimate.high
    assert all(each.reason for each in estimate.free)


# Worked out by hand: 730 hours; 1 task, and 3 more in 500 x 13 of 2,628,000 seconds, are 1.0074 tasks of 0.25 vCPU and
# 0.5 GB; 500 questions are 15,000 requests of 100 KiB, 1.43 GB.
BY_HAND = [
    ("aws_opensearch_domain", "t3.small.search nodes", "26.28"),  # 730 x 0.036
    ("aws_opensearch_domain", "disk", "1.22"),  # 10 x 0.122
    ("aws_lb", "load balancer", "16.43"),  # 730 x 0.0225
    ("aws_lb", "capacity units", "0.01"),  # 1.43 GB x 0.008
    ("aws_ecs_service", "Spot task vCPU", "1.79"),  # 1.0074 x 730 x 0.25 x 0.009714
    ("aws_ecs_service", "Spot task memory", "0.39"),  # 1.0074 x 730 x 0.5 x 0.001068
    ("aws_ecs_service", "public IPv4 of tasks", "3.68"),  # 1.0074 x 730 x 0.005
    ("aws_wafv2_web_acl", "web ACL", "5.00"),
    ("aws_wafv2_web_acl", "requests inspected", "0.01"),  # 0.015 x 0.60
    ("aws_secretsmanager_secret", "secret", "0.40"),
    ("aws_cloudfront_distribution", "HTTPS requests", "0.02"),  # 1.5 x 0.01
    ("aws_cloudfront_distribution", "data to visitors", "0.12"),  # 1.43 x 0.085
    ("aws_cloudwatch_dashboard", "dashboard", "6.00"),
    ("aws_ecr_repository", "images kept", "0.24"),  # 10 x 250 / 1024 x 0.10
    ("aws_bedrock_guardrail", "content policy", "0.23"),  # 500 x (1 + 2) / 1000 x 0.15
    ("aws_bedrock_guardrail", "sensitive policy", "0.15"),  # 1.5 x 0.10
    ("aws_bedrock_guardrail", "grounding policy", "0.60"),  # 500 x (10 + 2) / 1000 x 0.10
    ("bedrock", "tokens read", "0.08"),  # 1.25 x 0.06
    ("bedrock", "tokens written", "0.04"),  # 0.15 x 0.24
    ("bedrock", "tokens embedded", "0.01"),  # (500 x 50 + 200 x 10 x 320) / 1,000,000 x 0.02
]


@pytest.mark.parametrize(("kind", "what", "usd"), BY_HAND)
def test_lines_of_dev_by_hand(kind: str, what: str, usd: str) -> None:
    assert line(priced("dev"), kind, what).cost.expected == Decimal(usd)


def test_counts_come_from_the_synthesised_resources() -> None:
    estimate = priced("dev")
    acl = next(each for each in resources("dev") if each.type == "aws_wafv2_web_acl")
    assert line(estimate, "aws_wafv2_web_acl", "rules").cost.expected == len(acl.body["rule"])
    alarms = [each for each in resources("dev") if each.type == "aws_cloudwatch_metric_alarm"]
    charged = sum(len(each.addresses) for each in estimate.lines if each.what == "alarm")
    assert charged == len(alarms) > 0


MORE: list[dict[str, Any]] = [
    {"service__min_tasks": 2},
    {"service__max_tasks": 40},
    {"cost__busy_percent": 50},
    {"cost__chats_per_month": 20_000},
    {"cost__requests_per_month": 3_000_000},
    {"cost__transfer_out_gb": 500},
    {"cost__app_log_mib": 20_000},
    {"cost__embedded_tokens_per_month": 100_000_000},
    {"image__keep_images": 40},
]


@pytest.mark.parametrize("change", MORE, ids=lambda change: next(iter(change)))
def test_more_costs_more(change: dict[str, Any]) -> None:
    before, after = priced("dev"), estimate_resources(resources("dev"), varied("dev", **change))
    assert after.expected > before.expected
    assert after.low >= before.low
    assert after.high > before.high


def test_tasks_never_exceed_the_maximum() -> None:
    env = varied("dev", cost__busy_percent=100)
    estimate = estimate_resources(resources("dev"), env)
    spot = line(estimate, "aws_ecs_service", "Spot task vCPU")
    dear = line(estimate, "aws_ecs_service", "Spot task vCPU at most")
    assert spot.quantity.expected == dear.quantity.high == Decimal(4 * 730) / 4


def test_spot_is_a_range_up_to_the_price_on_demand() -> None:
    whole = {"cost__busy_percent": 0, "cost__low_percent": 100, "cost__high_percent": 100}
    spot, on_demand = (estimate_resources(_with_spot(percent), varied("dev", **whole)) for percent in (100, 0))
    assert spot.high == on_demand.high
    assert spot.low == spot.expected < on_demand.low


def _with_spot(percent: int) -> tuple[PricedResource, ...]:
    shares = {"FARGATE_SPOT": percent, "FARGATE": 100 - percent}
    strategies = [{"capacity_provider": name, "weight": weight} for name, weight in shares.items()]
    return changed("aws_ecs_service", capacity_provider_strategy=strategies)


def test_the_ceiling_fails_only_above_it() -> None:
    expected = priced("dev").expected
    for ceiling, exceeded in ((int(expected), True), (int(expected) + 1, False), (0, False)):
        estimate = estimate_resources(resources("dev"), varied("dev", cost__ceiling_usd=ceiling))
        assert estimate.ceiling_exceeded is exceeded
        assert any("ABOVE THE CEILING" in text for text in remarks(estimate)) is exceeded


@pytest.mark.parametrize(
    ("changes", "ceiling", "setting"),
    [
        ({}, 1, "budget.monthly_usd"),
        ({"cost__ceiling_usd": 2}, 2, "cost.ceiling_usd"),
        ({"cost__ceiling_usd": 2, "budget__enabled": False}, 2, "cost.ceiling_usd"),
        ({"budget__enabled": False}, None, ""),
        ({"cost__ceiling_usd": 0}, None, ""),
    ],
)
def test_the_budget_is_the_ceiling_unless_there_is_another(
    changes: dict[str, Any], ceiling: int | None, setting: str
) -> None:
    estimate = estimate_resources(resources("dev"), varied("dev", budget__monthly_usd=1, **changes))
    assert (estimate.ceiling_usd, estimate.ceiling_exceeded) == (ceiling, ceiling is not None)
    said = [text for text in remarks(estimate) if "ABOVE THE CEILING" in text]
    assert said == ([f"ABOVE THE CEILING: {setting} is {ceiling}."] if ceiling else [])


def test_what_feeds_the_budget_is_the_ceiling() -> None:
    for name in ("dev", "staging", "prod"):
        budgets = [each.body for each in resources(name) if each.type == "aws_budgets_budget"]
        (budget,) = (each for each in budgets if not each["name"].endswith("-models"))
        assert Decimal(budget["limit_amount"]) == priced(name).ceiling_usd


def test_above_the_budget_is_said() -> None:
    said = remarks(estimate_resources(resources("dev"), varied("dev", budget__monthly_usd=1, cost__ceiling_usd=0)))
    assert any("budget.monthly_usd is 1." in text for text in said)
    silent = remarks(estimate_resources(resources("dev"), varied("dev", budget__monthly_usd=1, budget__enabled=False)))
    assert not any("budget" in text for text in silent)


def test_the_log_of_model_calls_costs_its_key_and_its_prompts() -> None:
    owned = varied("dev", bedrock__invocation_logging="own", cost__chats_per_month=1_000_000)
    (resources_owned,) = synthesised(owned)
    without = tuple(each for each in resources_owned if not each.name.startswith("invocations_"))

    def costs(what: str, found: tuple[PricedResource, ...]) -> float:
        lines = estimate_resources(found, owned).lines
        return float(sum((each.cost.expected for each in lines if each.what == what), Decimal()))

    for what, usd in (("customer managed key", 1), ("logs written", 1_000_000 * 2_800 * 6 / 1024**3 * 0.5)):
        assert costs(what, resources_owned) - costs(what, without) == pytest.approx(usd, abs=0.01)  # cents


def test_a_cluster_without_container_insights_is_free() -> None:
    enabled = [{"name": "containerInsights", "value": "enabled"}]
    estimate = estimate_resources(changed("aws_ecs_cluster", setting=enabled), load("dev"))
    assert estimate.expected - priced("dev").expected == Decimal("11.10")  # (12 + 15 + 10) metrics x 0.30
    assert "aws_ecs_cluster" not in {each.type for each in estimate.free}
    assert "aws_ecs_cluster" in {each.type for each in priced("dev").free}


def test_buckets_are_known_by_their_names() -> None:
    """Those of files that stay the same cost nothing; one of which nobody knows what it holds has no price."""
    charged = {address for each in priced("prod").lines for address in each.addresses}
    kinds = {
        each.body["bucket"].split("-", 2)[2].rsplit("-", 4)[0]: each
        for each in resources("prod")
        if each.type == "aws_s3_bucket"
    }
    assert {kind for kind, each in kinds.items() if each.address not in charged} == {"packages", "fallback"}
    assert len(kinds) == 9
    for name in ("sitechat-prod-films-111111111111-us-east-1", "films"):
        odd = replace(kinds["trail"], body={"bucket": name})
        (missing,) = estimate_resources((odd,), load("prod")).unpriced
        assert "nobody knows what" in missing.reason


def test_uses_of_keys_and_the_trail_follow_no_visitor() -> None:
    """Neither, nor the recorder's records, costs more with ten times the visitors; the trail follows the account."""
    steady = ("uses of the key", "trail logs kept", "records kept")

    def costs(**changes: int) -> dict[str, Decimal]:
        found = estimate_resources(resources("prod"), varied("prod", **changes)).lines
        return {
            what: sum((each.quantity.expected for each in found if each.what == what), Decimal()) for what in steady
        }

    now = costs()
    assert all(now.values())
    assert costs(cost__requests_per_month=6_000_000) == now
    more_events = costs(cost__account_events=2_000_000)
    assert (more_events["trail logs kept"], more_events["records kept"]) == (
        now["trail logs kept"] * 10,
        now["records kept"],
    )
    for driver in ("chats", "ingested_pages"):
        assert costs(**{f"cost__{driver}_per_month": 100_000})["uses of the key"] > now["uses of the key"]


def test_dev_costs_about_seventy_dollars() -> None:
    """List price of dev before any free tier: Spot tasks with public addresses, OpenSearch, WAF."""
    assert load("dev").network.egress == "public_ip"
    assert load("dev").search.enabled
    assert priced("dev").unpriced == ()
    # Two dashboards among it, and an account has three for nothing.
    assert priced("dev").expected <= Decimal("74")


def test_free_quantities_count_once_for_the_account() -> None:
    """With more alarms than are free, the saving is exactly the free quantity."""
    env = varied("dev", cost__low_percent=0)
    estimate = estimate_resources(resources("dev"), env)
    alarms, dashboards = Decimal("0.10") * 10, Decimal("3.00") * 2
    assert estimate.always_free.low == alarms + dashboards
    assert estimate.always_free.expected > estimate.always_free.low


def test_two_releases_at_once_are_priced_and_rolling_has_none() -> None:
    """Ten releases of 5 minutes to start, 5 to the last share, and 15 until the old tasks end."""
    canary = varied("prod", deployment__strategy="canary")
    (found,) = synthesised(canary)
    estimate = estimate_resources(found, canary)
    assert estimate.unpriced == ()
    once = line(estimate, "aws_ecs_service", "on-demand task vCPU").quantity.expected
    twice = line(estimate, "aws_ecs_service", "second on-demand task vCPU").quantity.expected
    assert float(twice / once) == pytest.approx(10 * 25 / 60 / 730)
    assert not [each for each in priced("dev").lines if each.what.startswith("second ")]


def test_a_connected_service_costs_what_a_larger_task_does() -> None:
    """The proxy is part of the task, the namespace is free."""
    larger = {"service__cpu": 512, "service__memory_mib": 1024, "service__tls_to_task": False}
    envs = [varied("dev", **larger, service__service_connect=connected) for connected in (False, True)]
    alone, connected = (estimate_resources(found, env) for found, env in zip(synthesised(*envs), envs, strict=True))
    assert connected.complete
    assert connected.expected == alone.expected > priced("dev").expected
