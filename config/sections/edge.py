"""[edge]: CloudFront and WAF."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import Country, Many, Retention, StrictModel, Text

# CacheBehavior.PathPattern: these characters, 255 of them.
PathPattern = Annotated[
    str,
    Text(r"/[A-Za-z0-9_.*?$/~\"'@:+&-]*", "a path that starts with /, with * and ? as wild cards", max_length=255),
]


class EdgeSection(StrictModel):
    """The public side: distribution, caching and firewall."""

    enabled: bool = Field(default=True, description="Build the public side.")
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = Field(
        default="PriceClass_100", description="Edge locations that CloudFront answers from; 100 is the cheapest."
    )
    # botocore, wafv2 RateLimit.
    rate_limit_per_5_minutes: int = Field(
        default=1000, ge=10, le=2_000_000_000, description="Requests one address may send in five minutes."
    )
    geo_allow: Many[Country] = Field(
        default=(), max_length=250, description="Countries that may connect; empty for all."
    )
    static_paths: Many[PathPattern] = Field(default=("/static/*",), max_length=20, description="Paths that are cached.")
    origin_read_timeout_seconds: int = Field(
        default=60,
        ge=1,
        le=120,
        description="How long CloudFront waits for the next byte; above 60 needs a raised quota.",
    )
    waf_log_retention_days: Retention = Field(default=30, description="How long the firewall's logs are kept.")
    waf_managed_rules: bool = Field(default=True, description="Use AWS's managed rule groups.")
    anonymous_addresses: Literal["count", "block"] = Field(
        default="count",
        description="Visitors behind VPNs, proxies, Tor or in data centres: shown on a dashboard, or shut out.",
    )
    hsts_preload: bool = Field(
        default=False,
        description="Let the domain into the list of HTTPS-only sites that browsers ship; leaving it takes months.",
    )
    access_logs: bool = Field(default=True, description="Record every request CloudFront answers.")
