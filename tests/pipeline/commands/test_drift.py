"""What `drift` prints: each resource under its whole address, each attribute with what it was and is."""

from __future__ import annotations

from pipeline.commands.drift import difference_lines
from pipeline.drift.compare import DriftedAttribute, DriftKind

ADDRESS = "aws_cloudwatch_metric_alarm." + "name_" * 20


def drifted(attribute: str, was: str | None, found: str | None, owner: str = "") -> DriftedAttribute:
    return DriftedAttribute("edge", ADDRESS, attribute, was, found, DriftKind.DRIFT, owner)


def test_an_address_stands_whole_above_its_attributes() -> None:
    lines = list(difference_lines([drifted("period", "60", "300"), drifted("tags.a", None, "x", "autoscaling")]))
    assert lines == [
        f"  edge: {ADDRESS}",
        "    period: 60 -> 300",
        "    tags.a (autoscaling): absent -> x",
    ]


def test_a_resource_that_is_gone_and_a_long_value() -> None:
    gone, long = list(difference_lines([drifted("", "there", None), drifted("policy", "a" * 100, "b")]))[1:]
    assert gone == "    the whole: there -> absent"
    assert long == f"    policy: {'a' * 59}… -> b"
