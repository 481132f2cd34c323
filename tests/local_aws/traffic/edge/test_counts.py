"""Metrics of CloudFront and WAF, by what they did to requests."""

from __future__ import annotations

from local_aws.traffic.hops import HopError
from tests.local_aws.traffic.edge.fakes import Site, fails


def rates(site: Site, name: str) -> list[float]:
    distribution = site.world.distributions[0]["Id"]
    return site.recorded.named(name, f"DistributionId={distribution}", "Region=Global")


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
    acl = site.world.acl["VisibilityConfig"]["MetricName"]
    body = next(each for each in site.world.acl["Rules"] if each["Name"] == "body")
    rule = body["VisibilityConfig"]["MetricName"]
    site.send("POST", "/api/chat", body=b"x" * 16_385)
    site.get("/")
    body["Action"] = {"Count": {}}
    site.send("POST", "/api/chat", body=b"x" * 16_385)

    def decided(metric: str, by: str) -> int:
        return len(site.recorded.named(metric, f"Rule={by}", f"WebACL={acl}"))

    assert (decided("BlockedRequests", rule), decided("BlockedRequests", "ALL")) == (1, 1)
    assert (decided("AllowedRequests", "Default_Action"), decided("AllowedRequests", "ALL")) == (2, 2)
    assert (decided("CountedRequests", rule), decided("CountedRequests", "ALL")) == (1, 1)


def test_a_rule_without_metrics_has_none_of_its_own(site: Site) -> None:
    body = next(each for each in site.world.acl["Rules"] if each["Name"] == "body")
    body["VisibilityConfig"]["CloudWatchMetricsEnabled"] = False
    site.send("POST", "/api/chat", body=b"x" * 16_385)
    assert [key[2] for key in site.recorded.values if key[1] == "BlockedRequests"] == ["Rule=ALL"]
