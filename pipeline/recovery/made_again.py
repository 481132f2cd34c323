"""Resource types that no look searches for, each with the reason why the next apply may make them again."""

from __future__ import annotations

_OVERWRITES = "AWS overwrites the one that is there: nothing is made twice"
_SETTING = "a setting of something that is found, or of the account: it is set to the same again"
_ACTION = "something that is done, not something that stays"
_ANOTHER = "another one does no harm"
_REFUSED = "on already, AWS refuses to switch it on, and the error says what to do: the provider can't import it"
MADE_AGAIN: dict[str, str] = {
    **dict.fromkeys(
        (
            "aws_appautoscaling_policy",
            "aws_appautoscaling_target",
            "aws_cloudwatch_dashboard",
            "aws_cloudwatch_event_target",
            "aws_cloudwatch_log_metric_filter",
            "aws_cloudwatch_log_resource_policy",
            "aws_config_config_rule",
            "aws_config_configuration_recorder",
            "aws_config_delivery_channel",
            "aws_iam_role_policy",
            "aws_s3_object",
            "aws_securityhub_standards_subscription",
        ),
        _OVERWRITES,
    ),
    **dict.fromkeys(
        (
            "aws_config_configuration_recorder_status",
            "aws_default_security_group",
            "aws_ebs_encryption_by_default",
            "aws_ecr_lifecycle_policy",
            "aws_ecr_registry_scanning_configuration",
            "aws_ecs_cluster_capacity_providers",
            "aws_guardduty_detector_feature",
            "aws_iam_account_password_policy",
            "aws_inspector2_enabler",
            "aws_s3_account_public_access_block",
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_logging",
            "aws_s3_bucket_notification",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
            "aws_sns_topic_policy",
            "aws_sqs_queue_policy",
            "aws_wafv2_web_acl_logging_configuration",
        ),
        _SETTING,
    ),
    **dict.fromkeys(("aws_acm_certificate_validation", "aws_lambda_invocation", "aws_signer_signing_job"), _ACTION),
    "aws_cloudcontrolapi_resource": _REFUSED,
    **dict.fromkeys(("aws_bedrock_guardrail_version", "aws_ecs_task_definition"), _ANOTHER),
}
