"""Families of OpenSearch nodes that a region lacks.

From the data of cfn-lint, which follows AWS's price list; a test holds this module to it. A family that AWS adds
to a region is refused until this list follows, with the region in the message.
"""

from __future__ import annotations

_NEWEST = ("ap-east-2", "ap-southeast-6", "ap-southeast-7", "mx-central-1")
_LATER = (
    *_NEWEST,
    "af-south-1",
    "ap-east-1",
    "ap-northeast-3",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ca-west-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
)
_LACKING: dict[str, frozenset[str]] = {
    "c4": frozenset((*_LATER, "us-gov-east-1")),
    "c5": frozenset((*_NEWEST, "ap-southeast-5")),
    "c6g": frozenset((*_NEWEST, "af-south-1")),
    "m4": frozenset((*_LATER, "eu-west-3", "us-gov-east-1")),
    "m5": frozenset((*_NEWEST, "ap-southeast-5")),
    "m6g": frozenset(_NEWEST),
    "or1": frozenset(
        {*_LATER, "eu-west-3", "us-gov-east-1", "us-gov-west-1"}
        - {"ap-east-2", "ap-south-2", "ap-southeast-6", "eu-north-1", "eu-south-2"}
    ),
    "r4": frozenset(_LATER),
    "r5": frozenset((*_NEWEST, "ap-southeast-5")),
    "r6g": frozenset(_NEWEST),
}
# In botocore's enum, and offered nowhere.
NOWHERE = frozenset(
    {
        "m5.24xlarge.search",
        "r5.24xlarge.search",
        "t3.2xlarge.search",
        "t3.large.search",
        "t3.micro.search",
        "t3.nano.search",
        "t3.xlarge.search",
        "t4g.medium.search",
        "t4g.small.search",
    }
)


def family_offered(instance_type: str, region: str) -> bool:
    """Whether the region has nodes of this type's family. A family without data counts as offered."""
    return region not in _LACKING.get(instance_type.split(".")[0], frozenset())
