"""What the configuration has beyond the states."""

from __future__ import annotations

from pipeline.gaps import gaps
from pipeline.layers import Synthesis


def test_what_no_state_knows_is_a_gap_with_what_the_configuration_says(pair: Synthesis) -> None:
    known = {"first": ("aws_vpc.net", "aws_acm_certificate.viewer"), "second": pair.layer("second").resources}
    (gap,) = gaps(pair, known)
    assert (gap.layer.name, gap.address, gap.type) == ("first", "aws_sns_topic.alerts", "aws_sns_topic")
    assert gap.block == {"name": "alerts"}


def test_without_a_state_everything_is_one(pair: Synthesis) -> None:
    assert [gap.address for gap in gaps(pair, {})] == [each for layer in pair.layers for each in layer.resources]
