"""Availability zones of regions: which letters there are, and where not every account has the first two.

Letters are each account's own, and an account sees at most as many as the region has zones. Looked up in AWS's regional
documentation and in public configurations; a region without an entry has a, b and c at least.
"""

from __future__ import annotations

# No zone b in Tokyo for accounts opened since 2018, and any two of three in Northern California.
WITHOUT_A_AND_B = ("ap-northeast-1", "us-west-1")
_LETTERS = {
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abcd",
    "cn-north-1": "abcd",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}


def letters(region: str) -> str:
    """Letters that a zone of the region may end with."""
    return _LETTERS.get(region, "abc")
