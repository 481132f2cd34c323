"""Environments drawn at random by the rules are accepted, and complete."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given

from config import parse
from tests.config.strategies import tables


@given(tables())
def test_environments_drawn_by_the_rules_are_accepted(data: dict[str, Any]) -> None:
    env = parse(data, name="test")
    assert env.service.memory_mib == data["service"]["memory_mib"]
    assert env.network.availability_zones == tuple(data["network"]["availability_zones"])
    assert 1 <= env.search_zones <= len(env.network.availability_zones)
    assert env.search.instance_count % env.search_zones == 0


@given(tables())
def test_environment_survives_a_round_trip(data: dict[str, Any]) -> None:
    env = parse(data, name="test")
    dumped = json.loads(env.model_dump_json())
    assert parse({key: value for key, value in dumped.items() if key != "name"}, name="test") == env
