from __future__ import annotations

import pytest

from config.nearest import nearest_name


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("us-esat-1", ("us-west-1", "us-east-1", "us-east-2"), "us-east-1"),
        ("nat_gatway", ("public_ip", "nat_gateway", "nat_per_az"), "nat_gateway"),
        ("arm64", ("X86_64", "ARM64"), "ARM64"),
        ("zzz", ("public_ip", "endpoints"), None),
        ("", ("a",), None),
        ("x" * 100_000, ("a",), None),
    ],
)
def test_nearest(word: str, names: tuple[str, ...], meant: str | None) -> None:
    assert nearest_name(word, names) == meant
