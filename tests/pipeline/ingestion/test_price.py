"""The highest price of a run, added up by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from config import Environment, parse
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion.price import refuse_unpriced_run, run_price

# 1,000 pages of 10 passages of 320 tokens; 6 seconds of 0.5 GiB a page; calls, transitions, ledger, objects.
EMBEDDING = Decimal(3_200_000) * Decimal("0.02") / 1_000_000
LAMBDA = Decimal(3_020) * Decimal("0.20") / 1_000_000 + Decimal(3_000) * Decimal("0.0000133334")
TRANSITIONS = Decimal(5_040) * Decimal("0.025") / 1000
STORES = (Decimal("0.625") + 3 * Decimal("0.125")) / 1000 + 2 * Decimal("0.005")
GUARDRAIL = Decimal(20) * (Decimal("0.15") + Decimal("0.15") + Decimal("0.10"))


def environment(**ingestion: object) -> Environment:
    source = {"name": "docs", "kind": "sitemap", "address": "https://docs.example.com/sitemap.xml"}
    return parse({"account_id": "123456789012", "ingestion": {"sources": [source], **ingestion}}, name="dev")


def test_every_part_of_the_price_counts() -> None:
    found = run_price(environment(), pages=1000)
    assert (found.passages, found.calls, found.transitions) == (10_000, 3_020, 5_040)
    exact = EMBEDDING + LAMBDA + TRANSITIONS + STORES
    assert found.usd is not None
    assert Decimal(0) <= found.usd - exact < Decimal("0.01")


def test_passages_that_are_checked_cost_what_the_guardrail_does() -> None:
    found = run_price(environment(check_passages=True), pages=1000)
    exact = EMBEDDING + LAMBDA + TRANSITIONS + STORES + GUARDRAIL
    assert found.usd is not None
    assert Decimal(0) <= found.usd - exact < Decimal("0.01")


def test_a_stated_figure_counts_only_where_a_price_is_missing() -> None:
    elsewhere = parse({"account_id": "123456789012", "region": "us-west-2"}, name="dev")
    unpriced = run_price(elsewhere, pages=10)
    with pytest.raises(SitechatError) as refused:
        refuse_unpriced_run(unpriced, "dev")
    assert refused.value.code is ExitCode.INCOMPLETE
    assert "sitechat ingest run --env dev --stated-usd" in refused.value.hint
    stated = run_price(elsewhere, pages=10, stated_usd=Decimal("2.50"))
    refuse_unpriced_run(stated, "dev")
    assert "at most 2.50 USD (" in stated.text
    assert "stated, not priced" in stated.text
    priced = run_price(environment(), pages=1000, stated_usd=Decimal("2.50"))
    assert priced == run_price(environment(), pages=1000)


def test_a_model_without_a_price_is_told() -> None:
    env = environment()
    other = env.model_copy(update={"bedrock": env.bedrock.model_copy(update={"embedding_model_id": "amazon.other"})})
    found = run_price(other, pages=10)
    assert found.usd is None
    assert "no price of input tokens of amazon.other in us-east-1" in found.text
    assert found.to_dict()["usd"] is None
