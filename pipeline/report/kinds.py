"""How resource types are grouped in the architecture picture, and where each group stands."""

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
class Kind:
    """One card of the picture. `major` is the type it is named after; the other types are satellites of it."""

    id: str
    label: str
    mark: str
    place: Column | Band | Literal["network"]
    prefixes: tuple[str, ...]
    major: tuple[str, ...] = ()
    hue: str = "gray"


# The first kind with a matching prefix takes a type, so narrow prefixes stand before wide ones.
KINDS: tuple[Kind, ...] = (
    Kind("cdn", "CloudFront", "CF", "edge", ("aws_cloudfront_",), ("aws_cloudfront_distribution",), "violet"),
    Kind("waf", "WAF", "WAF", "edge", ("aws_wafv2_", "aws_shield_"), ("aws_wafv2_web_acl",), "red"),
    Kind("flow-logs", "VPC flow logs", "FL", "observability", ("aws_flow_log",), hue="pink"),
    Kind(
        "search",
        "OpenSearch",
        "OS",
        "data",
        ("aws_opensearch", "aws_elasticsearch_"),
        ("aws_opensearch_domain", "aws_opensearchserverless_collection"),
        "blue",
    ),
    Kind("endpoints", "VPC endpoints", "EP", "data", ("aws_vpc_endpoint",), ("aws_vpc_endpoint",), "violet"),
    Kind("dns", "Route 53", "R53", "edge", ("aws_route53_",), ("aws_route53_zone",), "violet"),
    Kind(
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
    Kind("certificates", "Certificates", "ACM", "edge", ("aws_acm_",), ("aws_acm_certificate",), "red"),
    Kind("alb", "Load balancer", "ALB", "entry", ("aws_lb", "aws_alb"), ("aws_lb", "aws_alb"), "violet"),
    Kind(
        "service",
        "ECS service",
        "ECS",
        "compute",
        ("aws_ecs_", "aws_appautoscaling_", "aws_service_discovery_"),
        ("aws_ecs_service",),
        "orange",
    ),
    Kind("releases", "CodeDeploy", "CD", "compute", ("aws_codedeploy_",), ("aws_codedeploy_deployment_group",), "blue"),
    Kind("functions", "Lambda", "λ", "compute", ("aws_lambda_", "aws_signer_"), ("aws_lambda_function",), "orange"),
    Kind(
        "workflows",
        "Step Functions",
        "SFN",
        "compute",
        ("aws_sfn_", "aws_scheduler_", "aws_pipes_", "aws_sqs_"),
        ("aws_sfn_state_machine",),
        "pink",
    ),
    Kind("bedrock", "Bedrock", "BR", "services", ("aws_bedrock",), ("aws_bedrock_guardrail",), "green"),
    Kind(
        "secrets",
        "Secrets",
        "SM",
        "services",
        ("aws_secretsmanager_", "aws_ssm_parameter"),
        ("aws_secretsmanager_secret",),
        "red",
    ),
    Kind("registry", "Image registry", "ECR", "services", ("aws_ecr",), ("aws_ecr_repository",), "orange"),
    Kind("tables", "DynamoDB", "DDB", "services", ("aws_dynamodb_",), ("aws_dynamodb_table",), "blue"),
    Kind("buckets", "S3 buckets", "S3", "storage", ("aws_s3",), ("aws_s3_bucket",), "green"),
    Kind("backups", "Backup", "BK", "storage", ("aws_backup_",), ("aws_backup_plan",), "green"),
    Kind("keys", "KMS keys", "KMS", "identity", ("aws_kms_",), ("aws_kms_key", "aws_kms_replica_key"), "red"),
    Kind(
        "account",
        "Account settings",
        "ACC",
        "security",
        ("aws_iam_account_", "aws_s3_account_", "aws_ebs_encryption_by_default"),
        (),
        "red",
    ),
    Kind("roles", "IAM roles", "IAM", "identity", ("aws_iam_",), ("aws_iam_role",), "red"),
    Kind(
        "alarms",
        "Alarms",
        "AL",
        "observability",
        ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        "pink",
    ),
    Kind("dashboards", "Dashboards", "DB", "observability", ("aws_cloudwatch_dashboard",), (), "pink"),
    Kind(
        "events",
        "EventBridge",
        "EB",
        "observability",
        ("aws_cloudwatch_event_",),
        ("aws_cloudwatch_event_rule",),
        "pink",
    ),
    Kind(
        "logs",
        "Log groups",
        "LG",
        "observability",
        ("aws_cloudwatch_log_", "aws_cloudwatch_query_"),
        ("aws_cloudwatch_log_group",),
        "pink",
    ),
    Kind("metrics", "CloudWatch", "CW", "observability", ("aws_cloudwatch_", "aws_synthetics_"), (), "pink"),
    Kind("topics", "SNS topics", "SNS", "observability", ("aws_sns_",), ("aws_sns_topic",), "pink"),
    Kind("traces", "X-Ray", "XR", "observability", ("aws_xray_",), (), "pink"),
    Kind("budgets", "Budgets", "$", "observability", ("aws_budgets_", "aws_ce_"), ("aws_budgets_budget",), "green"),
    Kind("trail", "CloudTrail", "CT", "security", ("aws_cloudtrail",), ("aws_cloudtrail",), "red"),
    Kind("threats", "GuardDuty", "GD", "security", ("aws_guardduty_",), ("aws_guardduty_detector",), "red"),
    Kind("hub", "Security Hub", "SH", "security", ("aws_securityhub_",), ("aws_securityhub_account",), "red"),
    Kind("recorder", "Config", "CFG", "security", ("aws_config_",), ("aws_config_configuration_recorder",), "red"),
    Kind("analyzer", "Access Analyzer", "AA", "security", ("aws_accessanalyzer_",), (), "red"),
    Kind("inspector", "Inspector", "INS", "security", ("aws_inspector2_", "aws_macie2_"), (), "red"),
    Kind("other", "Other resources", "…", "other", ("",)),
)


def kind_of(resource_type: str) -> Kind:
    """The kind a resource type belongs to; `other` when none claims it."""
    return next(kind for kind in KINDS if resource_type.startswith(kind.prefixes))
