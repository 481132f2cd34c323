"""Flips of production: their choice, what they change, and a sample tried; `make test-slow` tries all."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from config import load
from tests.support.shared import environment
from tools.assurance.flips import schema
from tools.assurance.flips.criterion import REMOVED
from tools.assurance.flips.document import figures_line, flips_markdown
from tools.assurance.flips.flip import Configs, Flip
from tools.assurance.flips.survey import FlippedEnvironment, flips, outcomes, sample, survivors
from tools.assurance.flips.trial import Outcome, flipped

SHARE = 0.02
PRINCIPAL = "aws_s3_bucket_policy policy/Statement/Principal"


@cache
def production() -> FlippedEnvironment:
    layers = {name: dict(template.config) for name, template in environment("prod").items()}
    return FlippedEnvironment(load("prod"), layers)


def chosen(seed: int = 1) -> list[Flip]:
    return [flip for _, flip in flips([production()], schema.read_schema(), seed)]


def body(configs: Configs, flip: Flip) -> dict[str, Any]:
    layer, _, address = flip.address.partition("/")
    section = "data" if address.startswith("data.") else "resource"
    kind, _, name = address.removeprefix("data.").partition(".")
    found: dict[str, Any] = configs[layer][section][kind][name]
    return found


def test_there_are_more_than_a_hundred_and_each_has_a_name_of_its_own() -> None:
    ids = [flip.id for flip in chosen()]
    assert len(ids) == len(set(ids)) > 100


def test_a_seed_draws_the_same_and_another_one_draws_other_places() -> None:
    assert chosen(seed=1) == chosen(seed=1)
    assert {flip.id for flip in chosen(seed=1)} == {flip.id for flip in chosen(seed=2)}
    assert chosen(seed=1) != chosen(seed=2)


def test_each_changes_one_resource_and_leaves_the_original_alone() -> None:
    configs = production().configs
    before = json.dumps(configs)
    for flip in chosen():
        changed = flipped(configs, flip)
        assert body(changed, flip) != body(configs, flip), flip
    assert json.dumps(configs) == before


def test_a_flip_inside_a_string_of_json_changes_the_string() -> None:
    (flip,) = [each for each in chosen() if each.path == "container_definitions/privileged"]
    task = body(flipped(production().configs, flip), flip)
    assert json.loads(task["container_definitions"])[0]["privileged"] is True


def test_an_open_address_takes_the_place_of_the_peer() -> None:
    (flip,) = [each for each in chosen() if each.id == "aws_vpc_security_group_ingress_rule cidr_ipv4"]
    rule = body(flipped(production().configs, flip), flip)
    assert rule["cidr_ipv4"] == "0.0.0.0/0"
    assert not {"prefix_list_id", "referenced_security_group_id"} & set(rule)


@pytest.fixture(scope="module")
def tried() -> dict[str, Outcome]:
    """Outcomes of the sample, and of one more flip with a test of its own."""
    every = flips([production()], schema.read_schema())
    drawn = [*sample(every, SHARE), *(pair for pair in every if pair[1].id == PRINCIPAL)]
    return {each.flip.id: each for each in outcomes(drawn)}


def test_a_sample_is_caught_by_name_or_listed(tried: dict[str, Outcome]) -> None:
    assert len(tried) > 5
    assert [id_ for id_, each in tried.items() if not each.caught and id_ not in survivors()] == []


def test_a_rule_counts_only_where_it_names_the_argument(tried: dict[str, Outcome]) -> None:
    """An open bucket policy is also refused by rules that don't name its principals."""
    assert "PROOF_ANY_PRINCIPAL" in tried[PRINCIPAL].named_by
    assert "CKV_AWS_70" in tried[PRINCIPAL].others


def test_every_survivor_has_a_reason() -> None:
    assert all(len(reason) >= 40 for reason in survivors().values())


def test_the_page_counts_and_lists() -> None:
    removed = Flip("edge/aws_lb.it", "aws_lb", "access_logs", ("access_logs",), REMOVED)
    opened = Flip("edge/aws_lb.it", "aws_lb", "internal", ("internal",), False)
    found = [Outcome(removed, ("CKV_AWS_91",), ()), Outcome(opened, (), ("CKV2_AWS_20",))]
    assert figures_line(found) == "2 flips in 1 resource types, 1 caught by name: 50.0 %."
    page = flips_markdown(found, {"aws_lb internal": "for a reason"})
    assert "| `aws_lb` | 2 | 1 |" in page
    assert "| `aws_lb internal` | `false` | CKV2_AWS_20 | for a reason |" in page
    assert "not listed" in flips_markdown(found, {})
