"""AWS services act for every account: without a condition on this account, others can make them act here."""

from __future__ import annotations

from policies.needs.services.roles import WITHOUT_SOURCE
from policies.rule import Conf, Rule, statements, value

_POLICIES = ("policy", "assume_role_policy", "policy_document")
_TIES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "kms:encryptioncontext", "kms:viaservice")


class ConfusedDeputy(Rule):
    check_id = "CKV_SITECHAT_16"
    title = "A service's access must be tied to this account"
    fix = "add a condition on aws:SourceAccount or aws:SourceArn to the statement"
    resources = (
        "aws_cloudwatch_log_resource_policy",
        "aws_iam_role",
        "aws_kms_key",
        "aws_kms_key_policy",
        "aws_s3_bucket_policy",
        "aws_sns_topic_policy",
        "aws_sqs_queue_policy",
    )
    attributes = tuple(f"{policy}/Statement/Condition" for policy in _POLICIES)

    def broken(self, conf: Conf) -> bool:
        return any(_untied(each) for key in _POLICIES for each in statements(value(conf, key)))


def _untied(statement: Conf) -> bool:
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, dict) or "Service" not in principal:
        return False
    if _listed(statement.get("Action")) == {"sts:AssumeRole"} and _listed(principal["Service"]) <= WITHOUT_SOURCE:
        return False
    tests = [tests for tests in (statement.get("Condition") or {}).values() if isinstance(tests, dict)]
    keys = [str(key).lower() for each in tests for key in each]
    return not any(key.startswith(_TIES) for key in keys)


def _listed(value: object) -> set[object]:
    return set(value) if isinstance(value, list) else {value}


check = ConfusedDeputy()
