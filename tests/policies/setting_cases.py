"""Cases of the rules about one setting each; the same shape as those of cases.py."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import Body, document, task

KEPT = {"lifecycle": {"prevent_destroy": True}}
HARMFUL = ("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE")
LOGS = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")
SECRETS = (
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_NUMBER",
    "PASSWORD",
    "PIN",
)


def filters(**strengths: str) -> Body:
    found = [
        {"type": kind, "input_strength": strength, "output_strength": strength}
        for kind, strength in (dict.fromkeys(HARMFUL, "MEDIUM") | strengths).items()
    ]
    return {"content_policy_config": [{"filters_config": found}]}


def grounding(**thresholds: float) -> Body:
    found = [{"type": kind, "threshold": threshold} for kind, threshold in thresholds.items()]
    return {"contextual_grounding_policy_config": [{"filters_config": found}]}


def personal(**actions: str) -> Body:
    every = dict.fromkeys(SECRETS, "BLOCK") | dict.fromkeys(("EMAIL", "NAME", "PHONE"), "ANONYMIZE") | actions
    entities = [{"type": kind, "action": action} for kind, action in every.items() if action]
    return {"sensitive_information_policy_config": [{"pii_entities_config": entities}]}


def headers(**changes: Body) -> Body:
    strict: dict[str, Body] = {
        "content_security_policy": {"content_security_policy": "default-src 'self'", "override": False},
        "frame_options": {"frame_option": "DENY", "override": True},
        "referrer_policy": {"referrer_policy": "same-origin", "override": True},
        "strict_transport_security": {"access_control_max_age_sec": 31_536_000, "include_subdomains": True},
    }
    return {"security_headers_config": {name: block | changes.get(name, {}) for name, block in strict.items()}}


def sessions(**changes: Any) -> Body:
    logs = {"cloud_watch_encryption_enabled": True, "cloud_watch_log_group_name": "exec"}
    found = {"kms_key_id": "${aws_kms_key.main.arn}", "logging": "OVERRIDE", "log_configuration": logs} | changes
    return {"configuration": {"execute_command_configuration": found}}


def entry(**changes: Any) -> Body:
    world = {"action": "allow", "cidr_block": "0.0.0.0/0", "protocol": "tcp", "from_port": 443, "to_port": 443}
    return {"ingress": [world | changes]}


def published(*logs: str, **changes: Any) -> Body:
    return {
        "log_publishing_options": [{"log_type": each, "cloudwatch_log_group_arn": "arn"} | changes for each in logs]
    }


def encrypted(**default: str) -> Body:
    return {"rule": [{"apply_server_side_encryption_by_default": default}]}


def group_rule(**changes: Any) -> Body:
    rule = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "referenced_security_group_id": "sg-1"} | changes
    return {key: value for key, value in rule.items() if value is not None}


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


def overridden(group: str, rule: str, action: str) -> Body:
    override = {"name": rule, "action_to_use": {action: {}}}
    statement = {"vendor_name": "AWS", "name": group, "rule_action_override": [override]}
    return {"rule": [{"statement": {"managed_rule_group_statement": statement}}]}


def rated(limit: int) -> Body:
    return {"rule": [{"statement": {"rate_based_statement": {"limit": limit, "aggregate_key_type": "IP"}}}]}


def invocations(**changes: Any) -> Body:
    group = {"log_group_name": "models", "role_arn": "arn"}
    return {"logging_config": [{"text_data_delivery_enabled": True, "cloudwatch_config": [group]} | changes]}


SIZE = {"size_constraint_statement": {"size": 16_384, "comparison_operator": "GT"}}
SERVICE = {"Service": "es.amazonaws.com"}
SOURCE = {"StringEquals": {"aws:SourceAccount": "1"}}
ROOT = {"AWS": "arn:aws:iam::1:root"}

ACCOUNT_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

CASES: list[tuple[str, str, list[Body], list[Body]]] = [
    (
        "guardrail_content",
        "aws_bedrock_guardrail",
        [filters(), filters(HATE="HIGH"), filters(PROMPT_ATTACK="NONE")],
        [filters(SEXUAL="LOW"), {}, {"content_policy_config": [{"filters_config": []}]}],
    ),
    (
        "guardrail_grounding",
        "aws_bedrock_guardrail",
        [grounding(GROUNDING=0.7, RELEVANCE=0.5)],
        [grounding(GROUNDING=0.1, RELEVANCE=0.5), grounding(GROUNDING=0.7), {}],
    ),
    (
        "guardrail_sensitive_information",
        "aws_bedrock_guardrail",
        [personal(), personal(NAME="BLOCK")],
        [personal(PASSWORD="ANONYMIZE"), personal(EMAIL=""), {}],
    ),
    (
        "guardrail_words",
        "aws_bedrock_guardrail",
        [{"word_policy_config": [{"managed_word_lists_config": [{"type": "PROFANITY"}]}]}],
        [{}, {"word_policy_config": [{"words_config": [{"text": "rival"}]}]}],
    ),
    (
        "security_headers_values",
        "aws_cloudfront_response_headers_policy",
        [headers(), headers(referrer_policy={"referrer_policy": "no-referrer"})],
        [
            headers(content_security_policy={"content_security_policy": "default-src 'self' 'unsafe-inline'"}),
            headers(content_security_policy={"content_security_policy": "default-src *"}),
            headers(frame_options={"frame_option": "SAMEORIGIN"}),
            headers(referrer_policy={"referrer_policy": "unsafe-url"}),
            headers(strict_transport_security={"access_control_max_age_sec": 300}),
            headers(strict_transport_security={"include_subdomains": False}),
            {},
        ],
    ),
    (
        "trail_complete",
        "aws_cloudtrail",
        [
            {"cloud_watch_logs_role_arn": "arn"},
            {"cloud_watch_logs_role_arn": "a", "include_global_service_events": True},
        ],
        [{}, {"cloud_watch_logs_role_arn": "arn", "include_global_service_events": False}],
    ),
    ("config_delivery_key", "aws_config_delivery_channel", [{"s3_kms_key_arn": "arn"}], [{"s3_bucket_name": "b"}]),
    (
        "kept_content",
        "aws_s3_bucket",
        [KEPT, KEPT | {"force_destroy": False}, {"force_destroy": True}],
        [KEPT | {"force_destroy": True}],
    ),
    ("kept_content", "aws_ecr_repository", [KEPT | {"force_delete": False}], [KEPT | {"force_delete": True}]),
    (
        "recovery_window",
        "aws_secretsmanager_secret",
        [KEPT, KEPT | {"recovery_window_in_days": 7}, {"recovery_window_in_days": 0}],
        [KEPT | {"recovery_window_in_days": 0}],
    ),
    (
        "recovery_window",
        "aws_kms_key",
        [KEPT | {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}],
        [KEPT | {"deletion_window_in_days": 29}],
    ),
    (
        "ecs_exec_session",
        "aws_ecs_cluster",
        [sessions()],
        [sessions(kms_key_id=None), sessions(logging="NONE"), sessions(log_configuration={}), {}],
    ),
    (
        "ecs_service_groups",
        "aws_ecs_service",
        [{"network_configuration": {"security_groups": ["sg-1"]}}],
        [{}, {"network_configuration": {"subnets": ["subnet-1"]}}, {"network_configuration": {"security_groups": []}}],
    ),
    (
        "ecs_platform_version",
        "aws_ecs_service",
        [{}, {"platform_version": "LATEST"}],
        [{"platform_version": "1.3.0"}],
    ),
    (
        "ecs_fault_injection",
        "aws_ecs_task_definition",
        [task(), task() | {"enable_fault_injection": False}],
        [task() | {"enable_fault_injection": True}],
    ),
    (
        "ecs_log_configuration",
        "aws_ecs_task_definition",
        [task(logConfiguration={"logDriver": "awslogs"})],
        [task(), task(logConfiguration={})],
    ),
    ("flow_log_destination", "aws_flow_log", [{"log_destination": "arn"}], [{"traffic_type": "ALL"}]),
    (
        "guardduty_features",
        "aws_guardduty_detector_feature",
        [{"name": "S3_DATA_EVENTS", "status": "ENABLED"}, {"name": "EKS_AUDIT_LOGS", "status": "DISABLED"}],
        [{"name": "S3_DATA_EVENTS", "status": "DISABLED"}, {"name": "LAMBDA_NETWORK_LOGS", "status": "DISABLED"}],
    ),
    (
        "kms_lockout",
        "aws_kms_key",
        [{}, {"bypass_policy_lockout_safety_check": False}],
        [{"bypass_policy_lockout_safety_check": True}],
    ),
    (
        "lambda_log_group",
        "aws_lambda_function",
        [{"logging_config": {"log_format": "JSON", "log_group": "app"}}],
        [{}, {"logging_config": {"log_format": "JSON"}}],
    ),
    (
        "signed_code",
        "aws_lambda_code_signing_config",
        [{"policies": {"untrusted_artifact_on_deployment": "Enforce"}}],
        [{}, {"policies": {}}, {"policies": {"untrusted_artifact_on_deployment": "Warn"}}],
    ),
    (
        "lambda_runtime",
        "aws_lambda_function",
        [{"runtime": "python3.13"}, {"package_type": "Image"}],
        [{"runtime": "python3.8"}, {"runtime": "nodejs18.x"}],
    ),
    ("alb_groups", "aws_lb", [{"security_groups": ["sg-1"]}], [{}, {"security_groups": []}]),
    ("alb_fails_closed", "aws_lb", [{}, {"enable_waf_fail_open": False}], [{"enable_waf_fail_open": True}]),
    (
        "target_group_https",
        "aws_lb_target_group",
        [
            {"protocol": "HTTPS", "health_check": {"protocol": "HTTPS"}},
            {"protocol": "TLS", "health_check": {"protocol": "HTTPS"}},
            {"target_type": "lambda"},
        ],
        [
            {"protocol": "HTTP", "health_check": {"protocol": "HTTPS"}},
            {"protocol": "HTTPS", "health_check": {"protocol": "HTTP"}},
            {"protocol": "HTTPS", "health_check": {"path": "/health"}},
            {"protocol": "HTTPS"},
            {"health_check": {"protocol": "HTTPS"}},
        ],
    ),
    (
        "listener_certificate",
        "aws_lb_listener",
        [{"protocol": "HTTPS", "certificate_arn": "arn"}, {"protocol": "HTTP"}],
        [{"protocol": "HTTPS"}, {"protocol": "TLS"}],
    ),
    (
        "acl_ports",
        "aws_network_acl",
        [
            entry(),
            entry(from_port=3390, to_port=65535),
            entry(cidr_block="10.0.0.0/16", protocol="-1", from_port=0, to_port=0),
            entry(action="deny", protocol="-1"),
        ],
        [
            entry(protocol="-1"),
            entry(from_port=0),
            entry(to_port=65535),
            entry(from_port=1024, to_port=65535),
            entry(cidr_block=None, ipv6_cidr_block="::/0", from_port=22, to_port=22),
            {"egress": entry(protocol="udp")["ingress"]},
        ],
    ),
    (
        "opensearch_logs",
        "aws_opensearch_domain",
        [published(*LOGS), published(*LOGS, enabled=True)],
        [published(*LOGS[1:]), published(*LOGS, enabled=False), {}],
    ),
    (
        "opensearch_updates",
        "aws_opensearch_domain",
        [{"software_update_options": {"auto_software_update_enabled": True}}],
        [{}, {"software_update_options": {"auto_software_update_enabled": False}}],
    ),
    (
        "s3_customer_key",
        "aws_s3_bucket_server_side_encryption_configuration",
        [encrypted(sse_algorithm="aws:kms", kms_master_key_id="arn"), encrypted(sse_algorithm="AES256")],
        [encrypted(sse_algorithm="aws:kms"), encrypted(sse_algorithm="aws:kms:dsse")],
    ),
    (
        "hub_controls",
        "aws_securityhub_account",
        [{}, {"auto_enable_controls": True}],
        [{"auto_enable_controls": False}],
    ),
    (
        "narrow_group_rule",
        "aws_vpc_security_group_egress_rule",
        [group_rule(), group_rule(referenced_security_group_id=None, cidr_ipv4="0.0.0.0/0")],
        [
            group_rule(ip_protocol="-1"),
            group_rule(from_port=0),
            group_rule(to_port=65535),
            group_rule(from_port=None, to_port=None),
            group_rule(referenced_security_group_id=None),
        ],
    ),
    (
        "open_egress",
        "aws_vpc_security_group_egress_rule",
        [group_rule(cidr_ipv4="0.0.0.0/0"), group_rule(from_port=8080, to_port=8080)],
        [
            group_rule(cidr_ipv4="0.0.0.0/0", from_port=0),
            group_rule(cidr_ipv6="::/0"),
        ],
    ),
    (
        "open_egress",
        "aws_security_group",
        [{}, {"egress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 443, "to_port": 443}]}],
        [{"egress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 0}]}],
    ),
    (
        "open_egress",
        "aws_security_group_rule",
        [{"type": "ingress", "cidr_blocks": ["0.0.0.0/0"]}],
        [{"type": "egress", "cidr_blocks": ["0.0.0.0/0"], "from_port": 25, "to_port": 25}],
    ),
    (
        "waf_rule_acts",
        "aws_wafv2_web_acl",
        [{}, {"rule": [{"action": {"block": {}}}, {"override_action": {"none": {}}}]}],
        [
            {"rule": [{"action": {"count": {}}}]},
            {"rule": [{"action": [{"block": [], "captcha": [], "count": [{}]}]}]},
            {"rule": [{"override_action": {"count": {}}}]},
            {"rule": [{}]},
        ],
    ),
    ("waf_rate_limit", "aws_wafv2_web_acl", [rated(1000)], [rated(2_000_000_000), {}]),
    (
        "waf_body_limit",
        "aws_wafv2_web_acl",
        [
            {"rule": [{"statement": SIZE}]},
            {"rule": [{"statement": {"and_statement": {"statement": [{}, SIZE]}}}]},
            {"rule": [{"statement": {"or_statement": {"statement": [{"and_statement": {"statement": [SIZE]}}]}}}]},
        ],
        [{}, rated(1000), {"rule": [{"statement": {"not_statement": {"statement": [SIZE]}}}]}],
    ),
    (
        "waf_managed_actions",
        "aws_wafv2_web_acl",
        [
            {},
            overridden("AWSManagedRulesCommonRuleSet", "GenericLFI_BODY", "count"),
            overridden("AWSManagedRulesCommonRuleSet", "NoUserAgent_HEADER", "captcha"),
            overridden("AWSManagedRulesAnonymousIpList", "AnonymousIPList", "count"),
        ],
        [
            overridden("AWSManagedRulesCommonRuleSet", "NoUserAgent_HEADER", "count"),
            overridden("AWSManagedRulesAmazonIpReputationList", "AWSManagedIPReputationList", "count"),
            overridden("AWSManagedRulesCommonRuleSet", "GenericLFI_BODY", "allow"),
            overridden("AWSManagedRulesAnonymousIpList", "AnonymousIPList", "allow"),
        ],
    ),
    (
        "acm_dns_validation",
        "aws_acm_certificate",
        [{"domain_name": "a.example", "validation_method": "DNS"}, {"certificate_body": "-----BEGIN"}],
        [{"domain_name": "a.example", "validation_method": "EMAIL"}, {"domain_name": "a.example"}],
    ),
    (
        "cloudfront_private_origin",
        "aws_cloudfront_distribution",
        [
            {"origin": [{"origin_id": "app", "vpc_origin_config": {"vpc_origin_id": "vo"}}]},
            {"origin": [{"origin_id": "files", "origin_access_control_id": "oac"}]},
        ],
        [{"origin": [{"origin_id": "app", "custom_origin_config": {"http_port": 80}}]}],
    ),
    (
        "cloudfront_failover",
        "aws_cloudfront_distribution",
        [{}, failover(), failover(codes=(500, 502, 503, 504)), failover(policy=ALL_VIEWER, fallback=SECOND_REGION)],
        [
            failover(codes=(502, 503)),
            failover(codes=()),
            failover(codes=(403, 502, 503, 504)),
            failover(policy=ALL_VIEWER),
            failover(policy=ALL_VIEWER, behaviour="ordered_cache_behavior"),
        ],
    ),
    (
        "cloudfront_signs",
        "aws_cloudfront_origin_access_control",
        [{"signing_behavior": "always", "signing_protocol": "sigv4"}],
        [
            {"signing_behavior": "never", "signing_protocol": "sigv4"},
            {"signing_behavior": "no-override", "signing_protocol": "sigv4"},
            {},
        ],
    ),
    (
        "invocation_logging",
        "aws_bedrock_model_invocation_logging_configuration",
        [invocations()],
        [invocations(text_data_delivery_enabled=False), invocations(cloudwatch_config=[]), {}],
    ),
    (
        "key_actions",
        "aws_kms_key",
        [
            {"policy": document(Principal=ROOT, Action="kms:*", Resource="*")},
            {"policy": document(Principal=SERVICE, Action=["kms:Decrypt"], Resource="*", Condition=SOURCE)},
        ],
        [
            {"policy": document(Principal=SERVICE, Action="kms:*", Resource="*", Condition=SOURCE)},
            {"policy": document(Principal={"AWS": "arn:aws:iam::1:role/task"}, Action=["*"], Resource="*")},
        ],
    ),
    (
        "vpc_endpoint_groups",
        "aws_vpc_endpoint",
        [{"vpc_endpoint_type": "Interface", "security_group_ids": ["sg-1"]}, {"vpc_endpoint_type": "Gateway"}],
        [{"vpc_endpoint_type": "Interface"}, {"vpc_endpoint_type": "Interface", "security_group_ids": []}],
    ),
    (
        "forced_changes",
        "aws_ecs_service",
        [{}, {"force_delete": False}],
        [{"force_delete": True}],
    ),
    ("forced_changes", "aws_s3_object", [{}, {"force_destroy": False}], [{"force_destroy": True}]),
    (
        "forced_changes",
        "aws_secretsmanager_secret",
        [{"force_overwrite_replica_secret": False}],
        [{"force_overwrite_replica_secret": True}],
    ),
    (
        "account_buckets",
        "aws_s3_account_public_access_block",
        [dict.fromkeys(ACCOUNT_BLOCKS, True), {"account_id": "123456789012"}],
        [{**dict.fromkeys(ACCOUNT_BLOCKS, True), block: False} for block in ACCOUNT_BLOCKS],
    ),
    (
        "own_password",
        "aws_iam_account_password_policy",
        [{"allow_users_to_change_password": True}, {"minimum_password_length": 14}],
        [{"allow_users_to_change_password": False}],
    ),
]
