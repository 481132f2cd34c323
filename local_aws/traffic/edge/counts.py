"""What CloudFront and WAF count, under the names of their CloudWatch metrics. Both report to us-east-1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.traffic.metrics import Record

REGION = "us-east-1"
CLOUDFRONT, WAF = "AWS/CloudFront", "AWS/WAFV2"
_RATES = (("4xxErrorRate", 400, 499), ("5xxErrorRate", 500, 599), ("TotalErrorRate", 400, 599))
_DECISIONS = {"Allow": "AllowedRequests", "Block": "BlockedRequests", "Count": "CountedRequests"}
# All rules together, and the default action, in the dimension Rule ("AWS WAF metrics and dimensions", WAF guide).
_ALL, DEFAULT_ACTION = "ALL", "Default_Action"


class Counts:
    """Tells requests and decisions to a recorder."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def answered(self, distribution_id: str, status: int) -> None:
        """A viewer's request with the status of its answer; the average of a rate is the share of errors in percent."""
        dimensions = {"DistributionId": distribution_id, "Region": "Global"}
        self._record(CLOUDFRONT, "Requests", dimensions, 1, "None", region=REGION)
        for name, first, last in _RATES:
            share = 100 if first <= status <= last else 0
            self._record(CLOUDFRONT, name, dimensions, share, "Percent", region=REGION)

    def decided(self, acl: Mapping[str, Any], kind: str, rule: Mapping[str, Any] | None) -> None:
        """What a web ACL did by a rule, or by its default action; a rule that only counts doesn't end the way."""
        web_acl = acl.get("VisibilityConfig") or {}
        own = (rule.get("VisibilityConfig") or {}) if rule else {**web_acl, "MetricName": DEFAULT_ACTION}
        names = [own["MetricName"]] if own.get("CloudWatchMetricsEnabled") else []
        if web_acl.get("CloudWatchMetricsEnabled"):
            names.append(_ALL)
        for name in names:
            dimensions = {"WebACL": web_acl["MetricName"], "Rule": name}
            self._record(WAF, _DECISIONS[kind], dimensions, region=REGION)
