"""Blocks of a configuration in each form that Terraform JSON allows."""

from __future__ import annotations

import pytest

from terraform_json.blocks import (
    body_at,
    data_sources,
    listed,
    nested_block,
    output_value,
    provider_region,
    provider_regions,
    provider_versions,
    resources,
    strings,
)
from tests.pipeline.samples import FIRST, SECOND


def test_addresses_tell_resources_from_data_sources() -> None:
    assert {each.address for each in resources(SECOND)} == {
        "aws_security_group.web",
        "aws_cloudwatch_metric_alarm.hot",
    }
    assert [each.address for each in data_sources(SECOND)] == [
        "data.terraform_remote_state.up",
        "data.aws_region.here",
    ]


def test_notes_are_no_blocks() -> None:
    noted = {"//": {}, "resource": {"//": {}, "aws_vpc": {"//": {}, "net": {"cidr_block": "10.0.0.0/16"}}}}
    assert [each.address for each in resources(noted)] == ["aws_vpc.net"]


def test_a_body_is_found_by_address() -> None:
    assert body_at(FIRST, "aws_sns_topic.alerts") == {"name": "alerts"}
    assert body_at({"data": {"aws_region": {"here": [{"name": "x"}]}}}, "data.aws_region.here") == {"name": "x"}
    assert body_at(FIRST, "aws_sns_topic.missing") == {}
    assert body_at(FIRST, "data.aws_sns_topic.alerts") == {}


@pytest.mark.parametrize(
    ("value", "block"), [({"a": 1}, {"a": 1}), ([{"a": 1}], {"a": 1}), ([], {}), (None, {}), ("text", {}), (["a"], {})]
)
def test_a_nested_block_is_an_object_or_a_list_of_one(value: object, block: object) -> None:
    assert nested_block(value) == block


@pytest.mark.parametrize(("value", "items"), [(None, []), ("a", ["a"]), (["a"], ["a"]), ({"a": 1}, [{"a": 1}])])
def test_one_item_is_a_list_of_one(value: object, items: list[object]) -> None:
    assert listed(value) == items


def test_strings_are_values_without_those_under_some_keys() -> None:
    data = {"a": "1", "b": ["2", {"c": "3"}], "depends_on": ["4"], "n": 5}
    assert list(strings(data)) == ["1", "2", "3", "4"]
    assert list(strings(data, without=frozenset({"depends_on"}))) == ["1", "2", "3"]


def test_every_region_of_a_provider_is_known() -> None:
    assert provider_regions(FIRST) == {"eu-west-1", "us-east-1"}
    assert provider_region(FIRST) == "eu-west-1"
    assert provider_region(FIRST, "edge") == "us-east-1"
    assert provider_region(FIRST, "other") is None
    assert provider_region({"provider": {"aws": {"region": "${data.x.y}"}}}) is None


def test_versions_and_outputs() -> None:
    assert provider_versions(FIRST) == {"aws": "5.100.0"}
    assert output_value(FIRST, "vpc") == "${aws_vpc.net.id}"
    assert output_value(FIRST, "missing") is None
