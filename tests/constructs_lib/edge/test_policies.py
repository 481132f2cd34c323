from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.edge.policies import SecurityHeaders, StaticCaching
from tests.support.synthesised import Resource, template

YEAR = 31_536_000


@pytest.fixture(scope="module")
def caching() -> Resource:
    return template(lambda scope: StaticCaching(scope, "caching", name="static")).one("aws_cloudfront_cache_policy")


@pytest.fixture(scope="module")
def headers() -> dict[str, Any]:
    policy = template(lambda scope: SecurityHeaders(scope, "headers", name="headers"))
    config: dict[str, Any] = policy.one("aws_cloudfront_response_headers_policy")["security_headers_config"]
    return config


def test_static_files_are_kept_a_day(caching: Resource) -> None:
    assert (caching["name"], caching["min_ttl"], caching["default_ttl"], caching["max_ttl"]) == (
        "static",
        0,
        86400,
        YEAR,
    )


def test_the_path_alone_is_the_key_in_both_compressions(caching: Resource) -> None:
    assert caching["parameters_in_cache_key_and_forwarded_to_origin"] == {
        "enable_accept_encoding_brotli": True,
        "enable_accept_encoding_gzip": True,
        "cookies_config": {"cookie_behavior": "none"},
        "headers_config": {"header_behavior": "none"},
        "query_strings_config": {"query_string_behavior": "none"},
    }


def test_the_viewers_protocol_can_be_part_of_the_key() -> None:
    policy = template(lambda scope: StaticCaching(scope, "caching", name="static", by_protocol=True))
    key = policy.one("aws_cloudfront_cache_policy")["parameters_in_cache_key_and_forwarded_to_origin"]
    assert key["headers_config"] == {
        "header_behavior": "whitelist",
        "headers": {"items": ["CloudFront-Forwarded-Proto"]},
    }


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (
            "strict_transport_security",
            {"access_control_max_age_sec": YEAR, "include_subdomains": True, "preload": False, "override": True},
        ),
        ("content_type_options", {"override": True}),
        ("frame_options", {"frame_option": "DENY", "override": True}),
        ("referrer_policy", {"referrer_policy": "same-origin", "override": True}),
    ],
)
def test_header(headers: dict[str, Any], header: str, value: object) -> None:
    assert headers[header] == value


def test_the_list_of_https_only_sites_is_consented_to_by_name() -> None:
    policy = template(lambda scope: SecurityHeaders(scope, "headers", name="headers", hsts_preload=True))
    config = policy.one("aws_cloudfront_response_headers_policy")["security_headers_config"]
    assert config["strict_transport_security"]["preload"] is True


def test_pages_load_from_their_own_site_unless_the_application_says_otherwise(headers: dict[str, Any]) -> None:
    policy = headers["content_security_policy"]
    assert policy["override"] is False
    directives = dict(each.split(" ", 1) for each in policy["content_security_policy"].split("; "))
    assert directives == {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'self'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }


def test_an_inline_style_is_allowed_by_its_hash() -> None:
    styles = ("'sha256-one'", "'sha256-two'")
    policy = template(lambda scope: SecurityHeaders(scope, "headers", name="headers", inline_styles=styles))
    config = policy.one("aws_cloudfront_response_headers_policy")["security_headers_config"]
    directives = config["content_security_policy"]["content_security_policy"].split("; ")
    assert directives[0] == "default-src 'self'"
    assert directives[-1] == "style-src 'self' 'sha256-one' 'sha256-two'"
