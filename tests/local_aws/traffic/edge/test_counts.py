"""Metrics of CloudFront and WAF, by what they did to requests."""

from __future__ import annotations

from typing import Any

from local_aws.traffic.hops import HopError
from tests.local_aws.traffic.edge.fakes import Site, fails


def rates(site: Site, name: str) -> list[float]:
    distribution = site.world.all["distributions"][0]["Id"]
    return site.recorded.named(name, f"DistributionId={distribution}", "Region=Global")


def visible(site: Site) -> dict[str, Any]:
    """The rule on bodies, with metrics of its own beside those of the web ACL."""
    rule = next(each for each in site.world.acl["Rules"] if each["Name"] == "body")
    for each, name in ((site.world.acl, "edge"), (rule, "edge-body")):
        each["VisibilityConfig"] = {"CloudWatchMetricsEnabled": True, "MetricName": name}
    return dict(rule)


def test_requests_and_the_share_of_errors(site: Site) -> None:
    site.get("/api/chat")
    site.send("PROPFIND", "/api/chat")
    site.origins.service = fails(HopError("refused", "nobody"))
    site.send("POST", "/api/chat")
    assert rates(site, "Requests") == [1, 1, 1]
    assert rates(site, "4xxErrorRate") == [0, 100, 0]
    assert rates(site, "5xxErrorRate") == [0, 0, 100]
    assert rates(site, "TotalErrorRate") == [0, 100, 100]
    assert site.recorded.regions == {"us-east-1"}


def test_what_the_web_acl_decided_by_its_rules(site: Site) -> None:
    visible(site)
    site.send("POST", "/api/chat", body=b"x" * 16_385)
    site.get("/")
    next(each for each in site.world.acl["Rules"] if each["Name"] == "body")["Action"] = {"Count": {}}
    site.send("POST", "/api/chat", body=b"x" * 16_385)

    def decided(metric: str, by: str) -> int:
        return len(site.recorded.named(metric, f"Rule={by}", "WebACL=edge"))

    assert (decided("BlockedRequests", "edge-body"), decided("BlockedRequests", "ALL")) == (1, 1)
    assert (decided("AllowedRequests", "Default_Action"), decided("AllowedRequests", "ALL")) == (2, 2)
    assert (decided("CountedRequests", "edge-body"), decided("CountedRequests", "ALL")) == (1, 1)


def test_a_rule_without_metrics_has_none_of_its_own(site: Site) -> None:
    visible(site)["VisibilityConfig"]["CloudWatchMetricsEnabled"] = False
    site.send("POST", "/api/chat", body=b"x" * 16_385)
    assert [key[2] for key in site.recorded.values if key[1] == "BlockedRequests"] == ["Rule=ALL"]
