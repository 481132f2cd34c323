"""Arguments that set a service to work on something: those whose needs are known. Any other is refused.

An argument counts where its value leads to a role, topic, queue, function, log group, bucket, key or event bus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration

_SERVICES = {
    "events": "event_bus",
    "firehose": "stream",
    "iam": "role",
    "kinesis": "stream",
    "kms": "key",
    "lambda": "function",
    "logs": "log_group",
    "s3": "bucket",
    "sns": "topic",
    "sqs": "queue",
}
_TYPES = {
    "aws_cloudwatch_event_bus": "event_bus",
    "aws_cloudwatch_log_group": "log_group",
    "aws_iam_role": "role",
    "aws_kinesis_firehose_delivery_stream": "stream",
    "aws_kinesis_stream": "stream",
    "aws_kms_key": "key",
    "aws_lambda_function": "function",
    "aws_s3_bucket": "bucket",
    "aws_sns_topic": "topic",
    "aws_sqs_queue": "queue",
}
_ARN = re.compile(r"arn:[\w-]+:(\w+):")
# Policies are judged by their statements, and these order or describe.
_NOT_ARGUMENTS = (
    "access_policies",
    "assume_role_policy",
    "depends_on",
    "lifecycle",
    "policy",
    "policy_document",
    "tags",
)
# Policies of roles and boundaries, by ARN.
_ROLES = ("permissions_boundary", "policy_arn")
# Argument and what it may lead to, by resource type; rules in `services/` say what that needs, or nothing does.
_KNOWN = {
    "aws_bedrock_guardrail": {"kms_key_arn": "key"},
    "aws_bedrock_model_invocation_logging_configuration": {
        "logging_config.cloudwatch_config.log_group_name": "log_group",
        "logging_config.cloudwatch_config.role_arn": "role",
    },
    "aws_budgets_budget": {"notification.subscriber_sns_topic_arns": "topic"},
    "aws_budgets_budget_action": {
        "definition.iam_action_definition.policy_arn": "role",
        "execution_role_arn": "role",
        "subscriber.address": "topic",
    },
    "aws_cloudfront_distribution": {"origin.domain_name": "bucket"},
    "aws_cloudtrail": {
        "cloud_watch_logs_group_arn": "log_group",
        "cloud_watch_logs_role_arn": "role",
        "kms_key_id": "key",
        "s3_bucket_name": "bucket",
        "sns_topic_name": "topic",
    },
    "aws_cloudwatch_composite_alarm": {"alarm_actions": "topic", "ok_actions": "topic"},
    "aws_cloudwatch_event_target": {
        "arn": "event_bus topic queue state_machine",
        "dead_letter_config.arn": "queue",
        "role_arn": "role",
    },
    "aws_cloudwatch_log_delivery_destination": {
        "delivery_destination_configuration.destination_resource_arn": "bucket"
    },
    "aws_cloudwatch_log_group": {"kms_key_id": "key"},
    "aws_cloudwatch_log_metric_filter": {"log_group_name": "log_group"},
    "aws_cloudwatch_metric_alarm": {
        "alarm_actions": "function topic",
        "dimensions.QueueName": "queue",
        "insufficient_data_actions": "topic",
        "ok_actions": "topic",
    },
    "aws_codedeploy_deployment_group": {"service_role_arn": "role"},
    "aws_config_configuration_recorder": {"role_arn": "role"},
    "aws_config_delivery_channel": {"s3_bucket_name": "bucket", "s3_kms_key_arn": "key", "sns_topic_arn": "topic"},
    "aws_dynamodb_table": {"server_side_encryption.kms_key_arn": "key"},
    "aws_ecr_repository": {"encryption_configuration.kms_key": "key"},
    "aws_ecs_cluster": {
        "configuration.execute_command_configuration.kms_key_id": "key",
        "configuration.execute_command_configuration.log_configuration.cloud_watch_log_group_name": "log_group",
    },
    "aws_ecs_service": {
        "deployment_configuration.lifecycle_hook.hook_target_arn": "function",
        "deployment_configuration.lifecycle_hook.role_arn": "role",
        "load_balancer.advanced_configuration.role_arn": "role",
        "service_connect_configuration.log_configuration.options.awslogs-group": "log_group",
    },
    "aws_ecs_task_definition": {
        # The bucket of the model's switch, whose reading its construct declares (constructs_lib/bedrock/switch.py).
        "container_definitions": "bucket log_group",
        "execution_role_arn": "role",
        "task_role_arn": "role",
    },
    "aws_flow_log": {"iam_role_arn": "role", "log_destination": "log_group"},
    "aws_iam_role_policy": {"role": "role"},
    "aws_iam_role_policy_attachment": {"role": "role"},
    "aws_kms_alias": {"target_key_id": "key"},
    "aws_lambda_function": {
        "dead_letter_config.target_arn": "queue topic",
        # What the function does with them, its construct declares (constructs_lib/bedrock/stop.py).
        "environment.variables.MODEL_QUOTA": "topic",
        "environment.variables.MODEL_STOP": "role topic",
        "environment.variables.SEARCH_BOOTSTRAP": "role",
        "kms_key_arn": "key",
        "logging_config.log_group": "log_group",
        "role": "role",
        "s3_bucket": "bucket",
    },
    "aws_lambda_invocation": {"function_name": "function", "triggers.content": "role"},
    "aws_lambda_permission": {"function_name": "function"},
    "aws_lb": {"access_logs.bucket": "bucket", "connection_logs.bucket": "bucket"},
    "aws_opensearch_domain": {
        "advanced_security_options.master_user_options.master_user_arn": "role",
        "encrypt_at_rest.kms_key_id": "key",
        "log_publishing_options.cloudwatch_log_group_arn": "log_group",
    },
    "aws_s3_bucket_lifecycle_configuration": {"bucket": "bucket"},
    "aws_s3_bucket_logging": {"bucket": "bucket", "target_bucket": "bucket"},
    "aws_s3_bucket_notification": {"bucket": "bucket"},
    "aws_s3_bucket_ownership_controls": {"bucket": "bucket"},
    "aws_s3_bucket_policy": {"bucket": "bucket"},
    "aws_s3_bucket_public_access_block": {"bucket": "bucket"},
    "aws_s3_bucket_server_side_encryption_configuration": {
        "bucket": "bucket",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id": "key",
    },
    "aws_s3_bucket_versioning": {"bucket": "bucket"},
    "aws_s3_object": {"bucket": "bucket"},
    "aws_scheduler_schedule": {"kms_key_arn": "key", "target.arn": "function", "target.role_arn": "role"},
    "aws_secretsmanager_secret": {"kms_key_id": "key"},
    "aws_sfn_state_machine": {
        "definition": "function topic",
        "logging_configuration.log_destination": "log_group",
        "role_arn": "role",
    },
    "aws_signer_signing_job": {"destination.s3.bucket": "bucket", "source.s3.bucket": "bucket"},
    "aws_sns_topic": {"kms_master_key_id": "key"},
    "aws_sns_topic_policy": {"arn": "topic"},
    "aws_sns_topic_subscription": {"topic_arn": "topic"},
    "aws_sqs_queue": {"kms_master_key_id": "key"},
    "aws_sqs_queue_policy": {"queue_url": "queue"},
    "aws_wafv2_web_acl_logging_configuration": {"log_destination_configs": "log_group"},
}


def unknown_uses(configuration: Configuration, arns: Arns) -> Iterator[str]:
    """A line, address first, for each argument that leads to something and whose needs nobody knows."""
    for kind, address, body in configuration.everything():
        known = _KNOWN.get(kind, {})
        for path, value in _texts({key: each for key, each in body.items() if key not in _NOT_ARGUMENTS}, ""):
            if path in _ROLES:
                continue
            for target in sorted(set(_targets(configuration, arns, value)) - set(known.get(path, "").split())):
                yield f"{address}: {path} leads to a {target.replace('_', ' ')}; nobody knows what that needs"


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, path)
    elif isinstance(value, str):
        yield path, value


def _targets(configuration: Configuration, arns: Arns, value: str) -> Iterator[str]:
    for address in configuration.mentioned(value):
        kind = address.partition("/")[2].split(".")[0]
        if kind in _TYPES:
            yield _TYPES[kind]
    for match in _ARN.finditer(arns.concrete(value)):
        if match.group(1) in _SERVICES:
            yield _SERVICES[match.group(1)]
