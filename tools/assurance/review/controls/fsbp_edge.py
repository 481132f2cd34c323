"""AWS Foundational Security Best Practices: CloudFront, its web ACL, the load balancer."""

from __future__ import annotations

from tools.assurance.review.judges import declined, every, is_true, paired
from tools.assurance.review.model import Control
from tools.assurance.review.resource_tests import (
    all_of,
    any_of,
    behaviours,
    equals,
    is_set,
    origin_protocols,
    redirects_to_https,
)

_DISTRIBUTION = "aws_cloudfront_distribution"
_ORIGIN = "aws_cloudfront_vpc_origin"
_ACL = "aws_wafv2_web_acl"
_ALB = "aws_lb"
_GROUP = "aws_lb_target_group"
_LISTENER = "aws_lb_listener"
_T = "tests/constructs_lib/"
_DIST_T = f"{_T}edge/test_distribution.py::"
_ALB_T = f"{_T}load_balancing/test_alb.py::"
_WAF_T = f"{_T}edge/test_waf.py::"

CONTROLS = (
    Control(
        "ACM.1",
        "Certificates renew by themselves (validated through DNS)",
        every("aws_acm_certificate", equals("DNS", "validation_method"), off="dns.domain"),
        f"{_T}dns/test_certificate.py::test_a_certificate_is_validated_by_its_own_record",
    ),
    Control(
        "CloudFront.1",
        "A default root object",
        every(_DISTRIBUTION, is_set("default_root_object")),
        f"{_DIST_T}test_default",
    ),
    Control(
        "CloudFront.3",
        "Viewers speak HTTPS",
        every(_DISTRIBUTION, behaviours(equals("redirect-to-https", "viewer_protocol_policy"))),
        f"{_DIST_T}test_every_behaviour_is_https_compressed_and_with_security_headers",
    ),
    Control(
        "CloudFront.4",
        "Failover to a second origin",
        every(_DISTRIBUTION, is_set("origin_group")),
        f"{_DIST_T}test_pages_fall_back_when_the_service_is_down_and_only_then",
    ),
    Control(
        "CloudFront.5",
        "Access logs (v2 delivery)",
        paired(_DISTRIBUTION, "aws_cloudwatch_log_delivery_source", "resource_arn", off="edge.enabled"),
        f"{_T}edge/test_access_logs.py::test_the_distribution_delivers_as_json",
    ),
    Control(
        "CloudFront.6",
        "A web ACL in front",
        every(_DISTRIBUTION, is_set("web_acl_id")),
        "tests/stacks/test_edge.py::test_the_firewall_guards_the_distribution",
    ),
    Control(
        "CloudFront.7",
        "A certificate of one's own",
        every(_DISTRIBUTION, is_set("viewer_certificate", "acm_certificate_arn"), waivers=("CKV2_AWS_42",)),
        f"{_DIST_T}test_own_name_needs_a_modern_client",
    ),
    Control(
        "CloudFront.8",
        "HTTPS by SNI",
        every(_DISTRIBUTION, equals("sni-only", "viewer_certificate", "ssl_support_method"), waivers=("CKV2_AWS_42",)),
        f"{_DIST_T}test_own_name_needs_a_modern_client",
    ),
    Control(
        "CloudFront.9",
        "Traffic to the origin is encrypted",
        every(
            _ORIGIN,
            equals("https-only", "vpc_origin_endpoint_config", "origin_protocol_policy"),
            waivers=("CKV_SITECHAT_5",),
        ),
        f"{_T}edge/test_origin.py::test_the_protocol_follows_the_certificate",
    ),
    Control(
        "CloudFront.10",
        "No outdated TLS to the origin",
        every(_ORIGIN, origin_protocols({"TLSv1.2"})),
        "tests/stacks/test_edge.py::test_with_a_domain_the_origin_is_reached_by_tls_alone",
    ),
    Control(
        "CloudFront.13",
        "Buckets are read with origin access control",
        every(
            "aws_cloudfront_origin_access_control",
            all_of(equals("always", "signing_behavior"), equals("sigv4", "signing_protocol")),
            off="edge.enabled",
        ),
        f"{_T}edge/test_fallback.py::test_one_distribution_reads_the_page_and_nothing_else",
    ),
    Control(
        "ELB.1",
        "HTTP is redirected to HTTPS",
        every(_LISTENER, any_of(equals("HTTPS", "protocol"), redirects_to_https)),
        f"{_ALB_T}test_in_clear_whoever_did_not_come_over_https_is_sent_there",
    ),
    Control(
        "ELB.4",
        "Malformed headers are dropped",
        every(_ALB, is_true("drop_invalid_header_fields")),
        f"{_ALB_T}test_balancer_default",
    ),
    Control("ELB.5", "Access logs", every(_ALB, is_true("access_logs", "enabled")), f"{_ALB_T}test_balancer_default"),
    Control(
        "ELB.6",
        "Deletion protection",
        every(_ALB, is_true("enable_deletion_protection"), waivers=("CKV_AWS_150",)),
        f"{_ALB_T}test_balancer_default",
    ),
    Control(
        "ELB.12",
        "Desynchronised requests are stopped",
        every(_ALB, equals("strictest", "desync_mitigation_mode")),
        f"{_ALB_T}test_balancer_default",
    ),
    Control(
        "ELB.13",
        "Two zones or more",
        every(_ALB, lambda body: len(body["subnets"]) >= 2),
        "tests/stacks/test_service.py::test_the_balancer_lies_in_both_zones_and_logs",
    ),
    Control(
        "ELB.16",
        "A web ACL on the load balancer",
        declined("only CloudFront reaches it, whose web ACL has looked at the request already"),
        "tests/policies/proof/test_reachability.py::test_the_allowed_paths_exist_and_no_other",
    ),
    Control(
        "ELB.17",
        "A recommended TLS policy",
        every(
            _LISTENER,
            equals("ELBSecurityPolicy-TLS13-1-2-2021-06", "ssl_policy"),
            without=("_http_",),
            off="dns.domain",
        ),
        f"{_ALB_T}test_with_a_certificate_it_listens_on_tls_alone",
    ),
    Control(
        "ELB.18",
        "Listeners are encrypted",
        every(_LISTENER, equals("HTTPS", "protocol"), waivers=("CKV_SITECHAT_5",)),
        f"{_ALB_T}test_with_a_certificate_it_listens_on_tls_alone",
    ),
    Control(
        "ELB.21",
        "Health checks are encrypted",
        every(_GROUP, equals("HTTPS", "health_check", "protocol"), waivers=("CKV_SITECHAT_64",)),
        f"{_ALB_T}test_target_group_default",
    ),
    Control(
        "ELB.22",
        "Traffic to the tasks is encrypted",
        every(_GROUP, equals("HTTPS", "protocol"), waivers=("CKV_SITECHAT_64",)),
        f"{_ALB_T}test_target_group_default",
    ),
    Control(
        "WAF.10",
        "The web ACL has rules",
        every(_ACL, is_set("rule"), off="edge.enabled"),
        f"{_WAF_T}test_rules_in_their_order",
    ),
    Control(
        "WAF.11",
        "Requests are logged",
        paired(_ACL, "aws_wafv2_web_acl_logging_configuration", "resource_arn", off="edge.enabled"),
        f"{_WAF_T}test_requests_are_logged_without_credentials",
    ),
    Control(
        "WAF.12",
        "Rules are measured",
        every(_ACL, is_true("visibility_config", "cloudwatch_metrics_enabled"), off="edge.enabled"),
        f"{_WAF_T}test_each_rule_is_measured",
    ),
)
