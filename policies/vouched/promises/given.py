"""Arguments that every resource of a type has in every environment, so that none may be left out or empty.

Those whose value is always the same stand in `controls.py`; a switch that may be false is a setting, in `values.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from config.alarm_text import read_alarm_text
from terraform_json.blocks import Body

_GIVEN = {
    "aws_accessanalyzer_analyzer": "analyzer_name",
    "aws_acm_certificate": "domain_name",
    "aws_acm_certificate_validation": "certificate_arn validation_record_fqdns",
    "aws_appautoscaling_policy": (
        "name resource_id scalable_dimension service_namespace target_tracking_scaling_policy_configuration"
    ),
    "aws_appautoscaling_target": "max_capacity resource_id",
    "aws_bedrock_guardrail": (
        "content_policy_config contextual_grounding_policy_config kms_key_arn name "
        "sensitive_information_policy_config word_policy_config"
    ),
    "aws_bedrock_guardrail_version": "guardrail_arn",
    "aws_bedrock_inference_profile": "model_source name",
    "aws_bedrock_model_invocation_logging_configuration": "depends_on logging_config",
    "aws_budgets_budget": "cost_filter limit_amount name notification",
    "aws_budgets_budget_action": ("action_threshold budget_name definition depends_on execution_role_arn subscriber"),
    "aws_cloudcontrolapi_resource": "depends_on desired_state schema type_name",
    "aws_cloudfront_cache_policy": "name parameters_in_cache_key_and_forwarded_to_origin",
    "aws_cloudfront_distribution": (
        "default_cache_behavior ordered_cache_behavior origin origin_group price_class restrictions "
        "viewer_certificate web_acl_id"
    ),
    "aws_cloudfront_origin_access_control": "name",
    "aws_cloudfront_origin_request_policy": "cookies_config headers_config name query_strings_config",
    "aws_cloudfront_response_headers_policy": "name security_headers_config",
    "aws_cloudfront_vpc_origin": "vpc_origin_endpoint_config",
    "aws_cloudtrail": (
        "cloud_watch_logs_group_arn cloud_watch_logs_role_arn depends_on is_multi_region_trail kms_key_id "
        "name s3_bucket_name sns_topic_name"
    ),
    "aws_cloudwatch_composite_alarm": "alarm_actions alarm_name alarm_rule depends_on ok_actions",
    "aws_cloudwatch_dashboard": "dashboard_body dashboard_name",
    "aws_cloudwatch_event_rule": "event_pattern name",
    "aws_cloudwatch_event_target": "arn rule target_id",
    "aws_cloudwatch_log_delivery": "delivery_destination_arn delivery_source_name s3_delivery_configuration",
    "aws_cloudwatch_log_delivery_destination": "delivery_destination_configuration depends_on name",
    "aws_cloudwatch_log_delivery_source": "name resource_arn",
    "aws_cloudwatch_log_group": "kms_key_id name retention_in_days",
    "aws_cloudwatch_log_metric_filter": "log_group_name metric_transformation name pattern",
    "aws_cloudwatch_log_resource_policy": "policy_document policy_name",
    "aws_cloudwatch_metric_alarm": (
        "alarm_actions alarm_name comparison_operator evaluation_periods metric_name namespace ok_actions "
        "period threshold treat_missing_data"
    ),
    "aws_codedeploy_app": "name",
    "aws_codedeploy_deployment_config": "deployment_config_name traffic_routing_config",
    "aws_codedeploy_deployment_group": (
        "app_name auto_rollback_configuration blue_green_deployment_config depends_on deployment_config_name "
        "deployment_group_name deployment_style ecs_service load_balancer_info service_role_arn"
    ),
    "aws_config_config_rule": "depends_on name source",
    "aws_config_configuration_recorder": "recording_group role_arn",
    "aws_config_configuration_recorder_status": "depends_on name",
    "aws_config_delivery_channel": "depends_on s3_bucket_name s3_kms_key_arn snapshot_delivery_properties",
    "aws_default_security_group": "vpc_id",
    "aws_dynamodb_table": (
        "attribute billing_mode hash_key name point_in_time_recovery range_key server_side_encryption ttl"
    ),
    "aws_ecr_lifecycle_policy": "policy repository",
    "aws_ecr_registry_scanning_configuration": "rule scan_type",
    "aws_ecr_repository": "encryption_configuration image_scanning_configuration name",
    "aws_ecs_cluster": "configuration name setting",
    "aws_ecs_cluster_capacity_providers": "capacity_providers cluster_name",
    "aws_ecs_service": (
        "capacity_provider_strategy cluster depends_on deployment_circuit_breaker load_balancer name "
        "network_configuration task_definition"
    ),
    "aws_ecs_task_definition": (
        "container_definitions cpu execution_role_arn family memory network_mode requires_compatibilities "
        "runtime_platform task_role_arn volume"
    ),
    "aws_eip": "depends_on",
    "aws_flow_log": "depends_on iam_role_arn log_destination vpc_id",
    "aws_guardduty_detector_feature": "detector_id name status",
    "aws_iam_policy": "description name policy",
    "aws_iam_role": "assume_role_policy name",
    "aws_iam_role_policy": "name policy role",
    "aws_inspector2_enabler": "account_ids resource_types",
    "aws_internet_gateway": "vpc_id",
    "aws_kms_alias": "name target_key_id",
    "aws_kms_key": "deletion_window_in_days policy",
    "aws_lambda_code_signing_config": "allowed_publishers policies",
    "aws_lambda_function": (
        "code_signing_config_arn dead_letter_config depends_on environment function_name handler kms_key_arn "
        "logging_config memory_size role s3_bucket s3_key timeout tracing_config"
    ),
    "aws_lambda_invocation": "depends_on function_name",
    "aws_lambda_permission": "function_name source_account source_arn",
    "aws_lb": "access_logs idle_timeout name security_groups subnets",
    "aws_lb_listener": "default_action load_balancer_arn port protocol",
    "aws_lb_listener_rule": "action condition listener_arn",
    "aws_lb_target_group": "deregistration_delay health_check name port protocol vpc_id",
    "aws_nat_gateway": "allocation_id depends_on subnet_id",
    "aws_network_acl": "egress ingress subnet_ids vpc_id",
    "aws_opensearch_domain": (
        "access_policies advanced_security_options cluster_config depends_on domain_endpoint_options "
        "domain_name ebs_options encrypt_at_rest engine_version log_publishing_options "
        "node_to_node_encryption software_update_options vpc_options"
    ),
    "aws_route": "route_table_id",
    "aws_route53_record": "name type zone_id",
    "aws_route53_zone": "name",
    "aws_route_table": "vpc_id",
    "aws_route_table_association": "route_table_id subnet_id",
    "aws_s3_account_public_access_block": "account_id",
    "aws_s3_bucket": "bucket",
    "aws_s3_bucket_lifecycle_configuration": "bucket depends_on rule",
    "aws_s3_bucket_logging": "bucket target_bucket target_prefix",
    "aws_s3_bucket_notification": "bucket",
    "aws_s3_bucket_ownership_controls": "bucket depends_on rule",
    "aws_s3_bucket_policy": "bucket depends_on policy",
    "aws_s3_bucket_public_access_block": "bucket",
    "aws_s3_bucket_server_side_encryption_configuration": "bucket rule",
    "aws_s3_bucket_versioning": "bucket versioning_configuration",
    "aws_s3_object": "bucket content_type key",
    "aws_scheduler_schedule": "depends_on flexible_time_window kms_key_arn name schedule_expression target",
    "aws_secretsmanager_secret": "kms_key_id name",
    "aws_security_group": "name vpc_id",
    "aws_securityhub_standards_subscription": "depends_on standards_arn",
    "aws_sfn_state_machine": "definition depends_on logging_configuration name role_arn tracing_configuration",
    "aws_signer_signing_job": "destination profile_name source",
    "aws_signer_signing_profile": "name_prefix",
    "aws_sns_topic": "kms_master_key_id name",
    "aws_sns_topic_policy": "arn policy",
    "aws_sns_topic_subscription": "endpoint topic_arn",
    "aws_sqs_queue": "name",
    "aws_sqs_queue_policy": "policy queue_url",
    "aws_subnet": "availability_zone cidr_block vpc_id",
    "aws_vpc": "cidr_block enable_dns_hostnames enable_dns_support",
    "aws_vpc_endpoint": "policy service_name vpc_endpoint_type vpc_id",
    "aws_vpc_security_group_egress_rule": "from_port security_group_id to_port",
    "aws_vpc_security_group_ingress_rule": "from_port security_group_id to_port",
    "aws_wafv2_web_acl": "default_action name rule visibility_config",
    "aws_wafv2_web_acl_logging_configuration": "log_destination_configs redacted_fields resource_arn",
    "aws_xray_group": "filter_expression group_name insights_configuration",
    "aws_xray_sampling_rule": "fixed_rate rule_name service_name",
}
# What stands instead of some of them: a sum of metrics instead of one, a composite alarm that tells people instead of
# the one it looks at, CodeDeploy's rollback instead of the breaker. The catalogue of alarms and `deployment.strategy`
# say where it does (alarms.py, values.py).
INSTEAD: dict[str, tuple[tuple[Callable[[Body], object], frozenset[str]], ...]] = {
    "aws_cloudwatch_metric_alarm": (
        (lambda body: body.get("metric_query"), frozenset({"metric_name", "namespace", "period"})),
        (
            lambda body: read_alarm_text(str(body.get("alarm_description", ""))).told_by,
            frozenset({"alarm_actions", "ok_actions"}),
        ),
    ),
    "aws_ecs_service": (
        (
            lambda body: body.get("deployment_controller"),
            frozenset(
                {
                    "deployment_circuit_breaker",
                    "deployment_circuit_breaker.enable",
                    "deployment_circuit_breaker.rollback",
                    "deployment_maximum_percent",
                    "deployment_minimum_healthy_percent",
                }
            ),
        ),
    ),
}
GIVEN = {kind: tuple(arguments.split()) for kind, arguments in _GIVEN.items()}
