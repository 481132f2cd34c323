"""Arguments that connect resources: each refers to something built here, or is what the environment's file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policies.vouched.expressions import is_plain
from terraform_json.blocks import NOTES, Config, resources, strings

if TYPE_CHECKING:
    from config import Environment

# By name, whatever the type: constructs give each of them a whole reference, never a text around one.
_NAMES = (
    "access_policies acm_certificate_arn alarm_actions alarm_names allocation_id assume_role_policy certificate_arn",
    "cloud_watch_log_group_name cloud_watch_logs_role_arn cloudwatch_log_group_arn cluster cluster_name",
    "code_signing_config_arn delivery_destination_arn delivery_source_name destination_resource_arn detector_id",
    "execution_role_arn gateway_id guardrail_arn iam_role_arn kms_key_arn kms_key_id kms_master_key_id",
    "listener_arn load_balancer_arn log_destination_configs log_group_name master_user_arn nat_gateway_id",
    "ok_actions origin_access_control_id policy_document prefix_list_id profile_name queue_url",
    "referenced_security_group_id repository resource_arn response_headers_policy_id role role_arn route_table_id",
    "route_table_ids s3_bucket_name s3_kms_key_arn security_group_id security_group_ids security_groups",
    "signing_profile_version_arns sns_topic_name subnet_id subnet_ids subnets subscriber_sns_topic_arns",
    "target_arn target_group_arn target_key_id task_definition task_role_arn validation_record_fqdns vpc_id",
    "listener_arns service_role_arn vpc_origin_id web_acl_id zone_id",
)
REFERRING = frozenset(name for line in _NAMES for name in line.split())
# Names of the list that say what something fits, in these types, and connect nothing (controls.py has their value).
_MATCHING = {"aws_xray_sampling_rule": frozenset({"resource_arn"})}
# What Terraform may leave out of its plan of a resource: nothing but these, and of these types.
IGNORED = {
    "aws_appautoscaling_target": ["suspended_state"],
    "aws_ecs_service": ["task_definition", "alarms", "desired_count"],
    "aws_signer_signing_job": ["source"],
}
# The same where CodeDeploy shifts visitors: what AWS changes with a deployment alone.
SHIFTED = {
    **IGNORED,
    "aws_ecs_service": [
        "task_definition",
        "load_balancer",
        "network_configuration",
        "capacity_provider_strategy",
        "platform_version",
        "desired_count",
    ],
    "aws_lb_listener": ["default_action"],
}
# The same where ECS shifts them by itself: it writes the weights of rules.
NATIVE = {
    **IGNORED,
    "aws_ecs_service": ["task_definition", "desired_count"],
    "aws_lb_listener_rule": ["action"],
}
# Alarms of which a function puts the threshold (constructs_lib/bedrock/quota_alarms.py): by layer, and how their names
# begin. No other alarm may have its threshold ignored.
_KEPT_ALARMS = ("monitoring", "aws_cloudwatch_metric_alarm", ("quota_alarms_tokens_", "quota_alarms_embedded_"))
_KEPT = ["threshold"]
_TO_DO = "refer to it as ${type.name.attribute}"


def unconnected(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for arguments that name a resource otherwise than by reference, and for changes that are ignored."""
    said = frozenset(strings(env.model_dump(mode="json")))
    ignored = _ignored(env)
    service_role = env.place.arn("iam", "role/aws-service-role/", region="")
    for layer, config in layers.items():
        for block in resources(config):
            address = f"{layer}/{block.address}"
            matching = _MATCHING.get(block.type, frozenset())
            body = {name: each for name, each in block.body.items() if name not in matching}
            for argument in _named(body, said, service_role):
                yield f"{address}: {argument} is no reference to something that is built here; {_TO_DO}"
            lifecycle = block.body.get("lifecycle", {})
            if (layer, block.type) == _KEPT_ALARMS[:2] and block.name.startswith(_KEPT_ALARMS[2]):
                if lifecycle.get("ignore_changes") != _KEPT:
                    yield f"{address}: lifecycle.ignore_changes is not {_KEPT}: Terraform would undo what was read"
            elif lifecycle.get("ignore_changes", ignored.get(block.type)) != ignored.get(block.type):
                yield f"{address}: lifecycle.ignore_changes is not what its construct ignores; take it out"
            if "replace_triggered_by" in lifecycle:
                yield f"{address}: lifecycle.replace_triggered_by is of no construct; take it out"


def _ignored(env: Environment) -> dict[str, list[str]]:
    """Ignored arguments by type; the number of tasks of a parked service is Terraform's."""
    ignored = SHIFTED if env.uses_code_deploy else NATIVE if env.shifts_releases else IGNORED
    service = [each for each in ignored["aws_ecs_service"] if each != "desired_count" or not env.service.parked]
    return {**ignored, "aws_ecs_service": service}


def _named(value: Any, said: frozenset[str], service_role: str) -> Iterator[str]:
    """Arguments, at any depth, with another text than a reference, or than AWS's own role of a service."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in REFERRING:
                given = each if isinstance(each, list) else [each]
                texts = [text for text in given if isinstance(text, str) and not is_plain(text)]
                if any(text not in said and not text.startswith(service_role) for text in texts):
                    yield key
            if key != NOTES:
                yield from _named(each, said, service_role)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, said, service_role)
