"""Cases of the rules about the load balancer, certificates, and HTTPS on the way to it."""

from __future__ import annotations

from typing import Any

from tests.policies.cases.rule_cases import Body, RuleCases


def origin(policy: str, *protocols: str) -> Body:
    ssl = [{"items": list(protocols), "quantity": len(protocols)}]
    return {"vpc_origin_endpoint_config": [{"origin_protocol_policy": policy, "origin_ssl_protocols": ssl}]}


def forwarding(**changes: Any) -> Body:
    header = {"http_header_name": "CloudFront-Forwarded-Proto", "values": ["https"]} | changes
    return {"action": [{"type": "forward", "target_group_arn": "arn"}], "condition": [{"http_header": header}]}


LISTENER: Body = {"load_balancer_arn": "arn", "default_action": [{"type": "forward", "target_group_arn": "arn"}]}
REDIRECT: Body = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}

CASES = (
    RuleCases(
        rule="origin_hop_https",
        resource_type="aws_lb_listener",
        compliant={
            "HTTPS": LISTENER | {"protocol": "HTTPS"},
            "TCP": LISTENER | {"protocol": "TCP"},
        },
        non_compliant={
            "HTTP": LISTENER | {"protocol": "HTTP"},
            "HTTP that redirects": LISTENER | {"protocol": "HTTP", "default_action": [REDIRECT]},
            "no protocol": LISTENER,
        },
    ),
    RuleCases(
        rule="viewer_https",
        resource_type="aws_lb_listener_rule",
        compliant={
            "header https": forwarding(),
            "header in lower case": forwarding(http_header_name="cloudfront-forwarded-proto"),
            "header and path": forwarding()
            | {"condition": [{"path_pattern": {"values": ["/*"]}}, *forwarding()["condition"]]},
            "redirect": {"action": [REDIRECT], "condition": [{"path_pattern": {"values": ["/*"]}}]},
        },
        non_compliant={
            "header http": forwarding(values=["http"]),
            "header https or http": forwarding(values=["https", "http"]),
            "header with wildcard": forwarding(values=["http*"]),
            "another header": forwarding(http_header_name="X-Forwarded-Proto"),
            "path only": forwarding() | {"condition": [{"path_pattern": {"values": ["/*"]}}]},
            "forward after authentication": forwarding()
            | {"action": [{"type": "authenticate-oidc"}, {"type": "forward"}], "condition": []},
        },
    ),
    RuleCases(
        rule="origin_hop_https",
        resource_type="aws_cloudfront_vpc_origin",
        compliant={
            "HTTPS in TLS 1.2": origin("https-only", "TLSv1.2"),
        },
        non_compliant={
            "HTTP": origin("http-only", "TLSv1.2"),
            "protocol of the viewer": origin("match-viewer", "TLSv1.2"),
            "TLS 1.0 as well": origin("https-only", "TLSv1", "TLSv1.2"),
            "no TLS version": origin("https-only"),
            "no settings": {},
        },
    ),
    RuleCases(
        rule="alb_groups",
        resource_type="aws_lb",
        compliant={
            "groups": {"security_groups": ["sg-1"]},
        },
        non_compliant={
            "no groups": {},
            "empty list": {"security_groups": []},
        },
    ),
    RuleCases(
        rule="alb_fails_closed",
        resource_type="aws_lb",
        compliant={
            "default": {},
            "off": {"enable_waf_fail_open": False},
        },
        non_compliant={
            "on": {"enable_waf_fail_open": True},
        },
    ),
    RuleCases(
        rule="target_group_https",
        resource_type="aws_lb_target_group",
        compliant={
            "HTTPS": {"protocol": "HTTPS", "health_check": {"protocol": "HTTPS"}},
            "TLS": {"protocol": "TLS", "health_check": {"protocol": "HTTPS"}},
            "functions": {"target_type": "lambda"},
        },
        non_compliant={
            "HTTP": {"protocol": "HTTP", "health_check": {"protocol": "HTTPS"}},
            "HTTP health check": {"protocol": "HTTPS", "health_check": {"protocol": "HTTP"}},
            "default health check": {"protocol": "HTTPS", "health_check": {"path": "/health"}},
            "no health check": {"protocol": "HTTPS"},
            "no protocol": {"health_check": {"protocol": "HTTPS"}},
        },
    ),
    RuleCases(
        rule="listener_certificate",
        resource_type="aws_lb_listener",
        compliant={
            "HTTPS with certificate": {"protocol": "HTTPS", "certificate_arn": "arn"},
            "HTTP": {"protocol": "HTTP"},
        },
        non_compliant={
            "HTTPS without": {"protocol": "HTTPS"},
            "TLS without": {"protocol": "TLS"},
        },
    ),
    RuleCases(
        rule="acm_dns_validation",
        resource_type="aws_acm_certificate",
        compliant={
            "DNS": {"domain_name": "a.example", "validation_method": "DNS"},
            "imported": {"certificate_body": "-----BEGIN"},
        },
        non_compliant={
            "e-mail": {"domain_name": "a.example", "validation_method": "EMAIL"},
            "default": {"domain_name": "a.example"},
        },
    ),
)
