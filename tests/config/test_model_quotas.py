"""Names of quotas: one for each way to reach a model, and none that is guessed."""

from __future__ import annotations

import pytest

from config.alarm_text import NOT_READ
from config.model_prices import price_table
from config.model_quotas import SHARES, quota_names, tokens_quota
from config.sections.bedrock import profile_prefix
from tests.config.samples import build, problems


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("amazon.nova-lite-v1:0", "On-demand model inference tokens per minute for Amazon Nova Lite"),
        ("us.amazon.nova-lite-v1:0", "Cross-region model inference tokens per minute for Amazon Nova Lite"),
        (
            "global.anthropic.claude-sonnet-4-6",
            "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6",
        ),
        ("us.amazon.nova-9-v1:0", ""),
    ],
)
def test_a_model_has_a_quota_for_each_way_to_reach_it(model_id: str, name: str) -> None:
    assert tokens_quota(model_id, profile_prefix(model_id)) == name


def test_no_two_models_have_one_name_and_all_have_a_price() -> None:
    names = quota_names()
    assert len(set(names.values())) == len(names) > 30
    priced = {each.removeprefix(f"{profile_prefix(each)}.") for each in price_table()["models"]}
    assert set(names) <= priced


def test_alarms_are_named_after_their_share_and_only_where_they_are_wanted() -> None:
    assert build().quota_alarms == {}
    env = build(bedrock={"quota_alarms": True})
    assert env.quota_alarms == {
        env.names.resource(f"quota-{kind}-{each}"): each for kind in ("tokens", "embedded") for each in SHARES
    }
    assert [(each.model_id, each.name) for each in env.watched_quotas] == [
        ("us.amazon.nova-lite-v1:0", "Cross-region model inference tokens per minute for Amazon Nova Lite"),
        (
            "amazon.titan-embed-text-v2:0",
            "On-demand model inference tokens per minute for Amazon Titan Text Embeddings V2",
        ),
    ]
    without = build(bedrock={"quota_alarms": True}, search={"enabled": False}, ingestion={"sources": []})
    assert [each.kind for each in without.watched_quotas] == ["tokens"]
    assert env.signs_packages
    assert min(SHARES) * NOT_READ / 100 > 10**12


def test_a_model_whose_quota_has_no_known_name_is_refused() -> None:
    unknown = {"model_id": "us.amazon.nova-9-v1:0"}
    assert "bedrock.quota_alarms" not in problems(bedrock=unknown)
    told = problems(bedrock={**unknown, "quota_alarms": True})
    assert "us.amazon.nova-9-v1:0 in Service Quotas isn't known" in told["bedrock.quota_alarms"]
