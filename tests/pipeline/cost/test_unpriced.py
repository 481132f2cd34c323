"""What has no price is listed and makes the estimate incomplete; the rest stays priced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from config import load
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate as estimate_synthesis
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.table import price_table
from pipeline.cost.words import remarks
from tests.pipeline.cost.samples import changed, resources
from tests.support.environments import varied


def test_a_region_without_a_table_is_incomplete() -> None:
    estimate = estimate_resources(resources("dev"), varied("dev", region="mx-central-1"))
    assert (estimate.complete, estimate.table_region, estimate.region) == (False, "us-east-1", "mx-central-1")
    assert "region/mx-central-1" in [each.place for each in estimate.unpriced]
    assert any("no price table for region mx-central-1" in text for text in remarks(estimate))


def test_a_region_with_a_table_lists_what_has_no_figure_there() -> None:
    estimate = estimate_resources(resources("dev"), varied("dev", region="eu-central-1"))
    assert (estimate.table_region, estimate.region) == ("eu-central-1", "eu-central-1")
    reasons = {each.address.partition(".")[0]: each.reason for each in estimate.unpriced}
    assert reasons["aws_opensearch_domain"] == "the table of eu-central-1 has no price 'opensearch.t3.small.search'"
    own = price_table("eu-central-1").prices
    assert all(
        own[each.price.key] is each.price for each in estimate.lines if not each.addresses[0].startswith("bedrock.")
    )
    assert any("the true price is higher" in text for text in remarks(estimate))


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        (
            "aws_opensearch_domain",
            {"cluster_config": {"instance_type": "x9.huge.search", "instance_count": 1}},
            "x9.huge.search",
        ),
        (
            "aws_ecs_cluster",
            {"setting": [{"name": "containerInsights", "value": "enhanced"}]},
            "charged by observation",
        ),
        ("aws_ecs_service", {"task_definition": "somewhere-else:1"}, "somewhere-else"),
        ("aws_opensearch_domain", {"cluster_config": {"instance_type": "t3.small.search"}}, "no instance_count"),
        ("aws_ecs_task_definition", {"cpu": "${var.cpu}"}, "known only after it exists"),
        ("aws_cloudwatch_log_group", {"retention_in_days": "${var.days}"}, "known only after it exists"),
    ],
)
def test_what_has_no_price_is_listed(kind: str, values: dict[str, Any], reason: str) -> None:
    estimate = estimate_resources(changed(kind, **values), load("dev"))
    priced_by = {"aws_ecs_task_definition": "aws_ecs_service"}.get(kind, kind)
    assert {each.address.partition(".")[0] for each in estimate.unpriced} == {priced_by}
    assert reason in estimate.unpriced[0].reason
    assert not any(each.addresses[0].startswith(f"{priced_by}.") for each in estimate.lines)
    assert any("the true price is higher" in text for text in remarks(estimate))
    assert not estimate.complete


def test_an_unknown_type_and_an_unknown_model_are_listed() -> None:
    strange = PricedResource("service", "aws_quantum_thing", "x", {})
    estimate = estimate_resources((*resources("dev"), strange), varied("dev", bedrock__model_id="us.acme.big-v1:0"))
    assert [each.address for each in estimate.unpriced] == ["aws_quantum_thing.x", "bedrock.us.acme.big-v1:0"]
    assert "tokens embedded" in [each.what for each in estimate.lines]


def test_an_unknown_model_that_embeds_takes_no_other_tokens_away() -> None:
    estimate = estimate_resources(resources("dev"), varied("dev", bedrock__embedding_model_id="acme.embed-v1"))
    assert [each.address for each in estimate.unpriced] == ["bedrock.acme.embed-v1"]
    assert "[[cost.model_prices]]" in estimate.unpriced[0].reason
    assert {"tokens read", "tokens written"} <= {each.what for each in estimate.lines}


def test_a_module_has_no_price() -> None:
    config = {"resource": {"aws_route53_zone": {"zone": {"name": "a.example"}}}, "module": {"more": {"source": "./x"}}}
    layers: Any = SimpleNamespace(layers=[SimpleNamespace(name="dns", config=config)])
    estimate = estimate_synthesis(layers, load("dev"))
    assert [each.place for each in estimate.unpriced] == ["dns/module.more"]
