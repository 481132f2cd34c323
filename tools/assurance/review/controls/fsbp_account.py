"""AWS Foundational Security Best Practices: identities, and what watches the account."""

from __future__ import annotations

from tools.assurance.review.judges import absent, every, is_true, manual, proven
from tools.assurance.review.model import Control
from tools.assurance.review.resource_tests import (
    YEAR,
    any_of,
    at_least,
    equals,
    is_set,
    privilege,
    told_by_another,
)

_TRAIL = "aws_cloudtrail"
_T = "tests/constructs_lib/"
_PRIVILEGE_T = "tests/policies/proof/test_privilege.py::test_no_policy_allows_more_than_it_is_for"
_TRAIL_T = f"{_T}audit/test_trail.py::"
_BUCKET_T = f"{_T}storage/test_bucket.py::"

CONTROLS = (
    Control("Account.1", "A security contact is registered", manual("aws account get-alternate-contact"), "{manual}"),
    Control(
        "CloudTrail.1",
        "A trail of every region",
        every(_TRAIL, is_true("is_multi_region_trail"), off="security.trail"),
        f"{_TRAIL_T}test_every_region_is_recorded_and_the_files_are_signed",
    ),
    Control(
        "CloudTrail.2",
        "The trail is under a customer key",
        every(_TRAIL, is_set("kms_key_id"), off="security.trail"),
        f"{_TRAIL_T}test_everything_lies_under_the_key",
    ),
    Control(
        "CloudTrail.4",
        "Its files are signed",
        every(_TRAIL, is_true("enable_log_file_validation"), off="security.trail"),
        f"{_TRAIL_T}test_every_region_is_recorded_and_the_files_are_signed",
    ),
    Control(
        "CloudTrail.5",
        "It writes to CloudWatch Logs",
        every(_TRAIL, is_set("cloud_watch_logs_group_arn"), off="security.trail"),
        f"{_TRAIL_T}test_it_writes_to_its_log_group_through_its_role",
    ),
    Control(
        "CloudTrail.6",
        "Its bucket isn't public",
        every("aws_s3_bucket_public_access_block", is_true("block_public_policy"), of=".trail_", off="security.trail"),
        f"{_BUCKET_T}test_the_public_is_shut_out",
    ),
    Control(
        "CloudTrail.7",
        "Access to its bucket is logged",
        every("aws_s3_bucket_logging", is_set("target_bucket"), of=".trail_", off="security.trail"),
        f"{_T}audit/test_delivery_bucket.py::test_who_reads_evidence_is_logged_and_it_goes_in_time",
    ),
    Control(
        "CloudWatch.15",
        "Alarms tell somebody, those of an objective by a composite alarm",
        every("aws_cloudwatch_metric_alarm", any_of(is_set("alarm_actions"), told_by_another)),
        "tests/stacks/test_monitoring.py::test_every_alarm_tells_the_topic_of_its_region",
    ),
    Control(
        "CloudWatch.16",
        "Logs are kept a year",
        every("aws_cloudwatch_log_group", at_least(YEAR, "retention_in_days"), waivers=("CKV_AWS_338",)),
        f"{_T}observability/test_log_group.py::test_it_is_encrypted_and_ends",
    ),
    Control(
        "Config.1",
        "AWS Config records everything",
        every(
            "aws_config_configuration_recorder",
            is_true("recording_group", "all_supported"),
            off="security.recorder",
        ),
        f"{_T}audit/test_recorder.py::test_everything_is_recorded",
    ),
    Control(
        "GuardDuty.1",
        "GuardDuty is on",
        every("aws_guardduty_detector", is_true("enable"), off="security.detector"),
        f"{_T}audit/test_threat_detection.py::test_the_detector_is_on_and_reports_soon",
    ),
    Control(
        "GuardDuty.10",
        "GuardDuty watches S3",
        every(
            "aws_guardduty_detector_feature", equals("ENABLED", "status"), of="s3_data_events", off="security.detector"
        ),
        f"{_T}audit/test_threat_detection.py::test_features_are_on_for_what_exists_here_and_said_to_be_off_otherwise",
    ),
    Control(
        "IAM.1",
        "No policy allows everything",
        proven(privilege("wildcard-action", "wildcard-resource", "negation"), "aws_iam_role_policy"),
        _PRIVILEGE_T,
    ),
    Control("IAM.2", "No policy on a user", absent("aws_iam_user", "aws_iam_user_policy"), "{unused}"),
    Control("IAM.4", "The root user has no access key", manual("aws iam get-account-summary"), "{manual}"),
    Control(
        "IAM.21",
        "No policy allows a whole service",
        proven(privilege("wildcard-action"), "aws_iam_role_policy"),
        _PRIVILEGE_T,
    ),
    Control(
        "Inspector.2",
        "Inspector scans images and functions",
        every("aws_inspector2_enabler", is_set("resource_types"), off="security.inspector"),
        f"{_T}audit/test_image_inspection.py::test_images_and_functions_of_this_account_are_scanned_and_nothing_else",
    ),
    Control(
        "-",
        "Security Hub checks these by itself",
        every("aws_securityhub_standards_subscription", is_set("standards_arn"), off="security.hub"),
        f"{_T}audit/test_hub.py::test_one_standard_named_here_and_one_finding_a_control",
    ),
)
