"""Every price has a service of the bill: else its line would stand there with nothing beside it."""

from __future__ import annotations

import tomllib

import pytest

from pipeline.cost.services import service_of, shown_service
from tests.support.environments import ROOT

TABLES = sorted((ROOT / "pipeline" / "cost" / "prices").glob("*.toml"))
KEYS = {key for each in TABLES for key in tomllib.loads(each.read_text())["price"]}


def test_every_price_has_one() -> None:
    assert KEYS
    assert [key for key in sorted(KEYS) if service_of(key) == key.split(".")[0]] == []


@pytest.mark.parametrize(
    ("key", "service"),
    [
        ("vpc.nat_gateway.data", "EC2 - Other"),
        ("vpc.public_ipv4", "Amazon Virtual Private Cloud"),
        ("bedrock.us.amazon.nova-lite-v1:0.input", "Amazon Bedrock"),
    ],
)
def test_the_longest_match_counts(key: str, service: str) -> None:
    assert service_of(key) == service


def test_a_model_that_others_sell_is_bedrocks() -> None:
    assert shown_service("Claude Sonnet 4 (Amazon Bedrock Edition)") == "Amazon Bedrock"
    assert shown_service("AWS Lambda") == "AWS Lambda"
