"""Response headers policies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.traffic.edge.fakes import Site, says

ORIGIN = (("Origin", "https://a.example.com"),)
PREFLIGHT = (*ORIGIN, ("Access-Control-Request-Method", "POST"))


def policy(site: Site) -> Any:
    return site.world.policy("ResponseHeadersPolicy", "local-headers")


def cors(**more: Any) -> dict[str, Any]:
    lists = {
        "AccessControlAllowOrigins": ["https://*.example.com"],
        "AccessControlAllowHeaders": ["X-A"],
        "AccessControlAllowMethods": ["GET", "POST"],
        "AccessControlExposeHeaders": ["X-B"],
    } | {name: value for name, value in more.items() if isinstance(value, list)}
    plain = {"AccessControlAllowCredentials": False, "AccessControlMaxAgeSec": 60, "OriginOverride": False}
    others = {name: value for name, value in more.items() if not isinstance(value, list)}
    return {name: {"Quantity": len(value), "Items": value} for name, value in lists.items()} | plain | others


def test_an_override_replaces_and_a_default_is_replaced(site: Site) -> None:
    site.origins.service = says("x", x_frame_options="SAMEORIGIN", content_security_policy="mine")
    got = site.get("/health")
    assert [value for name, value in got.headers if name == "x-frame-options"] == ["DENY"]
    assert [value for name, value in got.headers if name == "content-security-policy"] == ["mine"]
    assert got.header("referrer-policy") == "same-origin"
    assert got.header("x-content-type-options") == "nosniff"


def test_headers_are_added_and_removed(site: Site) -> None:
    policy(site)["CustomHeadersConfig"] = {
        "Quantity": 1,
        "Items": [{"Header": "X-Mine", "Value": "1", "Override": False}],
    }
    policy(site)["RemoveHeadersConfig"] = {"Quantity": 1, "Items": [{"Header": "Server"}]}
    site.origins.service = says("x", server="uvicorn")
    got = site.get("/health")
    assert (got.header("x-mine"), got.header("server")) == ("1", None)


def test_scripting_protection(site: Site) -> None:
    policy(site)["SecurityHeadersConfig"]["XSSProtection"] = {"Override": True, "Protection": True, "ModeBlock": True}
    assert site.get("/health").header("x-xss-protection") == "1; mode=block"


def test_other_sites_get_headers_only_where_they_are_allowed(site: Site) -> None:
    policy(site)["CorsConfig"] = cors()
    got = site.get("/health", headers=ORIGIN)
    assert got.header("access-control-allow-origin") == "https://a.example.com"
    assert (got.header("access-control-expose-headers"), got.header("access-control-allow-methods")) == ("X-B", None)
    assert site.get("/health").header("access-control-allow-origin") is None
    elsewhere = site.get("/health", headers=(("Origin", "https://a.example.org"),))
    assert elsewhere.header("access-control-allow-origin") is None


def test_a_preflight_names_methods_and_headers(site: Site) -> None:
    policy(site)["CorsConfig"] = cors(AccessControlAllowOrigins=["*"])
    got = site.send("OPTIONS", "/about", headers=PREFLIGHT)
    assert got.header("access-control-allow-origin") == "*"
    assert got.header("access-control-allow-methods") == "GET, POST"
    assert (got.header("access-control-allow-headers"), got.header("access-control-max-age")) == ("X-A", "60")


@pytest.mark.parametrize(("override", "value"), [(True, "*"), (False, "theirs")])
def test_the_origins_own_cross_origin_headers(site: Site, override: bool, value: str) -> None:
    policy(site)["CorsConfig"] = cors(AccessControlAllowOrigins=["*"], OriginOverride=override)
    site.origins.service = says("x", access_control_allow_origin="theirs")
    assert site.get("/health", headers=ORIGIN).header("access-control-allow-origin") == value


def test_aws_own_policies_are_known(site: Site) -> None:
    site.world.behaviour("/health")["ResponseHeadersPolicyId"] = "5cc3b908-e619-4b99-88e5-2cf7f45965bd"
    assert site.get("/health", headers=ORIGIN).header("access-control-allow-origin") == "*"
    site.world.behaviour("/health")["OriginRequestPolicyId"] = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    site.get("/health", headers=(("X-Any", "1"),))
    assert site.origins.last.header("x-any") == "1"
    assert (site.origins.last.header("host") or "").endswith(".elb.amazonaws.com")


def test_parts_that_ministack_lists_empty_are_none(site: Site) -> None:
    policy(site)["CorsConfig"] = {"AccessControlAllowOrigins": {"Quantity": 0}, "OriginOverride": False}
    assert site.get("/health", headers=ORIGIN).header("access-control-allow-origin") is None


def test_an_answer_still_varies_by_what_it_did(site: Site) -> None:
    policy(site)["CorsConfig"] = cors()
    site.origins.service = says("x", vary="Accept-Encoding")
    assert site.get("/health", headers=ORIGIN).header("vary") == "Accept-Encoding, Origin"
    assert site.get("/health").header("vary") == "Accept-Encoding"
