"""CIS AWS Foundations Benchmark 3.0: every recommendation, in its order."""

from __future__ import annotations

from tools.assurance.review.judges import absent, both, declined, every, is_true, manual, paired, proven
from tools.assurance.review.model import Control, Judge, Test
from tools.assurance.review.resource_tests import (
    administration_shut,
    at_least,
    equals,
    is_set,
    no_rules,
    privilege,
    public_access_blocked,
    refuses_clear_text,
)

_T = "tests/constructs_lib/"
_TRAIL_T = f"{_T}audit/test_trail.py::"
_CIS_T = f"{_T}audit/test_cis.py::test_the_fifteen_recommendations_are_all_there_once"
_NETWORK_T = "tests/policies/proof/test_reachability.py::test_the_allowed_paths_exist_and_no_other"
_PRIVILEGE_T = "tests/policies/proof/test_privilege.py::test_no_policy_allows_more_than_it_is_for"
_TRAIL = "aws_cloudtrail"


def _by_hand(id_: str, title: str, command: str) -> Control:
    return Control(id_, title, manual(command), "{manual}")


def _not_here(id_: str, title: str, *kinds: str) -> Control:
    return Control(id_, title, absent(*kinds), "{unused}")


def _alarm(id_: str, title: str, name: str) -> Control:
    """Control met by a metric filter on the trail's log group and the alarm on its metric."""
    judge: Judge = both(
        every("aws_cloudwatch_log_metric_filter", of=f".cis_{name}", off="security.cis_alarms"),
        every(
            "aws_cloudwatch_metric_alarm",
            is_set("alarm_actions"),
            of=f".cis_alarms_{name}",
            off="security.cis_alarms",
        ),
    )
    return Control(id_, title, judge, _CIS_T)


def _passwords(test: Test) -> Judge:
    return every("aws_iam_account_password_policy", test, off="security.account_settings")


_PASSWORDS_T = f"{_T}audit/test_account_settings.py::test_passwords_are_long_mixed_new_and_not_old"
_REPORT = "aws iam generate-credential-report; aws iam get-credential-report"
_SUMMARY = "aws iam get-account-summary"
_INGRESS = "aws_vpc_security_group_ingress_rule"

CONTROLS = (
    _by_hand("1.1", "Contact details are current", "aws account get-contact-information"),
    _by_hand("1.2", "A security contact is registered", "aws account get-alternate-contact"),
    _by_hand("1.3", "Security questions are registered", "console: Account"),
    _by_hand("1.4", "The root user has no access key", _SUMMARY),
    _by_hand("1.5", "The root user has MFA", _SUMMARY),
    _by_hand("1.6", "... in hardware", "aws iam list-virtual-mfa-devices"),
    _by_hand("1.7", "The root user isn't used", _REPORT),
    Control("1.8", "Passwords have 14 characters", _passwords(at_least(14, "minimum_password_length")), _PASSWORDS_T),
    Control("1.9", "Passwords aren't used again", _passwords(equals(24, "password_reuse_prevention")), _PASSWORDS_T),
    _by_hand("1.10", "Users with a password have MFA", _REPORT),
    _by_hand("1.11", "New users get no access key", _REPORT),
    _by_hand("1.12", "Unused credentials go after 45 days", _REPORT),
    _by_hand("1.13", "One active access key a user", _REPORT),
    _by_hand("1.14", "Access keys are new every 90 days", _REPORT),
    _not_here("1.15", "Users get permissions through groups", "aws_iam_user", "aws_iam_user_policy"),
    Control(
        "1.16",
        "No policy allows everything",
        proven(privilege("wildcard-action", "wildcard-resource"), "aws_iam_role_policy"),
        _PRIVILEGE_T,
    ),
    _by_hand("1.17", "A role may open support cases", "aws iam list-entities-for-policy (AWSSupportAccess)"),
    _not_here("1.18", "Instances act through roles", "aws_instance"),
    _not_here("1.19", "No expired certificate in IAM", "aws_iam_server_certificate"),
    Control(
        "1.20",
        "Access Analyzer in the home region",
        every("aws_accessanalyzer_analyzer", is_set("analyzer_name"), off="security.analyzer"),
        f"{_T}audit/test_analyzer.py::test_it_looks_for_access_from_outside_the_account_which_is_free",
    ),
    _by_hand("1.20", "... and in all others", "aws accessanalyzer list-analyzers --region REGION"),
    _by_hand("1.21", "People come through a federation", "aws sso-admin list-instances"),
    _by_hand("1.22", "CloudShell is restricted", "aws iam list-entities-for-policy (AWSCloudShellFullAccess)"),
    Control(
        "2.1.1",
        "Buckets refuse clear text",
        proven(refuses_clear_text, "aws_s3_bucket_policy"),
        f"{_T}storage/test_bucket.py::test_clear_text_is_denied_to_everyone",
    ),
    _by_hand("2.1.2", "Deleting versions needs MFA", "aws s3api get-bucket-versioning"),
    _by_hand("2.1.3", "Data in buckets is known and classified", "aws macie2 get-macie-session"),
    Control(
        "2.1.4",
        "Buckets block public access",
        paired(
            "aws_s3_bucket",
            "aws_s3_bucket_public_access_block",
            "bucket",
            public_access_blocked,
        ),
        f"{_T}storage/test_bucket.py::test_the_public_is_shut_out",
    ),
    Control(
        "2.2.1",
        "New EBS volumes are encrypted",
        every("aws_ebs_encryption_by_default", is_true("enabled"), off="security.account_settings"),
        f"{_T}audit/test_account_settings.py::test_new_disks_are_encrypted",
    ),
    _by_hand("2.2.1", "... and in all other regions", "aws ec2 get-ebs-encryption-by-default --region REGION"),
    _not_here("2.3.1", "RDS is encrypted", "aws_db_instance", "aws_rds_cluster"),
    _not_here("2.3.2", "RDS updates itself", "aws_db_instance", "aws_rds_cluster"),
    _not_here("2.3.3", "RDS isn't public", "aws_db_instance", "aws_rds_cluster"),
    _not_here("2.4.1", "EFS is encrypted", "aws_efs_file_system"),
    Control(
        "3.1",
        "CloudTrail in every region",
        every(_TRAIL, is_true("is_multi_region_trail"), off="security.trail"),
        f"{_TRAIL_T}test_every_region_is_recorded_and_the_files_are_signed",
    ),
    Control(
        "3.2",
        "Its files are signed",
        every(_TRAIL, is_true("enable_log_file_validation"), off="security.trail"),
        f"{_TRAIL_T}test_every_region_is_recorded_and_the_files_are_signed",
    ),
    Control(
        "3.3",
        "AWS Config in the home region",
        every(
            "aws_config_configuration_recorder", is_true("recording_group", "all_supported"), off="security.recorder"
        ),
        f"{_T}audit/test_recorder.py::test_everything_is_recorded",
    ),
    _by_hand("3.3", "... and in all others", "aws configservice describe-configuration-recorders --region REGION"),
    Control(
        "3.4",
        "Access to the trail's bucket is logged",
        every("aws_s3_bucket_logging", is_set("target_bucket"), of=".trail_", off="security.trail"),
        f"{_T}audit/test_delivery_bucket.py::test_who_reads_evidence_is_logged_and_it_goes_in_time",
    ),
    Control(
        "3.5",
        "The trail is under a customer key",
        every(_TRAIL, is_set("kms_key_id"), off="security.trail"),
        f"{_TRAIL_T}test_everything_lies_under_the_key",
    ),
    Control(
        "3.6",
        "Customer keys rotate",
        every("aws_kms_key", is_true("enable_key_rotation")),
        f"{_T}security/test_key.py::test_default",
    ),
    Control(
        "3.7",
        "Flow logs of the VPC",
        paired("aws_vpc", "aws_flow_log", "vpc_id", off="network.vpc_id"),
        f"{_T}network/test_flow_logs.py::test_all_traffic_is_recorded_at_the_cheaper_interval",
    ),
    _by_hand("3.7", "... and of every other VPC", "aws ec2 describe-flow-logs --region REGION"),
    _by_hand("3.8", "Writes to objects are recorded (priced by event)", "aws cloudtrail get-event-selectors"),
    _by_hand("3.9", "Reads of objects are recorded (priced by event)", "aws cloudtrail get-event-selectors"),
    _alarm("4.1", "Alarm: calls that were refused", "unauthorized_calls"),
    _alarm("4.2", "Alarm: sign-in without MFA", "sign_in_without_mfa"),
    _alarm("4.3", "Alarm: use of the root user", "root_use"),
    _alarm("4.4", "Alarm: IAM policies change", "iam_changes"),
    _alarm("4.5", "Alarm: CloudTrail changes", "trail_changes"),
    _alarm("4.6", "Alarm: failed sign-ins", "failed_sign_ins"),
    _alarm("4.7", "Alarm: keys are disabled or deleted", "key_deletion"),
    _alarm("4.8", "Alarm: bucket policies change", "bucket_policy_changes"),
    _alarm("4.9", "Alarm: AWS Config changes", "recorder_changes"),
    _alarm("4.10", "Alarm: security groups change", "security_group_changes"),
    _alarm("4.11", "Alarm: network ACLs change", "network_acl_changes"),
    _alarm("4.12", "Alarm: gateways change", "gateway_changes"),
    _alarm("4.13", "Alarm: route tables change", "route_changes"),
    _alarm("4.14", "Alarm: VPCs change", "vpc_changes"),
    _alarm("4.15", "Alarm: the organisation changes", "organization_changes"),
    Control(
        "4.16",
        "Security Hub is on",
        every("aws_securityhub_account", is_true("auto_enable_controls"), off="security.hub"),
        f"{_T}audit/test_hub.py::test_one_standard_named_here_and_one_finding_a_control",
    ),
    Control(
        "5.1",
        "Network ACLs keep administration ports shut",
        every("aws_network_acl", administration_shut, off="network.vpc_id"),
        f"{_T}network/test_acl.py::test_administration_is_closed_to_the_world",
    ),
    Control(
        "5.1",
        "... in the default ACL of the VPC, too",
        declined("it stays as AWS makes it, open: every subnet here has an ACL of its own, and none is left to it"),
        "tests/constructs_lib/network/test_acl.py::test_administration_is_closed_to_the_world",
    ),
    Control(
        "5.2",
        "No administration port open to IPv4",
        every(_INGRESS, lambda body: not body.get("cidr_ipv4")),
        _NETWORK_T,
    ),
    Control(
        "5.3",
        "No administration port open to IPv6",
        every(_INGRESS, lambda body: not body.get("cidr_ipv6")),
        _NETWORK_T,
    ),
    Control(
        "5.4",
        "Default security groups let nothing through",
        every("aws_default_security_group", no_rules, off="network.vpc_id"),
        f"{_T}network/test_vpc.py::test_default_group_lets_nothing_through",
    ),
    _not_here("5.5", "Routes to peers are narrow", "aws_vpc_peering_connection"),
    _not_here("5.6", "Instances use IMDSv2", "aws_instance", "aws_launch_template"),
)
