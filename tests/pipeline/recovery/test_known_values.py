"""Values of references, from states and configuration; nothing is guessed."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.recovery.known_values import KnownValues
from pipeline.synth.layers import Synthesis

STATES: dict[str, dict[str, Any]] = {
    "first": {
        "outputs": {"vpc": {"value": "vpc-1"}, "subnets": {"value": ["a", "b"]}},
        "resources": [
            {"mode": "managed", "type": "aws_vpc", "name": "net", "instances": [{"attributes": {"id": "vpc-1"}}]},
            {"mode": "data", "type": "aws_vpc", "name": "net", "instances": [{"attributes": {"id": "vpc-2"}}]},
            {"mode": "managed", "type": "aws_vpc", "name": "gone", "instances": []},
        ],
    }
}


@pytest.mark.parametrize(
    ("layer", "expression", "value"),
    [
        ("first", "10.0.0.0/16", "10.0.0.0/16"),
        ("first", 443, "443"),
        ("first", "${aws_vpc.net.id}", "vpc-1"),
        ("first", "${aws_sns_topic.alerts.name}", "alerts"),
        ("first", "${data.aws_vpc.net.id}", "vpc-2"),
        ("second", "${data.terraform_remote_state.up.outputs.vpc}", "vpc-1"),
    ],
)
def test_a_value_that_the_states_know(pair: Synthesis, layer: str, expression: object, value: str) -> None:
    assert KnownValues(pair, STATES).of(pair.layer(layer), expression) == value


@pytest.mark.parametrize(
    ("layer", "expression"),
    [
        ("first", None),
        ("first", ["a"]),
        ("first", "${aws_vpc.net.arn}"),
        ("first", "${aws_sns_topic.alerts.arn}"),
        ("second", "${aws_security_group.web.vpc_id}"),
        ("first", "${aws_vpc.gone.id}"),
        ("first", "${aws_subnet.net.id}"),
        ("first", "x-${aws_vpc.net.id}"),
        ("first", "${element(aws_vpc.net.id, 0)}"),
        ("second", "${aws_vpc.net.id}"),
        ("second", "${data.terraform_remote_state.up.outputs.subnets}"),
        ("second", "${data.terraform_remote_state.up.outputs.missing}"),
        ("second", "${data.terraform_remote_state.other.outputs.vpc}"),
    ],
)
def test_all_else_is_not_known(pair: Synthesis, layer: str, expression: object) -> None:
    assert KnownValues(pair, STATES).of(pair.layer(layer), expression) is None
