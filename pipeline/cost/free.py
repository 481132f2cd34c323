"""Resource types that AWS doesn't charge for, each with the reason; some configure another type that is charged."""

from __future__ import annotations

from collections.abc import Mapping

_BUCKET = "a setting of a bucket, which is priced"
_IAM = "IAM is free"
_VPC = "VPCs, subnets, routes and their rules are free; traffic and addresses are not"
_CLOUDFRONT = "configures the distribution, which is priced by request and GB"
_DELIVERY = "delivery of CloudFront's access logs to S3 is free; the bucket is priced"
_LB = "part of the load balancer, which is priced"

# CodeDeploy pricing.
_CODEDEPLOY = "CodeDeploy is free for ECS; the tasks of two releases at once are priced with the service"
_SIGNING = "signing a function's code and checking the signature is free"
_EVENTS = "events of AWS services are free on the default bus"
_ACCOUNT = "a setting of the account"
_RECORDER = "part of the Config recorder, which is priced by what it records"

# Types that are free only in some configurations.
AS_CONFIGURED: Mapping[str, str] = {
    "aws_accessanalyzer_analyzer": "analysis of external access is free",
    "aws_cloudtrail": "the first copy of management events is free",
    "aws_ecs_service": "it runs no task: it is parked, or may have none",
    "aws_ecs_cluster": "a cluster without Container Insights is free",
    "aws_guardduty_detector": "switched off",
    "aws_guardduty_detector_feature": "switched off, or part of what the detector is charged for",
    "aws_s3_bucket": "holds a page of a few kilobytes",
    "aws_vpc_endpoint": "gateway endpoints are free",
}

REASONS: Mapping[str, str] = {
    "aws_acm_certificate": "public certificates are free",
    "aws_acm_certificate_validation": "waits for a certificate; no resource of its own",
    "aws_appautoscaling_target": "scaling is free; the alarms of its policies are priced",
    "aws_bedrock_guardrail_version": "a version of the guardrail, which is priced by use",
    "aws_bedrock_inference_profile": "a name for a model, whose tokens are priced as they are without it",
    "aws_bedrock_model_invocation_logging_configuration": "charged as log data of its log group, which is priced",
    "aws_budgets_budget_action": "two budgets of an account may act for nothing; each further one is 0.10 USD a day",
    "aws_budgets_budget": "budgets are free, the actions of two of them too",
    "aws_cloudcontrolapi_resource": "Transaction Search, on and with the share indexed that is free; spans are priced",
    "aws_cloudfront_cache_policy": _CLOUDFRONT,
    "aws_cloudfront_origin_access_control": _CLOUDFRONT,
    "aws_cloudfront_origin_request_policy": _CLOUDFRONT,
    "aws_cloudfront_response_headers_policy": _CLOUDFRONT,
    "aws_cloudfront_vpc_origin": "VPC origins are free",
    "aws_cloudwatch_event_rule": _EVENTS,
    "aws_cloudwatch_event_target": _EVENTS,
    "aws_cloudwatch_log_delivery": _DELIVERY,
    "aws_cloudwatch_log_delivery_destination": _DELIVERY,
    "aws_cloudwatch_log_delivery_source": _DELIVERY,
    "aws_cloudwatch_log_resource_policy": "a policy on log groups, which are priced",
    "aws_codedeploy_app": _CODEDEPLOY,
    "aws_codedeploy_deployment_config": _CODEDEPLOY,
    "aws_codedeploy_deployment_group": _CODEDEPLOY,
    "aws_config_configuration_recorder_status": _RECORDER,
    "aws_config_delivery_channel": _RECORDER,
    "aws_default_security_group": _VPC,
    "aws_ebs_encryption_by_default": _ACCOUNT,
    "aws_ecr_lifecycle_policy": "removes images, which are priced",
    "aws_ecr_registry_scanning_configuration": "a setting of the registry; Inspector, which scans, is priced",
    "aws_ecs_cluster_capacity_providers": "capacity is priced with the tasks that use it",
    "aws_ecs_task_definition": "tasks are priced with the service that runs them",
    "aws_flow_log": "charged as log data of its log group, which is priced",
    "aws_iam_account_password_policy": _ACCOUNT,
    "aws_iam_openid_connect_provider": _IAM,
    "aws_iam_policy": _IAM,
    "aws_iam_role": _IAM,
    "aws_iam_role_policy": _IAM,
    "aws_iam_role_policy_attachment": _IAM,
    "aws_iam_service_linked_role": _IAM,
    "aws_internet_gateway": _VPC,
    "aws_kms_alias": "a name for a key, which is priced",
    "aws_lambda_code_signing_config": _SIGNING,
    "aws_lambda_invocation": "runs a function, whose runs are priced",
    "aws_lambda_permission": "a statement of a function's policy",
    "aws_lb_listener": _LB,
    "aws_lb_listener_rule": _LB,
    "aws_lb_target_group": _LB,
    "aws_network_acl": _VPC,
    "aws_route": _VPC,
    "aws_route53_record": "records are free, and so are queries for an alias of CloudFront",
    "aws_route_table": _VPC,
    "aws_route_table_association": _VPC,
    "aws_s3_account_public_access_block": _ACCOUNT,
    "aws_s3_bucket_lifecycle_configuration": _BUCKET,
    "aws_s3_bucket_logging": _BUCKET,
    "aws_s3_bucket_notification": _BUCKET,
    "aws_s3_bucket_ownership_controls": _BUCKET,
    "aws_s3_bucket_policy": _BUCKET,
    "aws_s3_bucket_public_access_block": _BUCKET,
    "aws_s3_bucket_server_side_encryption_configuration": _BUCKET,
    "aws_s3_bucket_versioning": _BUCKET,
    "aws_s3_object": "a file of a few kilobytes that stays the same",
    "aws_scheduler_schedule": "the first 14 million starts a month are free",
    "aws_security_group": _VPC,
    "aws_securityhub_standards_subscription": "charged as checks of Security Hub, which are priced",
    "aws_service_discovery_http_namespace": "free with Service Connect; its proxy is part of the priced task",
    "aws_signer_signing_job": _SIGNING,
    "aws_signer_signing_profile": _SIGNING,
    "aws_sns_topic_policy": "a policy on a topic, which is priced",
    "aws_sns_topic_subscription": "subscriptions by mail are free; the mails are priced with the topic",
    "aws_sqs_queue": "the first million requests a month are free, and it holds only what could not be delivered",
    "aws_sqs_queue_policy": "a policy on a queue",
    "aws_subnet": _VPC,
    "aws_vpc": _VPC,
    "aws_vpc_security_group_egress_rule": _VPC,
    "aws_vpc_security_group_ingress_rule": _VPC,
    "aws_wafv2_web_acl_logging_configuration": "charged as log data of its log group, which is priced",
}
