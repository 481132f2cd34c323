"""Comparison of two environments' prices."""

from __future__ import annotations

from decimal import Decimal

from pipeline.cost.diff import price_differences
from tests.pipeline.cost.samples import priced


def test_differences_add_up_to_the_difference_of_the_totals() -> None:
    dev, prod = priced("dev"), priced("prod")
    found = price_differences(dev, prod)
    assert sum(each.change.expected for each in found) == prod.expected - dev.expected
    sizes = [abs(each.change.expected) for each in found]
    assert sizes == sorted(sizes, reverse=True)
    nodes = next(each for each in found if each.label == "aws_nat_gateway" and each.what == "NAT gateway")
    assert nodes.change.expected == Decimal("65.70")


def test_nothing_differs_from_itself() -> None:
    assert price_differences(priced("dev"), priced("dev")) == ()
