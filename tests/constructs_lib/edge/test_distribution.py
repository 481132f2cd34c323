from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from constructs_lib.edge.distribution import Distribution
from tests.support.synthesised import Resource, template

EVERY_METHOD = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
# Managed policies by AWS's ids (CloudFront developer guide).
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"


@cache
def _distribution(**changes: Any) -> Resource:
    arguments = {
        "comment": "site",
        "origin_domain": "internal-alb.elb.amazonaws.com",
        "vpc_origin_id": "vo-1",
        "web_acl_arn": "arn:of:acl",
        "static_cache_policy_id": "static",
        "headers_policy_id": "headers",
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


def test_the_origin_is_private() -> None:
    (origin,) = _distribution()["origin"]
    assert origin["domain_name"] == "internal-alb.elb.amazonaws.com"
    assert origin["vpc_origin_config"] == {
        "vpc_origin_id": "vo-1",
        "origin_read_timeout": 60,
        "origin_keepalive_timeout": 60,
    }
    assert "custom_origin_config" not in origin


def test_streamed_answers_pass_uncached_with_every_method() -> None:
    behaviour = _distribution()["default_cache_behavior"]
    assert set(behaviour["allowed_methods"]) == EVERY_METHOD
    assert behaviour["cache_policy_id"] == CACHING_DISABLED
    assert behaviour["origin_request_policy_id"] == ALL_VIEWER


def test_static_paths_are_cached_and_read_only() -> None:
    (behaviour,) = _distribution()["ordered_cache_behavior"]
    assert behaviour["path_pattern"] == "/static/*"
    assert behaviour["cache_policy_id"] == "static"
    assert set(behaviour["allowed_methods"]) == {"GET", "HEAD"}


def test_static_paths_ask_for_the_site_by_its_name() -> None:
    """Without the Host header CloudFront asks for the balancer's own name, which its certificate doesn't cover."""
    (behaviour,) = _distribution()["ordered_cache_behavior"]
    assert behaviour["origin_request_policy_id"] == HOST_HEADER_ONLY


def test_every_behaviour_is_https_compressed_and_with_security_headers() -> None:
    distribution = _distribution(static_paths=("/static/*", "/assets/*"))
    behaviours = [distribution["default_cache_behavior"], *distribution["ordered_cache_behavior"]]
    assert len(behaviours) == 3
    for behaviour in behaviours:
        assert behaviour["viewer_protocol_policy"] == "redirect-to-https"
        assert behaviour["compress"] is True
        assert behaviour["response_headers_policy_id"] == "headers"
        assert behaviour["target_origin_id"] == distribution["origin"][0]["origin_id"]


def test_static_paths_keep_their_order() -> None:
    distribution = _distribution(static_paths=("/static/*", "/assets/*"))
    assert [each["path_pattern"] for each in distribution["ordered_cache_behavior"]] == ["/static/*", "/assets/*"]


def test_errors_are_not_kept() -> None:
    errors = {each["error_code"]: each["error_caching_min_ttl"] for each in _distribution()["custom_error_response"]}
    assert errors == dict.fromkeys((404, 500, 502, 503, 504), 0)


def test_own_name_needs_a_modern_client() -> None:
    distribution = _distribution(aliases=("chat.example.com",), certificate_arn="arn:of:certificate")
    assert distribution["aliases"] == ["chat.example.com"]
    assert distribution["viewer_certificate"] == {
        "acm_certificate_arn": "arn:of:certificate",
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    }


def test_countries_can_be_listed() -> None:
    restriction = _distribution(geo_allow=("DE", "AT"))["restrictions"]["geo_restriction"]
    assert restriction == {"restriction_type": "whitelist", "locations": ["DE", "AT"]}


def test_the_price_class_and_timeout_can_be_chosen() -> None:
    distribution = _distribution(price_class="PriceClass_All", read_timeout_seconds=120)
    assert distribution["price_class"] == "PriceClass_All"
    assert distribution["origin"][0]["vpc_origin_config"]["origin_read_timeout"] == 120
