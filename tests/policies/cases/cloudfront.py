"""Cases of the rules about CloudFront and its response headers."""

from __future__ import annotations

from typing import Any

from tests.policies.cases.rule_cases import Body, RuleCases


def overriding_headers(**changes: Any) -> Body:
    names = ("content_type_options", "frame_options", "referrer_policy", "strict_transport_security")
    return {"security_headers_config": {name: {"override": True} for name in names} | changes}


def strict_headers(**changes: Body) -> Body:
    strict: dict[str, Body] = {
        "content_security_policy": {"content_security_policy": "default-src 'self'", "override": False},
        "frame_options": {"frame_option": "DENY", "override": True},
        "referrer_policy": {"referrer_policy": "same-origin", "override": True},
        "strict_transport_security": {"access_control_max_age_sec": 31_536_000, "include_subdomains": True},
    }
    return {"security_headers_config": {name: block | changes.get(name, {}) for name, block in strict.items()}}


ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SECOND_REGION = {"vpc_origin_config": {"vpc_origin_id": "vo"}}


def failover(
    *,
    codes: tuple[int, ...] = (502, 503, 504),
    policy: str = "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    behaviour: str = "default_cache_behavior",
    fallback: Body | None = None,
) -> Body:
    members = [{"origin_id": each} for each in ("app", "fallback")]
    group = {"origin_id": "group", "failover_criteria": {"status_codes": list(codes)}, "member": members}
    return {
        "origin": [{"origin_id": "app"}, {"origin_id": "fallback"} | (fallback or {"origin_access_control_id": "oac"})],
        "origin_group": [group],
        behaviour: {
            "target_origin_id": "group",
            "viewer_protocol_policy": "https-only",
            "origin_request_policy_id": policy,
        },
    }


CASES = (
    RuleCases(
        rule="security_headers_override",
        resource_type="aws_cloudfront_response_headers_policy",
        compliant={
            "every header overrides": overriding_headers(),
        },
        non_compliant={
            "one header doesn't": overriding_headers(frame_options={"override": False}),
            "one header without override": overriding_headers(referrer_policy={}),
            "no headers": {},
        },
    ),
    RuleCases(
        rule="security_headers_values",
        resource_type="aws_cloudfront_response_headers_policy",
        compliant={
            "strict": strict_headers(),
            "no referrer": strict_headers(referrer_policy={"referrer_policy": "no-referrer"}),
        },
        non_compliant={
            "inline scripts": strict_headers(
                content_security_policy={"content_security_policy": "default-src 'self' 'unsafe-inline'"}
            ),
            "scripts from anywhere": strict_headers(
                content_security_policy={"content_security_policy": "default-src *"}
            ),
            "frames of the site": strict_headers(frame_options={"frame_option": "SAMEORIGIN"}),
            "referrer everywhere": strict_headers(referrer_policy={"referrer_policy": "unsafe-url"}),
            "HSTS of minutes": strict_headers(strict_transport_security={"access_control_max_age_sec": 300}),
            "HSTS without subdomains": strict_headers(strict_transport_security={"include_subdomains": False}),
            "no headers": {},
        },
    ),
    RuleCases(
        rule="cloudfront_private_origin",
        resource_type="aws_cloudfront_distribution",
        compliant={
            "VPC origin": {"origin": [{"origin_id": "app", "vpc_origin_config": {"vpc_origin_id": "vo"}}]},
            "bucket": {"origin": [{"origin_id": "files", "origin_access_control_id": "oac"}]},
        },
        non_compliant={
            "public origin": {"origin": [{"origin_id": "app", "custom_origin_config": {"http_port": 80}}]},
        },
    ),
    RuleCases(
        rule="cloudfront_failover",
        resource_type="aws_cloudfront_distribution",
        compliant={
            "no origin group": {},
            "failures": failover(),
            "failures and 500": failover(codes=(500, 502, 503, 504)),
            "Host header to a second region": failover(policy=ALL_VIEWER, fallback=SECOND_REGION),
        },
        non_compliant={
            "504 missing": failover(codes=(502, 503)),
            "no codes": failover(codes=()),
            "refusals fail over": failover(codes=(403, 502, 503, 504)),
            "Host header to a bucket": failover(policy=ALL_VIEWER),
            "Host header to a bucket, ordered behaviour": failover(
                policy=ALL_VIEWER, behaviour="ordered_cache_behavior"
            ),
        },
    ),
    RuleCases(
        rule="cloudfront_signs",
        resource_type="aws_cloudfront_origin_access_control",
        compliant={
            "always": {"signing_behavior": "always", "signing_protocol": "sigv4"},
        },
        non_compliant={
            "never": {"signing_behavior": "never", "signing_protocol": "sigv4"},
            "no-override": {"signing_behavior": "no-override", "signing_protocol": "sigv4"},
            "default": {},
        },
    ),
)
