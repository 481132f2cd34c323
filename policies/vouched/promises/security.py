"""Promises of the layer security: what watches the account, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.place import GLOBAL_REGION
from policies.vouched.promises.parts import DOCUMENT, alarms, bucket, event, key, role, subscriptions, topic
from policies.vouched.promises.promise import Promise, of, promise

if TYPE_CHECKING:
    from config import Environment

CIS = (
    *("bucket_policy_changes", "failed_sign_ins", "gateway_changes", "iam_changes", "key_deletion"),
    *("network_acl_changes", "organization_changes", "recorder_changes", "root_use", "route_changes"),
    *("security_group_changes", "sign_in_without_mfa", "trail_changes", "unauthorized_calls", "vpc_changes"),
)
_RULES = (
    *("default_security_group", "key_rotation", "old_access_keys", "open_ssh", "public_buckets"),
    *("root_access_key", "root_mfa", "unused_credentials"),
)
_FEATURES = (
    *("ebs_malware_protection", "eks_audit_logs", "lambda_network_logs", "rds_login_events"),
    *("runtime_monitoring", "s3_data_events"),
)
# Events by the service that sends them; those in _EVERYWHERE also arise in us-east-1.
_EVENTS = {
    "detector": ("threats",),
    "hub": ("posture",),
    "inspector": ("images",),
    "analyzer": ("exposure",),
    "trail": ("root_use", "keys", "watchers", "secrets", "shells", "revisions"),
}
_EVERYWHERE = ("root_use", "keys")
# Services whose findings carry text of their own, so that a message may fail.
_REPORTING = ("detector", "hub", "inspector")


def security(env: Environment) -> Iterator[Promise]:
    """Services that this environment owns, and findings of those it only uses."""
    chosen = env.security
    if chosen.own_key:
        yield promise("security.own_key = true", key("key"))
    if chosen.trail == "own":
        yield from _trail(env)
    if chosen.recorder == "own":
        yield from _recorder(env)
    for setting, addresses in _SINGLE.items():
        if getattr(chosen, setting) == "own":
            yield promise(f'security.{setting} = "own"', addresses)
    if chosen.routes_findings:
        yield from _routes(env)


_SINGLE = {
    "analyzer": of("aws_accessanalyzer_analyzer", "analyzer"),
    "detector": (
        "aws_guardduty_detector.threats_detector",
        *of("aws_guardduty_detector_feature", *(f"threats_{feature}" for feature in _FEATURES)),
    ),
    "hub": ("aws_securityhub_account.hub", "aws_securityhub_standards_subscription.hub_foundational"),
    "inspector": of("aws_inspector2_enabler", "images_enabler"),
    "image_scanning": of("aws_ecr_registry_scanning_configuration", "scanning_registry"),
    "account_settings": (
        "aws_s3_account_public_access_block.account_buckets",
        "aws_ebs_encryption_by_default.account_disks",
        "aws_iam_account_password_policy.account_passwords",
    ),
}


def _trail(env: Environment) -> Iterator[Promise]:
    yield promise(
        'security.trail = "own"',
        of("aws_cloudtrail", "trail"),
        of("aws_cloudwatch_log_group", "trail_log_group"),
        role("trail_role", "write"),
        bucket("trail_bucket"),
        ("aws_sns_topic.trail_deliveries", "aws_sns_topic_policy.trail_deliveries_policy"),
        of(DOCUMENT, "trail_deliveries_document"),
    )
    if env.security.cis_alarms:
        yield promise(
            "security.cis_alarms = true",
            of("aws_cloudwatch_log_metric_filter", *(f"cis_{control}" for control in CIS)),
            alarms("cis_alarms", *CIS),
        )


def _recorder(env: Environment) -> Iterator[Promise]:
    yield promise(
        'security.recorder = "own"',
        of("aws_config_configuration_recorder", "recorder"),
        of("aws_config_configuration_recorder_status", "recorder_status"),
        of("aws_config_delivery_channel", "recorder_channel"),
        of("aws_config_config_rule", *(f"recorder_{rule}" for rule in _RULES)),
        bucket("recorder_bucket"),
    )
    if env.security.recorder_role == "own":
        yield promise('security.recorder_role = "own"', of("aws_iam_service_linked_role", "recorder_role"))


def _routes(env: Environment) -> Iterator[Promise]:
    used = {setting for setting in _EVENTS if getattr(env.security, setting) != "off"}
    watching = " or ".join(f"security.{setting}" for setting in sorted(used))
    yield promise(
        watching,
        topic("topic"),
        of("aws_sqs_queue", "routes_undelivered_queue"),
        of("aws_sqs_queue_policy", "routes_undelivered_policy"),
        of(DOCUMENT, "routes_undelivered_document"),
    )
    yield promise("security.emails or monitoring.alarm_emails", subscriptions("topic", env.security_emails))
    if "inspector" in used:
        yield promise(
            "security.inspector",
            of("aws_sfn_state_machine", "news_machine"),
            of("aws_dynamodb_table", "news_told"),
            of("aws_cloudwatch_log_group", "news_log_group"),
            role("news_role"),
            role("news_starts"),
            event("untold_rule", "untold_topic"),
        )
    if used & set(_REPORTING):
        yield promise(watching, alarms("routes_undelivered_alarms", "messages"))
    for setting in sorted(used):
        for name in _EVENTS[setting]:
            yield promise(f"security.{setting}", event(f"routes_{name}", f"routes_{name}_target"))
    if "trail" in used and env.region != GLOBAL_REGION:
        yield promise(f'security.trail and region = "{env.region}"', role("global_events_role"))
        for name in _EVERYWHERE:
            yield promise("security.trail", event(f"global_events_{name}", f"global_events_{name}_target"))
