"""Cases of the rules about policies, trusts, keys, passwords and secrets."""

from __future__ import annotations

from tests.policies.cases.rule_cases import KEPT, NARROWED, Body, RuleCases, document, search


def assume(condition: Body) -> str:
    return document(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole", Condition=condition)


def trust(condition: Body) -> Body:
    principal = {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}
    return {
        "assume_role_policy": document(Principal=principal, Action="sts:AssumeRoleWithWebIdentity", Condition=condition)
    }


CLAIM = "token.actions.githubusercontent.com"
AUD = {f"{CLAIM}:aud": "sts.amazonaws.com"}
ANYONE = document(Principal={"AWS": "*"}, Action="sns:Publish", Resource="*")
SERVICE = {"Service": "es.amazonaws.com"}
SOURCE = {"StringEquals": {"aws:SourceAccount": "1"}}
ROOT = {"AWS": "arn:aws:iam::1:root"}

CASES = (
    RuleCases(
        rule="open_resource_policy",
        resource_type="aws_sns_topic_policy",
        compliant={
            "condition on the account": {"policy": NARROWED},
            "named account": {"policy": document(Principal={"AWS": "arn:aws:iam::1:root"}, Action="sns:Publish")},
        },
        non_compliant={
            "anyone": {"policy": ANYONE},
            "anyone, as a bare star": {"policy": document(Principal="*", Action="sns:Publish")},
        },
    ),
    RuleCases(
        rule="open_resource_policy",
        resource_type="aws_opensearch_domain",
        compliant={
            "named role": {"access_policies": document(Principal={"AWS": ["arn:aws:iam::1:role/task"]}, Action="es:*")},
        },
        non_compliant={
            "all but one": {"access_policies": document(NotPrincipal={"AWS": "1"}, Action="es:*")},
        },
    ),
    RuleCases(
        rule="oidc_exact_subject",
        resource_type="aws_iam_role",
        compliant={
            "exact audience and subject": trust(
                {"StringEquals": AUD | {f"{CLAIM}:sub": "repo:me/it:environment:prod"}}
            ),
            "exact subject with ids": trust({"StringEquals": AUD | {f"{CLAIM}:sub": "repo:me@1/it@2:pull_request"}}),
            "not federated": {"assume_role_policy": assume({})},
        },
        non_compliant={
            "no subject": trust({"StringEquals": AUD}),
            "subject like a pattern": trust({"StringEquals": AUD, "StringLike": {f"{CLAIM}:sub": "repo:me/it:*"}}),
            "subject with wildcard": trust({"StringEquals": AUD | {f"{CLAIM}:sub": "repo:me/it:*"}}),
            "no audience": trust({"StringEquals": {f"{CLAIM}:sub": "repo:me/it:environment:prod"}}),
            "a custom template": trust({"StringEquals": AUD | {f"{CLAIM}:sub": "repository_owner:me"}}),
        },
    ),
    RuleCases(
        rule="confused_deputy",
        resource_type="aws_iam_role",
        compliant={
            "condition on account": {"assume_role_policy": assume({"StringEquals": {"aws:SourceAccount": "1"}})},
            "condition on ARN": {"assume_role_policy": assume({"ArnLike": {"AWS:SourceArn": "arn:aws:ecs:*:1:*"}})},
            "named account": {
                "assume_role_policy": document(Principal={"AWS": "arn:aws:iam::1:root"}, Action="sts:AssumeRole")
            },
        },
        non_compliant={
            "no condition": {"assume_role_policy": assume({})},
            "condition on TLS only": {"assume_role_policy": assume({"Bool": {"aws:SecureTransport": "true"}})},
        },
    ),
    RuleCases(
        rule="secret_in_state",
        resource_type="aws_secretsmanager_secret_version",
        compliant={
            "write-only value": {"secret_id": "s", "secret_string_wo": "x", "secret_string_wo_version": 1},
            "no value": {"secret_id": "s"},
        },
        non_compliant={
            "string": {"secret_id": "s", "secret_string": "x"},
            "binary": {"secret_id": "s", "secret_binary": "eA=="},
        },
    ),
    RuleCases(
        rule="secret_in_state",
        resource_type="aws_ssm_parameter",
        compliant={
            "plain parameter": {"type": "String", "value": "eu"},
            "write-only value": {"type": "SecureString", "value_wo": "x"},
        },
        non_compliant={
            "secure parameter": {"type": "SecureString", "value": "x"},
        },
    ),
    RuleCases(
        rule="secret_in_state",
        resource_type="aws_iam_access_key",
        compliant={
            "encrypted key": {"user": "u", "pgp_key": "keybase:me"},
        },
        non_compliant={
            "key in clear": {"user": "u"},
        },
    ),
    RuleCases(
        rule="secret_in_state",
        resource_type="aws_opensearch_domain",
        compliant={
            "internal users off": search(internal_user_database_enabled=False),
            "empty password of a plan": {
                "advanced_security_options": [{"master_user_options": [{"master_user_password": ""}]}]
            },
        },
        non_compliant={
            "master password": {
                "advanced_security_options": [{"master_user_options": [{"master_user_password": "x"}]}]
            },
        },
    ),
    RuleCases(
        rule="recovery_window",
        resource_type="aws_secretsmanager_secret",
        compliant={
            "protected, default": KEPT,
            "protected, 7 days": KEPT | {"recovery_window_in_days": 7},
            "unprotected, 0 days": {"recovery_window_in_days": 0},
        },
        non_compliant={
            "protected, 0 days": KEPT | {"recovery_window_in_days": 0},
        },
    ),
    RuleCases(
        rule="recovery_window",
        resource_type="aws_kms_key",
        compliant={
            "protected, 30 days": KEPT | {"deletion_window_in_days": 30},
            "unprotected, 7 days": {"deletion_window_in_days": 7},
        },
        non_compliant={
            "protected, 29 days": KEPT | {"deletion_window_in_days": 29},
        },
    ),
    RuleCases(
        rule="kms_lockout",
        resource_type="aws_kms_key",
        compliant={
            "default": {},
            "off": {"bypass_policy_lockout_safety_check": False},
        },
        non_compliant={
            "on": {"bypass_policy_lockout_safety_check": True},
        },
    ),
    RuleCases(
        rule="key_actions",
        resource_type="aws_kms_key",
        compliant={
            "account administers": {"policy": document(Principal=ROOT, Action="kms:*", Resource="*")},
            "service decrypts": {
                "policy": document(Principal=SERVICE, Action=["kms:Decrypt"], Resource="*", Condition=SOURCE)
            },
        },
        non_compliant={
            "service with kms:*": {
                "policy": document(Principal=SERVICE, Action="kms:*", Resource="*", Condition=SOURCE)
            },
            "role with *": {
                "policy": document(Principal={"AWS": "arn:aws:iam::1:role/task"}, Action=["*"], Resource="*")
            },
        },
    ),
    RuleCases(
        rule="own_password",
        resource_type="aws_iam_account_password_policy",
        compliant={
            "default on": {"allow_users_to_change_password": True},
            "other settings": {"minimum_password_length": 14},
        },
        non_compliant={
            "off": {"allow_users_to_change_password": False},
        },
    ),
)
