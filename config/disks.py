"""Disks of OpenSearch nodes, in GiB: what a gp3 volume of each instance type may have.

From "EBS volume size quotas" (quotas of the OpenSearch Service guide). A type without an entry takes no gp3 volume: it
has disks of its own, or is older than gp3.
"""

from __future__ import annotations

_LEAST, _LEAST_OPTIMIZED = 10, 20
_TIB = 1024
_MOST: dict[str, dict[str, int]] = {
    "t3": {"small": 100, "medium": 200},
    "m5": {"large": _TIB, "xlarge": 2 * _TIB, "2xlarge": 3 * _TIB, "4xlarge": 6 * _TIB, "12xlarge": 18 * _TIB},
    "m6g": {
        "large": _TIB,
        "xlarge": 2 * _TIB,
        "2xlarge": 3 * _TIB,
        "4xlarge": 6 * _TIB,
        "8xlarge": 12 * _TIB,
        "12xlarge": 18 * _TIB,
    },
    "c5": {"large": 256, "xlarge": 512, "2xlarge": _TIB, "4xlarge": 1536, "9xlarge": 3584, "18xlarge": 7 * _TIB},
    "c6g": {"large": 256, "xlarge": 512, "2xlarge": _TIB, "4xlarge": 1536, "8xlarge": 3 * _TIB, "12xlarge": 4608},
    "r5": {"large": 2 * _TIB, "xlarge": 3 * _TIB, "2xlarge": 6 * _TIB, "4xlarge": 12 * _TIB, "12xlarge": 24 * _TIB},
    "r6g": {
        "large": 2 * _TIB,
        "xlarge": 3 * _TIB,
        "2xlarge": 6 * _TIB,
        "4xlarge": 12 * _TIB,
        "8xlarge": 16 * _TIB,
        "12xlarge": 24 * _TIB,
    },
    "or1": {
        "medium": 768,
        "large": 1536,
        "xlarge": 3 * _TIB,
        "2xlarge": 6 * _TIB,
        "4xlarge": 12 * _TIB,
        "8xlarge": 16 * _TIB,
        "12xlarge": 24 * _TIB,
        "16xlarge": 32 * _TIB,
    },
}


def volume_range(instance_type: str) -> tuple[int, int] | None:
    """Least and most GiB of a gp3 volume on a node of a type such as "t3.small.search"; None where it takes none."""
    family, size, _ = instance_type.split(".")
    most = _MOST.get(family, {}).get(size)
    return None if most is None else (_LEAST_OPTIMIZED if family == "or1" else _LEAST, most)
