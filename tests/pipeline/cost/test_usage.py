"""Usage follows questions and pages, unless the file states it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.cost.estimate import estimate_resources
from pipeline.cost.usage import assumed_usage, questions
from tests.pipeline.cost.samples import resources
from tests.support.environments import varied

# For 1,000 questions and 100 changed pages, by hand.
DERIVED = {
    "requests_per_month": ("requests", "30000"),
    "transfer_out_gb": ("transfer_out_gb", "2.861"),  # 30,000 x 100 KiB
    "aws_traffic_gb": ("aws_traffic_gb", "0.977"),  # 1,000 MiB
    "app_log_mib": ("app_log_mib", "147.656"),  # 50 + 1,000 x 100 KiB
    "flow_log_mib": ("flow_log_mib", "337.891"),  # 250 + 1,000 x 90 KiB
    "busy_percent": ("busy_percent", "0.495"),  # 13,000 seconds of 2,628,000
    "embedded_tokens_per_month": ("embedded_tokens", "370000"),  # 1,000 x 50 + 100 x 10 x 320
}
BASE = {"cost__chats_per_month": 1_000, "cost__changed_pages_per_month": 100}


@pytest.mark.parametrize("key", DERIVED)
def test_what_is_unset_is_derived_and_what_is_set_stays(key: str) -> None:
    name, expected = DERIVED[key]
    assert getattr(assumed_usage(varied("dev", **BASE)), name) == pytest.approx(Decimal(expected), abs=Decimal("0.001"))
    value = 77_000 if key.endswith("_month") else 77
    assert getattr(assumed_usage(varied("dev", **BASE, **{f"cost__{key}": value})), name) == value


def test_questions_are_requests_too() -> None:
    assert assumed_usage(varied("dev", cost__chats_per_month=500, cost__requests_per_month=3)).requests == 500


def test_the_probes_questions_are_questions_and_one_request_each() -> None:
    """Every 15 minutes are 2,920 a month; a parked site is asked none."""
    probed = varied("prod", **BASE, monitoring__probe_minutes=15)
    asked = varied("prod", **{**BASE, "cost__chats_per_month": 3_920}, monitoring__probe_minutes=0)
    assert questions(probed) == questions(asked) == 3_920
    found, expected = assumed_usage(probed), assumed_usage(asked)
    assert found.requests == 30_000 + 2_920
    assert replace(found, requests=expected.requests, transfer_out_gb=expected.transfer_out_gb) == expected
    assert questions(varied("prod", **BASE, monitoring__probe_minutes=15, service__parked=True)) == 1_000


def test_whatever_follows_questions_follows_the_probes() -> None:
    """As many questions of visitors have the same lines, but for what the probe itself is made of."""
    same = {"cost__requests_per_month": 600_000, "cost__transfer_out_gb": 50}
    probed, asked = (
        estimate_resources(resources("prod"), varied("prod", **same, **changes))
        for changes in (
            {"monitoring__probe_minutes": 15},
            {"monitoring__probe_minutes": 0, "cost__chats_per_month": 22_920},
        )
    )
    pairs = [(each, other) for each, other in zip(probed.lines, asked.lines, strict=True) if "probe" not in str(each)]
    assert len(pairs) > 50
    assert [each for each, other in pairs if each != other] == []


def test_no_month_is_busier_than_whole() -> None:
    assert assumed_usage(varied("dev", cost__chats_per_month=1_000_000_000)).busy_percent == 100


def test_more_questions_cost_more_tasks_logs_and_traffic() -> None:
    few, many = (
        estimate_resources(resources("prod"), varied("prod", cost__chats_per_month=count)) for count in (1_000, 100_000)
    )
    for what in ("on-demand task vCPU", "logs written", "data to visitors", "data through NAT", "tokens embedded"):
        costs = [
            sum((each.quantity.expected for each in found.lines if each.what == what), Decimal())
            for found in (few, many)
        ]
        assert costs[0] < costs[1], what
