"""What each rule lets pass and what it refuses, as resources in Terraform's own words."""

from __future__ import annotations

import json
from typing import Any

Body = dict[str, Any]


def task(**changes: Any) -> Body:
    container = {"name": "app", "image": "app:1", "user": "10001:10001", "readonlyRootFilesystem": True} | changes
    return {"network_mode": "awsvpc", "container_definitions": json.dumps([container])}


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"} | statement]})


def refusal(transport: Any) -> str:
    condition = {"Bool": {"aws:SecureTransport": transport}}
    return document(Effect="Deny", Principal="*", Action="s3:*", Resource="*", Condition=condition)


def assume(condition: Body) -> str:
    return document(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole", Condition=condition)


def search(**options: bool) -> Body:
    policy = document(Principal={"AWS": ["arn:aws:iam::1:role/task"]}, Action="es:*", Resource="*")
    master = {"master_user_options": {"master_user_arn": "arn:aws:iam::1:role/master"}}
    return {"access_policies": policy, "advanced_security_options": {"enabled": True} | master | options}


def headers(**changes: Any) -> Body:
    names = ("content_type_options", "frame_options", "referrer_policy", "strict_transport_security")
    return {"security_headers_config": {name: {"override": True} for name in names} | changes}


def guardrail(kind: str, strength: str) -> Body:
    filters = [{"type": kind, "input_strength": strength, "output_strength": "NONE"}]
    return {"name": "g", "content_policy_config": [{"filters_config": filters}]}


def origin(policy: str, *protocols: str) -> Body:
    ssl = [{"items": list(protocols), "quantity": len(protocols)}]
    return {"vpc_origin_endpoint_config": [{"origin_protocol_policy": policy, "origin_ssl_protocols": ssl}]}


def trust(condition: Body) -> Body:
    principal = {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}
    return {
        "assume_role_policy": document(Principal=principal, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)
    }


def forwarding(**changes: Any) -> Body:
    header = {"http_header_name": "CloudFront-Forwarded-Proto", "values": ["https"]} | changes
    return {"action": [{"type": "forward", "target_group_arn": "arn"}], "condition": [{"http_header": header}]}


LISTENER: Body = {"load_balancer_arn": "arn", "default_action": [{"type": "forward", "target_group_arn": "arn"}]}
REDIRECT: Body = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
VISIBLE = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": "all"}
CLAIM = "token.actions.githubusercontent.com"
AUD = {f"{CLAIM}:aud": "sts.amazonaws.com"}
TOPIC = {"subscriber_sns_topic_arns": ["arn:aws:sns:us-east-1:111111111111:alarms"]}
MAIL = {"subscriber_email_addresses": ["a@example.com"]}
ANYONE = document(Principal={"AWS": "*"}, Action="sns:Publish", Resource="*")
NARROWED = document(
    Principal="*", Action="sns:Publish", Resource="*", Condition={"StringEquals": {"aws:SourceAccount": "1"}}
)

# rule, resource type, what passes, what is refused
CASES: list[tuple[str, str, list[Body], list[Body]]] = [
    (
        "ecs_privileged",
        "aws_ecs_task_definition",
        [task(), task(privileged=False), task(linuxParameters={"capabilities": {"drop": ["ALL"]}})],
        [
            task(privileged=True),
            task(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}}),
            task(linuxParameters={"devices": [{"hostPath": "/dev/mem"}]}),
        ],
    ),
    (
        "ecs_host_namespaces",
        "aws_ecs_task_definition",
        [task()],
        [task() | {"pid_mode": "host"}, task() | {"ipc_mode": "host"}, task() | {"network_mode": "host"}],
    ),
    (
        "open_resource_policy",
        "aws_sns_topic_policy",
        [{"policy": NARROWED}, {"policy": document(Principal={"AWS": "arn:aws:iam::1:root"}, Action="sns:Publish")}],
        [{"policy": ANYONE}, {"policy": document(Principal="*", Action="sns:Publish")}],
    ),
    (
        "open_resource_policy",
        "aws_opensearch_domain",
        [{"access_policies": document(Principal={"AWS": ["arn:aws:iam::1:role/task"]}, Action="es:*")}],
        [{"access_policies": document(NotPrincipal={"AWS": "1"}, Action="es:*")}],
    ),
    (
        "guardrail_prompt_attack",
        "aws_bedrock_guardrail",
        [guardrail("PROMPT_ATTACK", "HIGH")],
        [guardrail("PROMPT_ATTACK", "LOW"), guardrail("HATE", "HIGH"), {"name": "g"}],
    ),
    (
        "origin_hop_https",
        "aws_lb_listener",
        [LISTENER | {"protocol": "HTTPS"}, LISTENER | {"protocol": "TCP"}],
        [
            LISTENER | {"protocol": "HTTP"},
            LISTENER | {"protocol": "HTTP", "default_action": [REDIRECT]},
            LISTENER,
        ],
    ),
    (
        "viewer_https",
        "aws_lb_listener_rule",
        [
            forwarding(),
            forwarding(http_header_name="cloudfront-forwarded-proto"),
            forwarding() | {"condition": [{"path_pattern": {"values": ["/*"]}}, *forwarding()["condition"]]},
            {"action": [REDIRECT], "condition": [{"path_pattern": {"values": ["/*"]}}]},
        ],
        [
            forwarding(values=["http"]),
            forwarding(values=["https", "http"]),
            forwarding(values=["http*"]),
            forwarding(http_header_name="X-Forwarded-Proto"),
            forwarding() | {"condition": [{"path_pattern": {"values": ["/*"]}}]},
            forwarding() | {"action": [{"type": "authenticate-oidc"}, {"type": "forward"}], "condition": []},
        ],
    ),
    (
        "origin_hop_https",
        "aws_cloudfront_vpc_origin",
        [origin("https-only", "TLSv1.2")],
        [
            origin("http-only", "TLSv1.2"),
            origin("match-viewer", "TLSv1.2"),
            origin("https-only", "TLSv1", "TLSv1.2"),
            origin("https-only"),
            {},
        ],
    ),
    (
        "budget_notification",
        "aws_budgets_budget",
        [
            {"notification": [TOPIC | {"notification_type": "ACTUAL"}, MAIL | {"notification_type": "FORECASTED"}]},
            {"notification": [MAIL | {"notification_type": kind} for kind in ("ACTUAL", "ACTUAL", "FORECASTED")]},
        ],
        [
            {},
            {"notification": [TOPIC | {"notification_type": "ACTUAL"}]},
            {"notification": [{"notification_type": "ACTUAL"}, TOPIC | {"notification_type": "FORECASTED"}]},
            {"notification": [MAIL | {"notification_type": "ACTUAL"}, {"notification_type": "FORECASTED"}]},
        ],
    ),
    (
        "vpc_endpoint_policy",
        "aws_vpc_endpoint",
        [
            {"policy": document(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::logs/*")},
            {"policy": NARROWED},
        ],
        [{"service_name": "s3"}, {"policy": document(Principal="*", Action="s3:GetObject", Resource="*")}],
    ),
    (
        "oidc_exact_subject",
        "aws_iam_role",
        [
            trust({"StringEquals": AUD | {f"{CLAIM}:sub": "repo:me/it:environment:prod"}}),
            {"assume_role_policy": assume({})},
        ],
        [
            trust({"StringEquals": AUD}),
            trust({"StringEquals": AUD, "StringLike": {f"{CLAIM}:sub": "repo:me/it:*"}}),
            trust({"StringEquals": AUD | {f"{CLAIM}:sub": "repo:me/it:*"}}),
            trust({"StringEquals": {f"{CLAIM}:sub": "repo:me/it:environment:prod"}}),
        ],
    ),
    (
        "open_ingress",
        "aws_vpc_security_group_ingress_rule",
        [{"cidr_ipv4": "10.20.0.0/16"}, {"prefix_list_id": "pl-1"}],
        [{"cidr_ipv4": "0.0.0.0/0", "from_port": 8443, "to_port": 8443}, {"cidr_ipv6": "::/0"}],
    ),
    (
        "open_ingress",
        "aws_security_group",
        [{"egress": [{"cidr_blocks": ["0.0.0.0/0"]}]}],
        [{"ingress": [{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}]}, {"ingress": [{"ipv6_cidr_blocks": ["::/0"]}]}],
    ),
    (
        "open_ingress",
        "aws_security_group_rule",
        [{"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}],
        [{"type": "ingress", "cidr_blocks": ["0.0.0.0/0"]}],
    ),
    (
        "alarm_actions",
        "aws_cloudwatch_metric_alarm",
        [{"alarm_actions": ["${aws_sns_topic.alarms.arn}"]}],
        [{}, {"alarm_actions": []}, {"alarm_actions": ["arn"], "actions_enabled": False}],
    ),
    (
        "secret_in_environment",
        "aws_ecs_task_definition",
        [
            task(environment=[{"name": "SESSION_SECRET_ARN", "value": "arn"}, {"name": "MAX_TOKENS", "value": "9"}]),
            task(secrets=[{"name": "DB_PASSWORD", "valueFrom": "arn"}]),
        ],
        [
            task(environment=[{"name": "DB_PASSWORD", "value": "x"}]),
            task(environment=[{"name": "A", "value": "b"}, {"name": "GITHUB_TOKEN", "value": "x"}]),
        ],
    ),
    (
        "s3_tls_only",
        "aws_s3_bucket_policy",
        [{"policy": refusal("false")}, {"policy": refusal(False)}],
        [{"policy": refusal("true")}, {"policy": document(Principal={"AWS": "1"}, Action="s3:GetObject")}],
    ),
    (
        "ecr_customer_key",
        "aws_ecr_repository",
        [{"encryption_configuration": [{"encryption_type": "KMS", "kms_key": "${aws_kms_key.main.arn}"}]}],
        [{}, {"encryption_configuration": [{"encryption_type": "KMS"}]}],
    ),
    (
        "confused_deputy",
        "aws_iam_role",
        [
            {"assume_role_policy": assume({"StringEquals": {"aws:SourceAccount": "1"}})},
            {"assume_role_policy": assume({"ArnLike": {"AWS:SourceArn": "arn:aws:ecs:*:1:*"}})},
            {"assume_role_policy": document(Principal={"AWS": "arn:aws:iam::1:root"}, Action="sts:AssumeRole")},
        ],
        [{"assume_role_policy": assume({})}, {"assume_role_policy": assume({"Bool": {"aws:SecureTransport": "true"}})}],
    ),
    (
        "opensearch_users",
        "aws_opensearch_domain",
        [search(internal_user_database_enabled=False), search(anonymous_auth_enabled=False)],
        [
            search(internal_user_database_enabled=True),
            search(anonymous_auth_enabled=True),
            {"advanced_security_options": [{"enabled": True}]},
            search() | {"advanced_security_options": {"enabled": True}},
        ],
    ),
    (
        "waf_visibility",
        "aws_wafv2_web_acl",
        [{"visibility_config": VISIBLE}, {"visibility_config": VISIBLE, "rule": [{"visibility_config": VISIBLE}]}],
        [
            {},
            {"visibility_config": VISIBLE | {"sampled_requests_enabled": False}},
            {"visibility_config": VISIBLE, "rule": [{"visibility_config": {"cloudwatch_metrics_enabled": False}}]},
        ],
    ),
    (
        "security_headers_override",
        "aws_cloudfront_response_headers_policy",
        [headers()],
        [headers(frame_options={"override": False}), headers(referrer_policy={}), {}],
    ),
    ("guardrail_customer_key", "aws_bedrock_guardrail", [{"kms_key_arn": "${aws_kms_key.main.arn}"}], [{}]),
    ("flow_log_all", "aws_flow_log", [{"traffic_type": "ALL"}], [{"traffic_type": "REJECT"}, {}]),
    (
        "deployment_rollback",
        "aws_ecs_service",
        [
            {"deployment_circuit_breaker": {"enable": True, "rollback": True}},
            {"deployment_controller": {"type": "CODE_DEPLOY"}},
        ],
        [{}, {"deployment_circuit_breaker": {"enable": True, "rollback": False}}],
    ),
    (
        "ecs_user",
        "aws_ecs_task_definition",
        [task()],
        [task(user="root"), task(user="0:0"), task(user=None)],
    ),
    (
        "secret_in_state",
        "aws_secretsmanager_secret_version",
        [{"secret_id": "s", "secret_string_wo": "x", "secret_string_wo_version": 1}, {"secret_id": "s"}],
        [{"secret_id": "s", "secret_string": "x"}, {"secret_id": "s", "secret_binary": "eA=="}],
    ),
    (
        "secret_in_state",
        "aws_ssm_parameter",
        [{"type": "String", "value": "eu"}, {"type": "SecureString", "value_wo": "x"}],
        [{"type": "SecureString", "value": "x"}],
    ),
    ("secret_in_state", "aws_iam_access_key", [{"user": "u", "pgp_key": "keybase:me"}], [{"user": "u"}]),
    (
        "secret_in_state",
        "aws_opensearch_domain",
        [
            search(internal_user_database_enabled=False),
            {"advanced_security_options": [{"master_user_options": [{"master_user_password": ""}]}]},
        ],
        [{"advanced_security_options": [{"master_user_options": [{"master_user_password": "x"}]}]}],
    ),
]
