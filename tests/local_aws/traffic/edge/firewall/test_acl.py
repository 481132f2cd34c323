"""The web ACL of the deployed environment, and rules that it could have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from local_aws.traffic.hops import Answer, Ask
from tests.local_aws.traffic.edge.fakes import Site

PATH = {"FieldToMatch": {"UriPath": {}}, "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}


def starts(text: str, **more: Any) -> dict[str, Any]:
    return {"ByteMatchStatement": PATH | {"SearchString": text, "PositionalConstraint": "STARTS_WITH"} | more}


def only(site: Site, *rules: dict[str, Any]) -> None:
    """Rules in the place of the deployed ones."""
    defaults = ({"Name": f"rule{at}", "Priority": at, "Action": {"Block": {}}} for at in range(len(rules)))
    site.world.acl["Rules"] = [default | each for default, each in zip(defaults, rules, strict=True)]


def test_a_message_that_is_too_long_is_blocked(site: Site) -> None:
    assert site.send("POST", "/api/chat", body=b"x" * 16_384).status == 200
    assert site.origins.last.header("content-length") == "16384"
    got = site.send("POST", "/api/chat", body=b"x" * 16_385)
    assert got.status == 403
    assert b"Request blocked." in got.body
    assert got.header("x-cache") == "Error from cloudfront"
    assert "rule body blocks" in got.steps()
    assert [each.hop for each in got.road.steps if each.refused] == ["waf"]
    assert len(site.origins.asked) == 1


def test_what_was_looked_into_arrives_whole(site: Site) -> None:
    for rule in site.world.acl["Rules"]:
        if rule["Name"] == "body":
            rule["Action"] = {"Count": {}}
    bodies: list[bytes] = []

    async def reply(ask: Ask) -> Answer:
        bodies.append(b"".join([chunk async for chunk in ask.body]))
        return Answer(200)

    site.origins.service = reply
    got = site.send("POST", "/api/chat", body=b"x" * 40_000)
    assert (got.status, bodies) == (200, [b"x" * 40_000])
    assert "rule body counts" in got.steps()


def test_a_body_that_goes_on_just_after_the_limit_is_too_long(site: Site) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"x" * 16_384
        yield b"x"

    assert site.send("POST", "/api/chat", body=parts()).status == 403


def test_more_requests_than_the_limit_are_blocked_for_one_address(site: Site) -> None:
    rate = next(each for each in site.world.acl["Rules"] if each["Name"] == "rate-limit")
    rate["Statement"]["RateBasedStatement"]["Limit"] = 10
    statuses = [site.get("/health", client="192.0.2.1").status for _ in range(12)]
    assert statuses == [200] * 10 + [403] * 2
    assert site.get("/health", client="192.0.2.2").status == 200
    site.time += 299
    assert site.get("/health", client="192.0.2.1").status == 403
    site.time += 301
    assert site.get("/health", client="192.0.2.1").status == 200


def test_a_changed_rate_rule_counts_anew(site: Site) -> None:
    rate = next(each for each in site.world.acl["Rules"] if each["Name"] == "rate-limit")
    rate["Statement"]["RateBasedStatement"]["Limit"] = 20
    assert [site.get("/health").status for _ in range(15)] == [200] * 15
    rate["Statement"]["RateBasedStatement"]["Limit"] = 10
    assert [site.get("/health").status for _ in range(11)] == [200] * 10 + [403]


def test_a_scope_counts_its_own_requests_only(site: Site) -> None:
    statement = {"Limit": 1, "AggregateKeyType": "IP", "EvaluationWindowSec": 60, "ScopeDownStatement": starts("/api/")}
    only(site, {"Statement": {"RateBasedStatement": statement}})
    assert [site.get("/health").status for _ in range(3)] == [200] * 3
    assert [site.get("/api/x").status for _ in range(2)] == [200, 403]
    assert site.get("/health").status == 200
    site.time += 60
    assert site.get("/api/x").status == 200


def test_managed_groups_are_not_evaluated_and_say_so(site: Site) -> None:
    got = site.get("/health")
    assert got.status == 200
    assert "not evaluated:" in got.steps()
    assert "AWSManagedRulesCommonRuleSet" in got.steps()


@pytest.mark.parametrize(("client", "status"), [("192.0.2.9", 403), ("198.51.100.1", 200), ("2001:db8::1", 403)])
def test_addresses_of_a_set(site: Site, client: str, status: int) -> None:
    arn = "arn:aws:wafv2:us-east-1:123456789012:global/ipset/bad/1"
    site.world.all["ip_sets"] = {"bad": ["192.0.2.0/24", "2001:db8::/32"]}
    only(site, {"Statement": {"IPSetReferenceStatement": {"ARN": arn}}})
    assert site.get("/health", client=client).status == status


def test_the_first_rule_that_ends_it_decides(site: Site) -> None:
    only(
        site,
        {"Statement": starts("/health"), "Action": {"Count": {}}},
        {"Statement": starts("/health"), "Action": {"Allow": {}}},
        {"Statement": starts("/")},
    )
    got = site.get("/health")
    assert got.status == 200
    assert "rule0 counts" in got.steps()
    assert "rule1 allows" in got.steps()
    assert site.get("/about").status == 403


def test_rules_go_by_priority_and_not_by_place(site: Site) -> None:
    only(site, {"Statement": starts("/"), "Priority": 9}, {"Statement": starts("/health"), "Action": {"Allow": {}}})
    assert site.get("/health").status == 200


def test_labels_of_rules_before(site: Site) -> None:
    only(
        site,
        {"Statement": starts("/api/"), "Action": {"Count": {}}, "RuleLabels": [{"Name": "chat:path"}]},
        {"Statement": {"LabelMatchStatement": {"Scope": "LABEL", "Key": "chat:path"}}},
    )
    assert site.get("/api/x").status == 403
    assert site.get("/health").status == 200
    only(
        site,
        {"Statement": starts("/api/"), "Action": {"Count": {}}, "RuleLabels": [{"Name": "chat:path"}]},
        {"Statement": {"LabelMatchStatement": {"Scope": "NAMESPACE", "Key": "chat:"}}},
    )
    assert site.get("/api/x").status == 403


def test_a_rule_may_answer_itself(site: Site) -> None:
    response = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "slow",
        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
    }
    only(site, {"Statement": starts("/api/"), "Action": {"Block": {"CustomResponse": response}}})
    site.world.acl["CustomResponseBodies"] = {"slow": {"ContentType": "APPLICATION_JSON", "Content": '{"wait": 60}'}}
    got = site.get("/api/x")
    assert (got.status, got.body, got.header("retry-after")) == (429, b'{"wait": 60}', "60")
    assert got.header("content-type") == "application/json"


def test_a_page_takes_the_place_of_a_refusal(site: Site) -> None:
    only(site, {"Statement": starts("/api/")})
    page = {"ErrorCode": 403, "ResponsePagePath": "/static/no.html", "ResponseCode": "403", "ErrorCachingMinTTL": 0}
    site.world.config["CustomErrorResponses"] = {"Quantity": 1, "Items": [page]}
    got = site.get("/api/x")
    assert (got.status, got.body) == (403, b"from the service")


def test_a_rule_may_tell_the_origin(site: Site) -> None:
    insert = {"CustomRequestHandling": {"InsertHeaders": [{"Name": "seen", "Value": "1"}]}}
    only(site, {"Statement": starts("/api/"), "Action": {"Count": insert}})
    site.get("/api/x")
    assert site.origins.last.header("x-amzn-waf-seen") == "1"


def test_what_no_rule_takes_meets_the_default(site: Site) -> None:
    only(site, {"Statement": starts("/api/"), "Action": {"Allow": {}}})
    site.world.acl["DefaultAction"] = {"Block": {}}
    assert site.get("/api/x").status == 200
    assert site.get("/health").status == 403


@pytest.mark.parametrize(
    "rule",
    [
        {"Statement": {"SqliMatchStatement": PATH}},
        {"Statement": {"AsnMatchStatement": {"AsnList": [1]}}},
        {"Statement": {"RuleGroupReferenceStatement": {"ARN": "arn"}}},
        {"Statement": starts("/", FieldToMatch={"JsonBody": {}})},
        {"Statement": starts("/", TextTransformations=[{"Priority": 0, "Type": "JS_DECODE"}])},
        {"Statement": starts("/"), "Action": {"Captcha": {}}},
        {"Statement": {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "CUSTOM_KEYS"}}},
    ],
)
def test_what_is_not_built_is_501(site: Site, rule: dict[str, Any]) -> None:
    only(site, rule)
    got = site.get("/health")
    assert got.status == 501
    assert "web ACL" in got.steps()


@pytest.mark.parametrize(("limit", "blocked"), [("KB_16", 20_000), ("KB_64", 70_000)])
def test_the_web_acl_says_how_much_of_a_body_it_sees(site: Site, limit: str, blocked: int) -> None:
    body = {"FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}}, "SearchString": "never"}
    only(site, {"Statement": starts("", **body)})
    site.world.acl["AssociationConfig"] = {"RequestBody": {"CLOUDFRONT": {"DefaultSizeInspectionLimit": limit}}}
    assert site.send("POST", "/api/x", body=b"x" * blocked).status == 403
    assert site.send("POST", "/api/x", body=b"x" * 16_000).status == 200
