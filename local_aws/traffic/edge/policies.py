"""Cache and origin request policies, read from CloudFront's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.traffic.edge.selections import Selection, selection


@dataclass(frozen=True)
class Values:
    """Headers, cookies and query strings that a policy selects."""

    headers: Selection = field(default_factory=lambda: Selection(folded=True))
    cookies: Selection = field(default_factory=Selection)
    query: Selection = field(default_factory=Selection)


@dataclass(frozen=True)
class CachePolicy:
    """What is in the cache key, and for how many seconds answers are kept."""

    name: str
    min_ttl: int
    default_ttl: int
    max_ttl: int
    key: Values
    gzip: bool
    brotli: bool

    @property
    def caches(self) -> bool:
        """Whether anything but an error is ever kept."""
        return self.max_ttl > 0


@dataclass(frozen=True)
class OriginRequestPolicy:
    """What the origin gets besides the values of the cache key."""

    name: str
    values: Values


NOTHING_MORE = OriginRequestPolicy("none", Values())


def cache_policy(config: Mapping[str, Any]) -> CachePolicy:
    """A `CachePolicyConfig`. Defaults of the times: a day, a year (CloudFront API, CachePolicyConfig)."""
    parameters = config.get("ParametersInCacheKeyAndForwardedToOrigin") or {}
    minimum = int(config.get("MinTTL", 0))
    return CachePolicy(
        name=config["Name"],
        min_ttl=minimum,
        default_ttl=int(config.get("DefaultTTL", max(86_400, minimum))),
        max_ttl=int(config.get("MaxTTL", max(31_536_000, minimum))),
        key=_values(parameters),
        gzip=bool(parameters.get("EnableAcceptEncodingGzip")),
        brotli=bool(parameters.get("EnableAcceptEncodingBrotli")),
    )


def origin_request_policy(config: Mapping[str, Any]) -> OriginRequestPolicy:
    """An `OriginRequestPolicyConfig`."""
    return OriginRequestPolicy(config["Name"], _values(config))


def _values(config: Mapping[str, Any]) -> Values:
    return Values(selection(config, "Header"), selection(config, "Cookie"), selection(config, "QueryString"))
