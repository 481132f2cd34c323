"""Cases of the rules about alarms, budgets, the trail, AWS Config, GuardDuty and Security Hub."""

from __future__ import annotations

from tests.policies.cases.rule_cases import RuleCases

TOPIC = {"subscriber_sns_topic_arns": ["arn:aws:sns:us-east-1:111111111111:alarms"]}
MAIL = {"subscriber_email_addresses": ["a@example.com"]}

CASES = (
    RuleCases(
        rule="composite_alarm_actions",
        resource_type="aws_cloudwatch_composite_alarm",
        compliant={"by default": {"alarm_name": "a"}, "switched on": {"alarm_name": "a", "actions_enabled": True}},
        non_compliant={"switched off": {"alarm_name": "a", "actions_enabled": False}},
    ),
    RuleCases(
        rule="subscription_protocol",
        resource_type="aws_sns_topic_subscription",
        compliant={each: {"protocol": each, "endpoint": "a@example.com"} for each in ("email", "https")},
        non_compliant={each: {"protocol": each, "endpoint": "a@example.com"} for each in ("http", "HTTP", "sms")},
    ),
    RuleCases(
        rule="budget_action",
        resource_type="aws_budgets_budget_action",
        compliant={
            "policy and roles": {"definition": {"iam_action_definition": {"policy_arn": "arn:of:p", "roles": ["task"]}}}
        },
        non_compliant={
            "nothing": {"definition": {}},
            "no role": {"definition": {"iam_action_definition": {"policy_arn": "arn:of:p", "roles": []}}},
            "no policy": {"definition": {"iam_action_definition": {"roles": ["task"]}}},
            "instances": {"definition": {"ssm_action_definition": {"action_sub_type": "STOP_EC2_INSTANCES"}}},
        },
    ),
    RuleCases(
        rule="budget_notification",
        resource_type="aws_budgets_budget",
        compliant={
            "two notifications": {
                "notification": [TOPIC | {"notification_type": "ACTUAL"}, MAIL | {"notification_type": "FORECASTED"}]
            },
            "two of actual spending": {
                "notification": [MAIL | {"notification_type": kind} for kind in ("ACTUAL", "ACTUAL", "FORECASTED")]
            },
        },
        non_compliant={
            "none": {},
            "actual spending only": {"notification": [TOPIC | {"notification_type": "ACTUAL"}]},
            "nobody told of actual spending": {
                "notification": [{"notification_type": "ACTUAL"}, TOPIC | {"notification_type": "FORECASTED"}]
            },
            "nobody told of forecast": {
                "notification": [MAIL | {"notification_type": "ACTUAL"}, {"notification_type": "FORECASTED"}]
            },
        },
    ),
    RuleCases(
        rule="alarm_actions",
        resource_type="aws_cloudwatch_metric_alarm",
        compliant={
            "action": {"alarm_actions": ["${aws_sns_topic.alarms.arn}"]},
            "a composite alarm tells": {"alarm_description": "Much. Told by site-slo. Runbook: docs/runbooks/a.md"},
        },
        non_compliant={
            "no action": {},
            "empty list": {"alarm_actions": []},
            "a severity alone": {"alarm_description": "Much. Severity: page. Runbook: docs/runbooks/a.md"},
        },
    ),
    RuleCases(
        rule="trail_complete",
        resource_type="aws_cloudtrail",
        compliant={
            "role": {"cloud_watch_logs_role_arn": "arn"},
            "role and global events": {"cloud_watch_logs_role_arn": "a", "include_global_service_events": True},
        },
        non_compliant={
            "no role": {},
            "no global events": {"cloud_watch_logs_role_arn": "arn", "include_global_service_events": False},
        },
    ),
    RuleCases(
        rule="config_delivery_key",
        resource_type="aws_config_delivery_channel",
        compliant={
            "customer key": {"s3_kms_key_arn": "arn"},
        },
        non_compliant={
            "no key": {"s3_bucket_name": "b"},
        },
    ),
    RuleCases(
        rule="guardduty_features",
        resource_type="aws_guardduty_detector_feature",
        compliant={
            "needed feature on": {"name": "S3_DATA_EVENTS", "status": "ENABLED"},
            "other feature off": {"name": "EKS_AUDIT_LOGS", "status": "DISABLED"},
        },
        non_compliant={
            "S3 off": {"name": "S3_DATA_EVENTS", "status": "DISABLED"},
            "Lambda off": {"name": "LAMBDA_NETWORK_LOGS", "status": "DISABLED"},
        },
    ),
    RuleCases(
        rule="hub_controls",
        resource_type="aws_securityhub_account",
        compliant={
            "default": {},
            "on": {"auto_enable_controls": True},
        },
        non_compliant={
            "off": {"auto_enable_controls": False},
        },
    ),
)
