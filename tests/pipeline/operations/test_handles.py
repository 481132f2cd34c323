"""What on-call types is found in the states under the addresses that the layers have."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.operations.handles import GLOBAL, HANDLES, HIDDEN, LAYERS, Handle, named_values, shown_values
from tests.support import shared
from tests.support.environments import NAMES

# What a handle needs of a state, beside the address.
ATTRIBUTES = {each.attribute: f"its {each.attribute}" for each in HANDLES}


def state_of(layer: str) -> dict[str, Any]:
    """A state that knows every resource of the layer in production."""
    config = shared.synthesis("prod").layer(layer).config
    return {
        "resources": [
            {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": ATTRIBUTES}]}
            for kind, bodies in config.get("resource", {}).items()
            for name in bodies
        ]
    }


@pytest.mark.parametrize("handle", [each for each in HANDLES if not each.each], ids=lambda each: each.name)
def test_production_has_exactly_one_resource_for_each_name(handle: Handle) -> None:
    config = shared.synthesis("prod").layer(handle.layer).config
    names = [name for name in config["resource"].get(handle.type, {}) if name.startswith(handle.start)]
    assert len(names) == 1


def test_production_hands_out_what_on_call_needs() -> None:
    shown = {layer.name: shown_values(layer.name, state_of(layer.name)) for layer in shared.synthesis("prod").layers}
    for name in (
        "service.cluster",
        "service.load_balancer",
        "infrastructure.app_log_group",
        "infrastructure.repository",
        "infrastructure.alarms_topic",
        "llm.search_domain",
        "workflows.state_machine",
        "monitoring.dashboards",
    ):
        assert named_values(shown, name)
    assert len(named_values(shown, "log_groups")) > 3


@pytest.mark.parametrize("name", NAMES)
def test_states_lie_where_they_are_looked_for(name: str) -> None:
    for layer in shared.synthesis(name).layers:
        assert (GLOBAL in layer.backend["key"].split("/")) == (LAYERS[layer.name] == GLOBAL)


def test_layers_stand_in_the_order_of_deployment() -> None:
    order = [layer.name for layer in shared.synthesis("prod").layers]
    assert sorted(order, key=list(LAYERS).index) == [name for name in LAYERS if name in order]


def test_sensitive_outputs_are_hidden_and_those_between_layers_left_out() -> None:
    state = {
        "outputs": {
            "url": {"value": "https://example.com"},
            "token": {"value": "x", "sensitive": True},
            "cross-stack-output-a": {"value": "y"},
        }
    }
    assert shown_values("edge", state) == {"token": HIDDEN, "url": "https://example.com"}


def test_a_layer_without_a_state_has_nothing() -> None:
    assert shown_values("edge", None) == {}


def test_a_name_is_one_layers_or_that_of_each() -> None:
    shown = {"a": {"one": 1, "same": 2}, "b": {"same": 3}}
    assert named_values(shown, "a.same") == {"a.same": 2}
    assert named_values(shown, "one") == {"a.one": 1}
    assert named_values(shown, "same") == {"a.same": 2, "b.same": 3}
    assert named_values(shown, "b.one") == {}
