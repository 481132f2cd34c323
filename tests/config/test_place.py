from __future__ import annotations

import pytest

from config.place import Place

PLACE = Place("111111111111", "eu-west-1", "aws")


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        (None, "arn:aws:sns:eu-west-1:111111111111:alarms"),
        ("us-east-1", "arn:aws:sns:us-east-1:111111111111:alarms"),
        ("*", "arn:aws:sns:*:111111111111:alarms"),
        ("", "arn:aws:sns::111111111111:alarms"),
    ],
)
def test_an_arn_names_the_places_region_unless_another_is_given(region: str | None, arn: str) -> None:
    assert PLACE.arn("sns", "alarms", region=region) == arn


def test_a_bucket_names_neither_account_nor_region() -> None:
    assert PLACE.bucket_arn("logs/*") == "arn:aws:s3:::logs/*"


def test_every_arn_names_the_partition() -> None:
    place = Place("111111111111", "us-gov-west-1", "aws-us-gov")
    assert place.arn("sns", "alarms").startswith("arn:aws-us-gov:sns:us-gov-west-1:")
    assert place.bucket_arn("logs") == "arn:aws-us-gov:s3:::logs"


def test_a_place_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        PLACE.region = "us-east-1"  # type: ignore[misc]
