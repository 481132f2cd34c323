"""AWS Foundational Security Best Practices: network, keys, secrets, buckets, topics."""

from __future__ import annotations

from tools.assurance.review.judges import chosen, declined, every, is_true, paired, proven
from tools.assurance.review.model import Control
from tools.assurance.review.resource_tests import (
    administration_shut,
    all_of,
    at_least,
    equals,
    is_set,
    no,
    no_rules,
    privilege,
    public_access_blocked,
    refuses_clear_text,
)

_BUCKET = "aws_s3_bucket"
_KEY = "aws_kms_key"
_TOPIC = "aws_sns_topic"
_T = "tests/constructs_lib/"
_PRIVILEGE_T = "tests/policies/proof/test_privilege.py::test_no_policy_allows_more_than_it_is_for"
_NETWORK_T = "tests/policies/proof/test_reachability.py::test_the_allowed_paths_exist_and_no_other"
_BUCKET_T = f"{_T}storage/test_bucket.py::"

CONTROLS = (
    Control(
        "DynamoDB.2",
        "Tables can be set back to any second of 35 days",
        every("aws_dynamodb_table", is_true("point_in_time_recovery", "enabled"), off="ingestion.sources"),
        f"{_T}workflows/test_storage.py::test_the_ledger",
    ),
    Control(
        "DynamoDB.6",
        "Tables refuse to be deleted",
        every("aws_dynamodb_table", is_true("deletion_protection_enabled"), off="ingestion.sources"),
        f"{_T}workflows/test_storage.py::test_the_ledger",
    ),
    Control(
        "EC2.2",
        "Default security groups let nothing through",
        every("aws_default_security_group", no_rules, off="network.vpc_id"),
        f"{_T}network/test_vpc.py::test_default_group_lets_nothing_through",
    ),
    Control(
        "EC2.6",
        "Flow logs of every VPC",
        paired("aws_vpc", "aws_flow_log", "vpc_id", off="network.vpc_id"),
        f"{_T}network/test_flow_logs.py::test_all_traffic_is_recorded_at_the_cheaper_interval",
    ),
    Control(
        "EC2.10",
        "An endpoint for the EC2 API",
        declined("nothing in the VPC calls that API; Lambda attaches functions from outside"),
        _NETWORK_T,
    ),
    Control(
        "EC2.15",
        "Subnets hand out no public addresses",
        every("aws_subnet", no("map_public_ip_on_launch"), off="network.vpc_id"),
        f"{_T}network/test_vpc.py::test_no_subnet_hands_out_public_addresses",
    ),
    Control(
        "EC2.18",
        "Security groups open no port to the internet",
        every(
            "aws_vpc_security_group_ingress_rule",
            lambda body: body.get("prefix_list_id") or body.get("referenced_security_group_id"),
        ),
        _NETWORK_T,
    ),
    Control(
        "EC2.21",
        "Network ACLs keep administration ports shut",
        every("aws_network_acl", administration_shut, off="network.vpc_id"),
        f"{_T}network/test_acl.py::test_administration_is_closed_to_the_world",
    ),
    Control(
        "EC2.55",
        "An endpoint for ECR",
        chosen(
            "network.egress",
            lambda subject: subject.env.network.egress == "endpoints",
            every("aws_vpc_endpoint", of="ecr_api"),
        ),
        "tests/stacks/test_infrastructure.py::test_private_tasks_reach_everything_they_call",
    ),
    Control(
        "KMS.2",
        "Roles decrypt through a service only",
        proven(privilege("unbounded-decrypt"), "aws_iam_role_policy"),
        _PRIVILEGE_T,
    ),
    Control(
        "KMS.4",
        "Keys rotate",
        every(_KEY, is_true("enable_key_rotation")),
        f"{_T}security/test_key.py::test_default",
    ),
    Control(
        "KMS.5",
        "Keys aren't public",
        proven(privilege("any-principal", "confused-deputy"), _KEY),
        f"{_T}security/test_key.py::test_the_account_administers_and_nobody_is_a_wildcard",
    ),
    Control(
        "S3.1",
        "Public access is blocked for the account",
        every("aws_s3_account_public_access_block", public_access_blocked, off="security.account_settings"),
        "tests/constructs_lib/audit/test_account_settings.py::test_no_bucket_of_the_account_can_be_public",
    ),
    Control(
        "S3.2, S3.3, S3.8",
        "Buckets block public access",
        paired(
            _BUCKET,
            "aws_s3_bucket_public_access_block",
            "bucket",
            public_access_blocked,
        ),
        f"{_BUCKET_T}test_the_public_is_shut_out",
    ),
    Control(
        "S3.5",
        "Buckets refuse clear text",
        proven(refuses_clear_text, "aws_s3_bucket_policy"),
        f"{_BUCKET_T}test_clear_text_is_denied_to_everyone",
    ),
    Control(
        "S3.9",
        "Access to buckets is logged, but for the bucket that keeps these logs",
        paired(
            _BUCKET,
            "aws_s3_bucket_logging",
            "bucket",
            without=".log_buckets_server_access",
            waivers=("CKV_AWS_18",),
        ),
        f"{_BUCKET_T}test_access_is_logged_where_asked",
    ),
    Control(
        "S3.11",
        "Buckets report events",
        paired(_BUCKET, "aws_s3_bucket_notification", "bucket"),
        f"{_BUCKET_T}test_changes_can_be_listened_to",
    ),
    Control(
        "S3.12",
        "No access lists",
        paired(_BUCKET, "aws_s3_bucket_ownership_controls", "bucket"),
        f"{_BUCKET_T}test_the_owner_owns_every_object",
    ),
    Control(
        "S3.13",
        "Buckets expire what is old",
        paired(_BUCKET, "aws_s3_bucket_lifecycle_configuration", "bucket"),
        f"{_BUCKET_T}test_expiry_can_be_set",
    ),
    Control(
        "S3.14",
        "Versioning",
        every("aws_s3_bucket_versioning", equals("Enabled", "versioning_configuration", "status")),
        f"{_BUCKET_T}test_old_versions_are_kept_a_month_and_objects_for_ever",
    ),
    Control(
        "S3.17",
        "Buckets under a customer key",
        paired(
            _BUCKET,
            "aws_s3_bucket_server_side_encryption_configuration",
            "bucket",
            is_set("rule", "apply_server_side_encryption_by_default", "kms_master_key_id"),
            waivers=("CKV_AWS_145",),
        ),
        f"{_BUCKET_T}test_objects_are_encrypted_with_the_customers_key",
    ),
    Control(
        "SecretsManager.1, .4",
        "Secrets rotate",
        paired(
            "aws_secretsmanager_secret",
            "aws_secretsmanager_secret_rotation",
            "secret_id",
            off="secrets.names",
            waivers=("CKV2_AWS_57",),
        ),
        f"{_T}security/test_secret.py::test_it_has_no_value",
    ),
    Control(
        "SNS.1",
        "Topics under a customer key",
        every(_TOPIC, is_set("kms_master_key_id")),
        f"{_T}observability/test_topic.py::test_it_is_under_the_customers_key",
    ),
    Control(
        "SNS.4",
        "Topics aren't public",
        paired(_TOPIC, "aws_sns_topic_policy", "arn"),
        f"{_T}observability/test_topic.py::test_cloudwatch_of_this_account_publishes_and_nobody_else",
    ),
    Control(
        "-",
        "What is deployed can't be destroyed by a plan",
        every(
            _KEY,
            all_of(is_true("lifecycle", "prevent_destroy"), at_least(30, "deletion_window_in_days")),
            off="protection",
        ),
        f"{_T}security/test_key.py::test_default",
    ),
)
