from __future__ import annotations

from config import aws_data


def test_regions_of_all_partitions() -> None:
    assert {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} <= set(aws_data.regions())
    assert "us-east-9" not in aws_data.regions()


def test_search_types_are_data_nodes() -> None:
    types = aws_data.search_instance_types()
    assert {"t3.small.search", "r6g.large.search"} <= set(types)
    assert "t3.nano.search" not in types
    assert not [name for name in types if name.startswith("ultrawarm")]


def test_countries() -> None:
    assert {"DE", "US", "JP"} <= set(aws_data.country_codes())
    assert all(len(code) == 2 for code in aws_data.country_codes())
