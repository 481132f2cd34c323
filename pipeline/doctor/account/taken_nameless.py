"""Resource types whose names nobody can have taken, each with the reason, or with the subject that asks instead."""

from __future__ import annotations

_CHILD = "a part of a resource that is new itself"
_NEW_ID = "AWS gives it an id, and none is ever taken"
_ONCE = "once per account and region: `singletons`"
_SETTING = "a setting of the whole account: `settings`"
NAMELESS: dict[str, str] = {
    **dict.fromkeys(
        (
            "aws_appautoscaling_policy",
            "aws_appautoscaling_target",
            "aws_bedrock_guardrail_version",
            "aws_cloudwatch_event_target",
            "aws_cloudwatch_log_delivery",
            "aws_cloudwatch_log_metric_filter",
            "aws_ecr_lifecycle_policy",
            "aws_ecs_cluster_capacity_providers",
            "aws_ecs_service",
            "aws_guardduty_detector_feature",
            "aws_iam_role_policy",
            "aws_lambda_invocation",
            "aws_lb_listener",
            "aws_lb_listener_rule",
            "aws_route",
            "aws_route_table_association",
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_logging",
            "aws_s3_bucket_notification",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
            "aws_s3_object",
            "aws_securityhub_standards_subscription",
            "aws_sns_topic_policy",
            "aws_sns_topic_subscription",
            "aws_sqs_queue_policy",
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_ingress_rule",
            "aws_wafv2_web_acl_logging_configuration",
        ),
        _CHILD,
    ),
    **dict.fromkeys(
        (
            "aws_acm_certificate",
            "aws_acm_certificate_validation",
            "aws_eip",
            "aws_flow_log",
            "aws_internet_gateway",
            "aws_kms_key",
            "aws_lambda_code_signing_config",
            "aws_nat_gateway",
            "aws_network_acl",
            "aws_route_table",
            "aws_signer_signing_job",
            "aws_signer_signing_profile",
            "aws_subnet",
            "aws_vpc",
        ),
        _NEW_ID,
    ),
    **dict.fromkeys(
        (
            "aws_bedrock_model_invocation_logging_configuration",
            "aws_config_configuration_recorder",
            "aws_config_configuration_recorder_status",
            "aws_config_delivery_channel",
            "aws_guardduty_detector",
            "aws_iam_service_linked_role",
            "aws_inspector2_enabler",
            "aws_securityhub_account",
        ),
        _ONCE,
    ),
    **dict.fromkeys(
        ("aws_ebs_encryption_by_default", "aws_iam_account_password_policy", "aws_s3_account_public_access_block"),
        _SETTING,
    ),
    **dict.fromkeys(
        ("aws_iam_openid_connect_provider", "aws_iam_policy", "aws_iam_role_policy_attachment"),
        "of the layer ci, which `sitechat bootstrap` takes in",
    ),
    "aws_cloudfront_distribution": "the site's name on it: `site_name`",
    "aws_default_security_group": "AWS makes it with the VPC",
    "aws_ecs_task_definition": "a second one of a family is its next revision",
    "aws_route53_record": "`site_name`",
    "aws_route53_zone": "`site_name`",
    "aws_security_group": "unique in its VPC alone: `taken` asks in an existing one",
    "aws_vpc_endpoint": "its private names: `offers`",
}
