from __future__ import annotations

from typing import Any

import pytest

from config.sections.bedrock import profile_prefix
from tests.config.samples import OTHER_ACCOUNT, conflicts, problems


def bedrock(region: str = "us-east-1", **settings: Any) -> dict[str, str]:
    return problems(region=region, bedrock=settings, search={"enabled": False})


@pytest.mark.parametrize(
    ("model", "prefix"),
    [("us.amazon.nova-lite-v1:0", "us"), ("us-gov.amazon.x-v1:0", "us-gov"), ("amazon.nova-lite-v1:0", None)],
)
def test_profile_prefix(model: str, prefix: str | None) -> None:
    assert profile_prefix(model) == prefix


@pytest.mark.parametrize(
    ("region", "model", "destinations"),
    [
        ("eu-central-1", "eu.amazon.nova-lite-v1:0", ["eu-central-1", "eu-west-1"]),
        ("ap-southeast-2", "apac.amazon.nova-lite-v1:0", ["ap-southeast-2", "ap-northeast-1"]),
        ("ca-central-1", "us.amazon.nova-lite-v1:0", ["ca-central-1", "us-east-1"]),
        ("eu-west-1", "global.amazon.nova-2-lite-v1:0", ["eu-west-1", "us-east-1"]),
        ("eu-west-1", "amazon.nova-lite-v1:0", []),
    ],
)
def test_model_in_its_region(region: str, model: str, destinations: list[str]) -> None:
    assert not bedrock(region, model_id=model, destination_regions=destinations)


def test_profile_of_another_geography() -> None:
    found = bedrock("eu-west-1", model_id="us.amazon.nova-lite-v1:0")
    assert found == {
        "bedrock.model_id": "a model, or a profile that starts with eu, global, in eu-west-1",
        "bedrock.destination_regions": "a list with eu-west-1, from where the inference profile is called",
    }
    assert set(bedrock(embedding_model_id="eu.cohere.embed-v4:0", destination_regions=["us-east-1", "eu-west-1"])) == {
        "bedrock.embedding_model_id"
    }


def test_profile_needs_destinations() -> None:
    assert set(bedrock(destination_regions=[])) == {"bedrock.destination_regions"}


def test_plain_model_has_no_destinations() -> None:
    assert set(bedrock(model_id="amazon.nova-lite-v1:0")) == {"bedrock.destination_regions"}


def test_destination_in_another_geography() -> None:
    assert set(bedrock(destination_regions=["us-east-1", "eu-west-1"])) == {"bedrock.destination_regions[1]"}


@pytest.mark.parametrize("region", ["af-south-1", "ca-west-1", "mx-central-1"])
def test_region_without_guardrails(region: str) -> None:
    plain: dict[str, Any] = {"model_id": "amazon.nova-lite-v1:0", "destination_regions": []}
    assert set(bedrock(region, **plain)) == {"bedrock.guardrail"}
    assert not bedrock(region, **plain, guardrail=False)


def test_guardrail_that_is_off_blocks_nothing() -> None:
    topic = {"name": "Medicine", "definition": "Advice on health."}
    found = bedrock(guardrail=False, blocked_topics=[topic], blocked_words=["x"], published_personal_data=["EMAIL"])
    assert set(found) == {"bedrock.blocked_topics", "bedrock.blocked_words", "bedrock.published_personal_data"}


def test_topics_have_names_of_their_own() -> None:
    topics = [{"name": name, "definition": name} for name in ("Law", "Medicine", "law")]
    assert set(bedrock(blocked_topics=topics)) == {"bedrock.blocked_topics[2].name"}


def stopping(metrics: bool = True, cost: dict[str, int] | None = None, **settings: Any) -> dict[str, str]:
    return problems(bedrock=settings, monitoring={"application_metrics": metrics}, cost=cost or {})


def test_what_stops_the_model_needs_the_figures_of_the_application() -> None:
    assert set(stopping(False, stop="pause")) == {"monitoring.application_metrics"}
    assert not stopping(False, stop="off")
    assert not stopping(stop="deny")


def test_the_model_is_not_stopped_by_the_visitors_that_are_expected() -> None:
    """1,000 chats of ten tokens in each of the 2,920 quarters of an hour; eight times as many at the busiest."""
    chats = {"chats_per_month": 2_920_000, "input_tokens_per_chat": 8, "output_tokens_per_chat": 2}
    assert set(stopping(cost=chats, stop="deny", stop_at_tokens=79_999)) == {"bedrock.stop_at_tokens"}
    assert not stopping(cost=chats, stop="deny", stop_at_tokens=80_000)
    assert not stopping(cost=chats, stop="off", stop_at_tokens=10_000)


def test_invocation_logging_has_one_owner_in_an_account_and_region() -> None:
    own = {"bedrock": {"invocation_logging": "own"}}
    assert set(conflicts(own, own)) == {"bedrock.invocation_logging"}
    assert not conflicts(own, {**own, "region": "us-west-2"})
    assert not conflicts(own, {**own, "account_id": OTHER_ACCOUNT})
    assert not conflicts({"bedrock": {"invocation_logging": "adopt"}}, own)
