"""AWS Foundational Security Best Practices: images, tasks, functions, the search domain."""

from __future__ import annotations

from terraform_json.blocks import Body
from tools.assurance.review.judges import absent, chosen, every, is_true, paired
from tools.assurance.review.model import Control
from tools.assurance.review.resource_tests import (
    all_of,
    at_least,
    equals,
    every_container,
    is_set,
    no,
    no_plain_secrets,
    published_log,
)

_TASK = "aws_ecs_task_definition"
_SERVICE = "aws_ecs_service"
_DOMAIN = "aws_opensearch_domain"
_IMAGES = "aws_ecr_repository"
_FUNCTION = "aws_lambda_function"
_T = "tests/constructs_lib/"
_TASK_T = f"{_T}containers/test_task.py::"
_SEARCH_T = f"{_T}search/test_domain.py::"
_IMAGES_T = f"{_T}containers/test_repository.py::"


def _by_one_alarm(body: Body) -> bool:
    """Whether CloudWatch alone may invoke the function, for one alarm of one account."""
    alarm = str(body.get("source_arn", ""))
    service = body.get("principal") == "lambda.alarms.cloudwatch.amazonaws.com"
    return service and bool(body.get("source_account")) and ":alarm:" in alarm and "*" not in alarm


CONTROLS = (
    Control("EC2.8", "Instances use IMDSv2", absent("aws_instance", "aws_launch_template"), "{unused}"),
    Control(
        "ECR.1",
        "Images are scanned when pushed",
        every(_IMAGES, is_true("image_scanning_configuration", "scan_on_push")),
        f"{_IMAGES_T}test_images_are_scanned_and_encrypted",
    ),
    Control(
        "ECR.2",
        "Tags can't be moved",
        every(_IMAGES, equals("IMMUTABLE", "image_tag_mutability")),
        f"{_IMAGES_T}test_tags_never_move",
    ),
    Control(
        "ECR.3",
        "A lifecycle policy",
        paired(_IMAGES, "aws_ecr_lifecycle_policy", "repository"),
        f"{_IMAGES_T}test_untagged_images_go_after_a_day",
    ),
    Control(
        "ECR.5",
        "Images under a customer key",
        every(_IMAGES, is_set("encryption_configuration", "kms_key")),
        f"{_IMAGES_T}test_images_are_scanned_and_encrypted",
    ),
    Control(
        "ECS.2",
        "Tasks have no public address",
        every(_SERVICE, equals(False, "network_configuration", "assign_public_ip"), waivers=("CKV_AWS_333",)),
        "tests/stacks/test_service.py::test_only_one_way_out_gives_tasks_an_address",
    ),
    Control(
        "ECS.3",
        "No process namespace of the host",
        every(_TASK, no("pid_mode")),
        f"{_TASK_T}test_no_namespace_is_shared",
    ),
    Control(
        "ECS.4",
        "No privileged container",
        every(_TASK, every_container(no("privileged"))),
        f"{_TASK_T}test_no_privilege_is_asked_for",
    ),
    Control(
        "ECS.5",
        "Root file systems are read-only",
        every(_TASK, every_container(is_true("readonlyRootFilesystem"))),
        f"{_TASK_T}test_container_default",
    ),
    Control(
        "ECS.8",
        "No secret in a container's environment",
        every(_TASK, no_plain_secrets),
        "tests/policies/proof/test_planted.py::test_a_planted_mistake_is_refused_by_name",
    ),
    Control(
        "ECS.9",
        "Containers log",
        every(_TASK, every_container(is_set("logConfiguration"))),
        f"{_TASK_T}test_it_logs_without_waiting",
    ),
    Control(
        "ECS.10",
        "The latest Fargate platform",
        every(_SERVICE, equals("LATEST", "platform_version")),
        f"{_T}containers/test_service.py::test_default",
    ),
    Control(
        "ECS.12",
        "Container Insights",
        every("aws_ecs_cluster", equals("enabled", "setting", "value"), waivers=("CKV_AWS_65",)),
        f"{_T}containers/test_cluster.py::test_insights_are_on",
    ),
    Control(
        "ECS.17",
        "No network of the host",
        every(_TASK, equals("awsvpc", "network_mode")),
        f"{_TASK_T}test_task",
    ),
    Control(
        "Lambda.1",
        "Nobody outside may invoke a function",
        every("aws_lambda_permission", _by_one_alarm, off="bedrock.stop"),
        f"{_T}bedrock/test_stop.py::test_this_one_alarm_of_this_account_may_call_the_function",
    ),
    Control(
        "Lambda.2",
        "A supported runtime",
        every(_FUNCTION, equals("python3.13", "runtime"), off="search.enabled"),
        f"{_T}search/test_bootstrap.py::test_default",
    ),
    Control(
        "Lambda.3",
        "Functions run in the VPC",
        every(_FUNCTION, is_set("vpc_config"), off="search.enabled", waivers=("CKV_AWS_117",)),
        f"{_T}search/test_bootstrap.py::test_the_function_reaches_the_domain_and_nothing_else",
    ),
    Control(
        "StepFunctions.1",
        "State machines log",
        every("aws_sfn_state_machine", is_set("logging_configuration"), off="ingestion.sources"),
        f"{_T}workflows/test_machine.py::test_it_logs_errors_with_their_data_and_is_traced",
    ),
    Control(
        "Opensearch.1",
        "Encrypted at rest",
        every(_DOMAIN, is_true("encrypt_at_rest", "enabled"), off="search.enabled"),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.2",
        "Not reachable from the internet",
        every(_DOMAIN, is_set("vpc_options"), off="search.enabled"),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.3",
        "Encrypted between nodes",
        every(_DOMAIN, is_true("node_to_node_encryption", "enabled"), off="search.enabled"),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.4",
        "Errors are logged",
        every(_DOMAIN, published_log("ES_APPLICATION_LOGS"), off="search.enabled"),
        f"{_SEARCH_T}test_all_four_logs_are_published",
    ),
    Control(
        "Opensearch.5",
        "Access is logged",
        every(_DOMAIN, published_log("AUDIT_LOGS"), off="search.enabled"),
        f"{_SEARCH_T}test_all_four_logs_are_published",
    ),
    Control(
        "Opensearch.6",
        "Three data nodes or more",
        chosen(
            "search.instance_count",
            lambda subject: subject.env.search.instance_count >= 3,
            every(_DOMAIN, at_least(3, "cluster_config", "instance_count")),
        ),
        f"{_SEARCH_T}test_nodes_spread_over_zones",
    ),
    Control(
        "Opensearch.7",
        "Fine-grained access",
        every(
            _DOMAIN,
            all_of(
                is_true("advanced_security_options", "enabled"),
                lambda body: not body["advanced_security_options"]["internal_user_database_enabled"],
            ),
            off="search.enabled",
        ),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.8",
        "A recent TLS policy",
        every(
            _DOMAIN,
            equals("Policy-Min-TLS-1-2-PFS-2023-10", "domain_endpoint_options", "tls_security_policy"),
            off="search.enabled",
        ),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.10",
        "Updates install by themselves",
        every(_DOMAIN, is_true("software_update_options", "auto_software_update_enabled"), off="search.enabled"),
        f"{_SEARCH_T}test_default",
    ),
    Control(
        "Opensearch.11",
        "Three dedicated masters",
        every(
            _DOMAIN,
            at_least(3, "cluster_config", "dedicated_master_count"),
            off="search.enabled",
            waivers=("CKV_AWS_318",),
        ),
        f"{_SEARCH_T}test_dedicated_masters",
    ),
)
