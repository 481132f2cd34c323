"""States as Terraform stores them."""

from __future__ import annotations

from typing import Any

from terraform_json.state import (
    attributes_at,
    holds_type,
    lineage_and_serial,
    managed_addresses,
    output_values,
    own_ids,
    tainted_addresses,
)


def state(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"resources": [{"mode": "managed", "type": "aws_sns_topic", "name": "alarms", "instances": list(instances)}]}


def test_only_tainted_resources_count() -> None:
    assert list(tainted_addresses(state({"status": "tainted"}))) == ["aws_sns_topic.alarms"]
    assert list(tainted_addresses(state({}))) == []


def test_an_address_is_known_when_it_has_an_instance() -> None:
    assert list(managed_addresses(state({}))) == ["aws_sns_topic.alarms"]
    assert list(managed_addresses(state())) == []
    assert list(managed_addresses({"resources": [{**state({})["resources"][0], "mode": "data"}]})) == []


def test_no_state_is_no_lineage_and_serial_0() -> None:
    assert lineage_and_serial(None) == ("", 0)
    assert lineage_and_serial({"lineage": "a1", "serial": 7}) == ("a1", 7)


def test_ids_are_those_of_managed_resources_alone() -> None:
    known = state({"attributes": {"arn": "arn:1", "id": "id-1", "topic_arn": "arn:2"}})
    looked_up = {"resources": [{**known["resources"][0], "mode": "data"}]}
    assert own_ids(known) == {"arn:1", "id-1"}
    assert own_ids(looked_up) == set()


def test_attributes_are_found_by_address_and_mode() -> None:
    known = state({"attributes": {"arn": "arn:1"}})
    assert attributes_at(known, "aws_sns_topic.alarms") == {"arn": "arn:1"}
    assert attributes_at(known, "data.aws_sns_topic.alarms") is None
    assert attributes_at(state(), "aws_sns_topic.alarms") == {}
    assert attributes_at({}, "aws_sns_topic.alarms") is None


def test_outputs_are_values_by_name() -> None:
    assert output_values(None) == {}
    assert output_values({"outputs": {"topic": {"value": "arn:1", "type": "string"}}}) == {"topic": "arn:1"}


def test_a_type_is_held_whatever_its_name() -> None:
    assert holds_type(state({}), "aws_sns_topic")
    assert not holds_type(state({}), "aws_sqs_queue")
    assert not holds_type(None, "aws_sns_topic")
