from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from config.rules.contract import API_PREFIX, HEALTH_PATH
from constructs_lib.edge.behaviours import CacheBehaviours
from constructs_lib.edge.distribution import AlternateDomainNames, Distribution, FallbackOrigin, ServiceOrigin
from constructs_lib.edge.forwarding import Forwarding
from tests.support.synthesised import Resource, template

EVERY_METHOD = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
# Managed policies by AWS's ids (CloudFront developer guide).
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
BEHAVIOURS = CacheBehaviours(headers_policy_id="headers", static_cache_policy_id="static")


def _static(*paths: str) -> CacheBehaviours:
    return replace(BEHAVIOURS, static_paths=paths)


@cache
def _distribution(**changes: Any) -> Resource:
    arguments = {
        "comment": "site",
        "service": ServiceOrigin("chat.example.com", "vo-1"),
        "fallback": FallbackOrigin("fallback.s3.us-east-1.amazonaws.com", "access"),
        "web_acl_arn": "arn:of:acl",
        "behaviours": BEHAVIOURS,
    }
    return template(lambda scope: Distribution(scope, "site", **{**arguments, **changes})).one(
        "aws_cloudfront_distribution"
    )


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("enabled", True),
        ("web_acl_id", "arn:of:acl"),
        ("default_root_object", "index.html"),
        ("http_version", "http2and3"),
        ("is_ipv6_enabled", True),
        ("price_class", "PriceClass_100"),
        ("viewer_certificate", {"cloudfront_default_certificate": True}),
        ("restrictions", {"geo_restriction": {"restriction_type": "none"}}),
    ],
)
def test_default(attribute: str, value: object) -> None:
    assert _distribution()[attribute] == value


def _origins(**changes: Any) -> dict[str, Resource]:
    return {each["origin_id"]: each for each in _distribution(**changes)["origin"]}


def _behaviours(**changes: Any) -> list[Resource]:
    """In the order CloudFront tries them; the default one last."""
    distribution = _distribution(**changes)
    return [*distribution["ordered_cache_behavior"], {"path_pattern": "*", **distribution["default_cache_behavior"]}]


def _leads_to(path: str, **changes: Any) -> Resource:
    return next(each for each in _behaviours(**changes) if fnmatchcase(path, each["path_pattern"]))


@pytest.mark.parametrize("origin", ["service", "pages"])
def test_the_service_is_private_and_called_by_the_name_it_is_given(origin: str) -> None:
    found = _origins()[origin]
    assert found["domain_name"] == "chat.example.com"
    assert found["vpc_origin_config"]["vpc_origin_id"] == "vo-1"
    assert "custom_origin_config" not in found


def test_an_answer_may_take_as_long_as_the_service_says() -> None:
    assert _origins()["service"]["vpc_origin_config"] == {
        "vpc_origin_id": "vo-1",
        "origin_read_timeout": 60,
        "origin_keepalive_timeout": 60,
    }


@pytest.mark.parametrize(("service", "page"), [(60, 10), (5, 5)])
def test_a_page_is_given_up_before_its_reader_does(service: int, page: int) -> None:
    origin = _origins(service=ServiceOrigin("chat.example.com", "vo-1", read_timeout_seconds=service))["pages"]
    assert (origin["connection_attempts"], origin["connection_timeout"]) == (2, 5)
    assert origin["vpc_origin_config"]["origin_read_timeout"] == page


def test_streamed_answers_pass_uncached_with_every_method() -> None:
    behaviour = _leads_to(f"{API_PREFIX}chat")
    assert behaviour["path_pattern"] == "/api/*"
    assert set(behaviour["allowed_methods"]) == EVERY_METHOD
    assert behaviour["cache_policy_id"] == CACHING_DISABLED
    assert behaviour["origin_request_policy_id"] == ALL_VIEWER
    assert behaviour["target_origin_id"] == "service"


@pytest.mark.parametrize("static_paths", [("/static/*",), ("/a*", "/api/chat", "/heal*", "/*")])
def test_no_cached_path_comes_before_the_chat_or_the_health(static_paths: tuple[str, ...]) -> None:
    for path in (f"{API_PREFIX}chat", "/health"):
        assert _leads_to(path, behaviours=_static(*static_paths))["cache_policy_id"] == CACHING_DISABLED


def test_a_monitor_hears_of_the_service_itself() -> None:
    behaviour = _leads_to(HEALTH_PATH)
    assert behaviour["path_pattern"] == "/health"
    assert (behaviour["target_origin_id"], set(behaviour["allowed_methods"])) == ("service", {"GET", "HEAD"})


@pytest.mark.parametrize("path", ["/", "/index.html", "/anything/else"])
def test_the_rest_is_read_and_uncached(path: str) -> None:
    behaviour = _leads_to(path)
    assert behaviour["target_origin_id"] == "pages-or-fallback"
    assert set(behaviour["allowed_methods"]) == {"GET", "HEAD", "OPTIONS"}
    assert behaviour["cache_policy_id"] == CACHING_DISABLED


def test_pages_fall_back_when_the_service_is_down_and_only_then() -> None:
    (group,) = _distribution()["origin_group"]
    assert group["origin_id"] == "pages-or-fallback"
    assert [each["origin_id"] for each in group["member"]] == ["pages", "fallback"]
    assert group["failover_criteria"] == {"status_codes": [502, 503, 504]}


def test_only_what_falls_back_keeps_the_visitors_host_header_from_the_origin() -> None:
    """A bucket takes the Host header for its name, so that with the visitor's it would refuse the page."""
    forwarded = {
        each["target_origin_id"]: each["origin_request_policy_id"] for each in _behaviours(behaviours=_static())
    }
    assert forwarded == {"service": ALL_VIEWER, "pages-or-fallback": ALL_VIEWER_EXCEPT_HOST}


def test_the_fallback_is_a_private_bucket() -> None:
    assert _origins()["fallback"] == {
        "origin_id": "fallback",
        "domain_name": "fallback.s3.us-east-1.amazonaws.com",
        "origin_access_control_id": "access",
    }


def test_what_the_origin_is_told_can_be_chosen() -> None:
    chosen = Forwarding(direct="all-of-it", pages="some-of-it")
    told = {
        each["path_pattern"]: each["origin_request_policy_id"]
        for each in _behaviours(behaviours=replace(BEHAVIOURS, forwarding=chosen))
    }
    assert told == {
        "/api/*": "all-of-it",
        "/health": "all-of-it",
        "/static/*": HOST_HEADER_ONLY,
        "*": "some-of-it",
    }


def test_static_paths_are_cached_and_read_only() -> None:
    behaviour = _leads_to("/static/chat.css")
    assert behaviour["path_pattern"] == "/static/*"
    assert behaviour["cache_policy_id"] == "static"
    assert set(behaviour["allowed_methods"]) == {"GET", "HEAD"}
    assert behaviour["target_origin_id"] == "service"


def test_static_paths_ask_for_the_site_by_its_name() -> None:
    """Without the Host header CloudFront asks for the balancer's own name, which its certificate doesn't cover."""
    assert _leads_to("/static/chat.css")["origin_request_policy_id"] == HOST_HEADER_ONLY


def test_every_behaviour_is_https_compressed_and_with_security_headers() -> None:
    behaviours = _behaviours(behaviours=_static("/static/*", "/assets/*"))
    assert len(behaviours) == 5
    for behaviour in behaviours:
        assert behaviour["viewer_protocol_policy"] == "redirect-to-https"
        assert behaviour["compress"] is True
        assert behaviour["response_headers_policy_id"] == "headers"


def test_static_paths_keep_their_order() -> None:
    paths = [each["path_pattern"] for each in _behaviours(behaviours=_static("/b/*", "/a/*"))]
    assert paths == ["/api/*", "/health", "/b/*", "/a/*", "*"]


def test_errors_are_not_kept() -> None:
    errors = {each["error_code"]: each["error_caching_min_ttl"] for each in _distribution()["custom_error_response"]}
    assert errors == dict.fromkeys((403, 404, 500, 502, 503, 504), 0)


def test_own_name_needs_a_modern_client() -> None:
    distribution = _distribution(names=AlternateDomainNames(("chat.example.com",), "arn:of:certificate"))
    assert distribution["aliases"] == ["chat.example.com"]
    assert distribution["viewer_certificate"] == {
        "acm_certificate_arn": "arn:of:certificate",
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    }


def test_countries_can_be_listed() -> None:
    restriction = _distribution(geo_allow=("DE", "AT"))["restrictions"]["geo_restriction"]
    assert restriction == {"restriction_type": "whitelist", "locations": ["DE", "AT"]}


def test_the_price_class_can_be_chosen() -> None:
    assert _distribution(price_class="PriceClass_All")["price_class"] == "PriceClass_All"
