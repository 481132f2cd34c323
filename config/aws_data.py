"""Allowed values that AWS publishes, read from the data files that ship with botocore.

The files are read directly and on first use: importing boto3 would take longer than everything else a load does.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.offers import NOWHERE


@cache
def _data() -> Path:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("botocore is not installed: run `make setup`", name="botocore")
    return Path(spec.origin).parent / "data"


@cache
def _endpoints() -> tuple[dict[str, Any], ...]:
    with (_data() / "endpoints.json").open(encoding="utf-8") as file:
        return tuple(json.load(file)["partitions"])


@cache
def _partitions() -> dict[str, tuple[str, ...]]:
    return {partition["partition"]: tuple(sorted(partition["regions"])) for partition in _endpoints()}


def service_exists(name: str, partition_name: str) -> bool:
    """Whether a service, such as "bedrock", has an endpoint anywhere in a partition."""
    return any(name in each["services"] for each in _endpoints() if each["partition"] == partition_name)


def _enum(service: str, version: str, shape: str) -> tuple[str, ...]:
    with gzip.open(_data() / service / version / "service-2.json.gz", "rt", encoding="utf-8") as file:
        document: dict[str, Any] = json.load(file)
    return tuple(document["shapes"][shape]["enum"])


@cache
def regions() -> tuple[str, ...]:
    """Every region of every partition."""
    return tuple(region for names in _partitions().values() for region in names)


def partition(region: str) -> str:
    """The partition a region belongs to ("aws", "aws-cn", "aws-us-gov", ...)."""
    return next(name for name, members in _partitions().items() if region in members)


@cache
def search_instance_types() -> tuple[str, ...]:
    """Instance types of OpenSearch data nodes.

    botocore's enum also holds UltraWarm types, which are no data nodes, and types that no region offers.
    """
    names = _enum("opensearch", "2021-01-01", "OpenSearchPartitionInstanceType")
    return tuple(n for n in names if not n.startswith("ultrawarm1.") and n not in NOWHERE)


@cache
def country_codes() -> tuple[str, ...]:
    """ISO 3166 alpha-2 codes, as AWS WAF lists them."""
    return _enum("wafv2", "2019-07-29", "CountryCode")
