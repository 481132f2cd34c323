"""Cases of the rules about buckets, search domains and what must not be deleted."""

from __future__ import annotations

from typing import Any

from tests.policies.cases.rule_cases import KEPT, Body, RuleCases, document, search


def refusal(transport: Any) -> str:
    condition = {"Bool": {"aws:SecureTransport": transport}}
    return document(Effect="Deny", Principal="*", Action="s3:*", Resource="*", Condition=condition)


LOGS = ("AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS")


def published(*logs: str, **changes: Any) -> Body:
    return {
        "log_publishing_options": [{"log_type": each, "cloudwatch_log_group_arn": "arn"} | changes for each in logs]
    }


def encrypted(**default: str) -> Body:
    return {"rule": [{"apply_server_side_encryption_by_default": default}]}


ACCOUNT_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

CASES = (
    RuleCases(
        rule="s3_tls_only",
        resource_type="aws_s3_bucket_policy",
        compliant={
            "refused as string": {"policy": refusal("false")},
            "refused as boolean": {"policy": refusal(False)},
        },
        non_compliant={
            "refused with TLS": {"policy": refusal("true")},
            "no denial": {"policy": document(Principal={"AWS": "1"}, Action="s3:GetObject")},
        },
    ),
    RuleCases(
        rule="opensearch_users",
        resource_type="aws_opensearch_domain",
        compliant={
            "internal users off": search(internal_user_database_enabled=False),
            "anonymous access off": search(anonymous_auth_enabled=False),
        },
        non_compliant={
            "internal users": search(internal_user_database_enabled=True),
            "anonymous access": search(anonymous_auth_enabled=True),
            "no policy": {"advanced_security_options": [{"enabled": True}]},
            "no master role": search() | {"advanced_security_options": {"enabled": True}},
        },
    ),
    RuleCases(
        rule="kept_content",
        resource_type="aws_s3_bucket",
        compliant={
            "protected": KEPT,
            "protected, force_destroy off": KEPT | {"force_destroy": False},
            "unprotected": {"force_destroy": True},
        },
        non_compliant={
            "protected, force_destroy on": KEPT | {"force_destroy": True},
        },
    ),
    RuleCases(
        rule="kept_content",
        resource_type="aws_ecr_repository",
        compliant={
            "protected, force_delete off": KEPT | {"force_delete": False},
        },
        non_compliant={
            "protected, force_delete on": KEPT | {"force_delete": True},
        },
    ),
    RuleCases(
        rule="opensearch_logs",
        resource_type="aws_opensearch_domain",
        compliant={
            "all logs": published(*LOGS),
            "all logs, enabled": published(*LOGS, enabled=True),
        },
        non_compliant={
            "one log missing": published(*LOGS[1:]),
            "logs disabled": published(*LOGS, enabled=False),
            "no logs": {},
        },
    ),
    RuleCases(
        rule="opensearch_updates",
        resource_type="aws_opensearch_domain",
        compliant={
            "on": {"software_update_options": {"auto_software_update_enabled": True}},
        },
        non_compliant={
            "default": {},
            "off": {"software_update_options": {"auto_software_update_enabled": False}},
        },
    ),
    RuleCases(
        rule="s3_customer_key",
        resource_type="aws_s3_bucket_server_side_encryption_configuration",
        compliant={
            "KMS with key": encrypted(sse_algorithm="aws:kms", kms_master_key_id="arn"),
            "SSE-S3": encrypted(sse_algorithm="AES256"),
        },
        non_compliant={
            "KMS without key": encrypted(sse_algorithm="aws:kms"),
            "dual-layer KMS without key": encrypted(sse_algorithm="aws:kms:dsse"),
        },
    ),
    RuleCases(
        rule="forced_changes",
        resource_type="aws_ecs_service",
        compliant={
            "default": {},
            "off": {"force_delete": False},
        },
        non_compliant={
            "on": {"force_delete": True},
        },
    ),
    RuleCases(
        rule="forced_changes",
        resource_type="aws_s3_object",
        compliant={
            "default": {},
            "off": {"force_destroy": False},
        },
        non_compliant={
            "on": {"force_destroy": True},
        },
    ),
    RuleCases(
        rule="forced_changes",
        resource_type="aws_secretsmanager_secret",
        compliant={
            "off": {"force_overwrite_replica_secret": False},
        },
        non_compliant={
            "on": {"force_overwrite_replica_secret": True},
        },
    ),
    RuleCases(
        rule="account_buckets",
        resource_type="aws_s3_account_public_access_block",
        compliant={
            "all four on": dict.fromkeys(ACCOUNT_BLOCKS, True),
            "default": {"account_id": "123456789012"},
        },
        non_compliant={
            f"{block} off": {**dict.fromkeys(ACCOUNT_BLOCKS, True), block: False} for block in ACCOUNT_BLOCKS
        },
    ),
)
