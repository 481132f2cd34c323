"""Kinds of cards in the architecture picture: the resource types on each, and its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Columns follow a request from left to right; bands stand below them.
Column = Literal["edge", "entry", "compute", "data", "services"]
Band = Literal["identity", "observability", "security", "storage", "other"]
COLUMNS: tuple[Column, ...] = ("edge", "entry", "compute", "data", "services")
BANDS: dict[Band, str] = {
    "identity": "Identity and keys",
    "storage": "Storage",
    "observability": "Monitoring",
    "security": "Security",
    "other": "Other",
}


@dataclass(frozen=True)
class CardKind:
    """A kind of card. `major` are the types it is named after; the other types matching `prefixes` are minor ones."""

    id: str
    label: str
    mark: str
    place: Column | Band | Literal["network"]
    prefixes: tuple[str, ...]
    major: tuple[str, ...] = ()
    hue: str = "gray"


# The first kind with a matching prefix gets the type, so narrow prefixes come before wide ones.
CARD_KINDS: tuple[CardKind, ...] = (
    CardKind("cdn", "CloudFront", "CF", "edge", ("aws_cloudfront_",), ("aws_cloudfront_distribution",), "violet"),
    CardKind("waf", "WAF", "WAF", "edge", ("aws_wafv2_", "aws_shield_"), ("aws_wafv2_web_acl",), "red"),
    CardKind("flow-logs", "VPC flow logs", "FL", "observability", ("aws_flow_log",), hue="pink"),
    CardKind(
        "search",
        "OpenSearch",
        "OS",
        "data",
        ("aws_opensearch", "aws_elasticsearch_"),
        ("aws_opensearch_domain", "aws_opensearchserverless_collection"),
        "blue",
    ),
    CardKind("endpoints", "VPC endpoints", "EP", "data", ("aws_vpc_endpoint",), ("aws_vpc_endpoint",), "violet"),
    CardKind("dns", "Route 53", "R53", "edge", ("aws_route53_",), ("aws_route53_zone",), "violet"),
    CardKind(
        "network",
        "VPC",
        "VPC",
        "network",
        (
            "aws_vpc",
            "aws_subnet",
            "aws_route_table",
            "aws_route",
            "aws_main_route_table",
            "aws_internet_gateway",
            "aws_egress_only",
            "aws_nat_gateway",
            "aws_eip",
            "aws_network_acl",
            "aws_default_",
            "aws_security_group",
            "aws_ec2_managed_prefix_list",
        ),
        ("aws_vpc",),
        "violet",
    ),
    CardKind("certificates", "Certificates", "ACM", "edge", ("aws_acm_",), ("aws_acm_certificate",), "red"),
    CardKind("alb", "Load balancer", "ALB", "entry", ("aws_lb", "aws_alb"), ("aws_lb", "aws_alb"), "violet"),
    CardKind(
        "service",
        "ECS service",
        "ECS",
        "compute",
        ("aws_ecs_", "aws_appautoscaling_", "aws_service_discovery_"),
        ("aws_ecs_service",),
        "orange",
    ),
    CardKind(
        "releases", "CodeDeploy", "CD", "compute", ("aws_codedeploy_",), ("aws_codedeploy_deployment_group",), "blue"
    ),
    CardKind("functions", "Lambda", "λ", "compute", ("aws_lambda_", "aws_signer_"), ("aws_lambda_function",), "orange"),
    CardKind(
        "workflows",
        "Step Functions",
        "SFN",
        "compute",
        ("aws_sfn_", "aws_scheduler_", "aws_pipes_", "aws_sqs_"),
        ("aws_sfn_state_machine",),
        "pink",
    ),
    CardKind("bedrock", "Bedrock", "BR", "services", ("aws_bedrock",), ("aws_bedrock_guardrail",), "green"),
    CardKind(
        "secrets",
        "Secrets",
        "SM",
        "services",
        ("aws_secretsmanager_", "aws_ssm_parameter"),
        ("aws_secretsmanager_secret",),
        "red",
    ),
    CardKind("registry", "Image registry", "ECR", "services", ("aws_ecr",), ("aws_ecr_repository",), "orange"),
    CardKind("tables", "DynamoDB", "DDB", "services", ("aws_dynamodb_",), ("aws_dynamodb_table",), "blue"),
    CardKind("buckets", "S3 buckets", "S3", "storage", ("aws_s3",), ("aws_s3_bucket",), "green"),
    CardKind("backups", "Backup", "BK", "storage", ("aws_backup_",), ("aws_backup_plan",), "green"),
    CardKind("keys", "KMS keys", "KMS", "identity", ("aws_kms_",), ("aws_kms_key", "aws_kms_replica_key"), "red"),
    CardKind(
        "account",
        "Account settings",
        "ACC",
        "security",
        ("aws_iam_account_", "aws_s3_account_", "aws_ebs_encryption_by_default"),
        (),
        "red",
    ),
    CardKind("roles", "IAM roles", "IAM", "identity", ("aws_iam_",), ("aws_iam_role",), "red"),
    CardKind(
        "alarms",
        "Alarms",
        "AL",
        "observability",
        ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        "pink",
    ),
    CardKind("dashboards", "Dashboards", "DB", "observability", ("aws_cloudwatch_dashboard",), (), "pink"),
    CardKind(
        "events",
        "EventBridge",
        "EB",
        "observability",
        ("aws_cloudwatch_event_",),
        ("aws_cloudwatch_event_rule",),
        "pink",
    ),
    CardKind(
        "logs",
        "Log groups",
        "LG",
        "observability",
        ("aws_cloudwatch_log_", "aws_cloudwatch_query_"),
        ("aws_cloudwatch_log_group",),
        "pink",
    ),
    CardKind("metrics", "CloudWatch", "CW", "observability", ("aws_cloudwatch_", "aws_synthetics_"), (), "pink"),
    CardKind("topics", "SNS topics", "SNS", "observability", ("aws_sns_",), ("aws_sns_topic",), "pink"),
    CardKind("traces", "X-Ray", "XR", "observability", ("aws_xray_", "aws_cloudcontrolapi_"), (), "pink"),
    CardKind("budgets", "Budgets", "$", "observability", ("aws_budgets_", "aws_ce_"), ("aws_budgets_budget",), "green"),
    CardKind("trail", "CloudTrail", "CT", "security", ("aws_cloudtrail",), ("aws_cloudtrail",), "red"),
    CardKind("threats", "GuardDuty", "GD", "security", ("aws_guardduty_",), ("aws_guardduty_detector",), "red"),
    CardKind("hub", "Security Hub", "SH", "security", ("aws_securityhub_",), ("aws_securityhub_account",), "red"),
    CardKind("recorder", "Config", "CFG", "security", ("aws_config_",), ("aws_config_configuration_recorder",), "red"),
    CardKind("analyzer", "Access Analyzer", "AA", "security", ("aws_accessanalyzer_",), (), "red"),
    CardKind("inspector", "Inspector", "INS", "security", ("aws_inspector2_", "aws_macie2_"), (), "red"),
    CardKind("other", "Other resources", "…", "other", ("",)),
)


def card_kind(resource_type: str) -> CardKind:
    """The kind of a resource type; `other` when no prefix matches."""
    return next(kind for kind in CARD_KINDS if resource_type.startswith(kind.prefixes))
