"""Permissions boundaries: the most that a role may do. They grant nothing, so they may name whole services."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.identity.policy import Statement

# Actions of the tasks, functions and services of an environment; none could widen anybody's permissions.
_WORK = (
    "bedrock:ApplyGuardrail",
    "bedrock:InvokeModel*",
    "cloudwatch:PutMetricData",
    "dynamodb:*Item",
    "dynamodb:Query",
    "ec2:*NetworkInterface*",
    "ec2:*PrivateIpAddresses",
    "ec2:DescribeSubnets",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "es:ESHttp*",
    "events:PutEvents",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey*",
    "lambda:InvokeFunction",
    "logs:*",
    "s3:*Object",
    "s3:ListBucket",
    "secretsmanager:*SecretValue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
    "secretsmanager:UpdateSecretVersionStage",
    "sns:Publish",
    "sqs:*Message",
    "ssmmessages:*",
    "states:*Execution",
    "xray:GetSampling*",
    "xray:Put*",
)


# What CodeDeploy and the functions around a release do besides.
_SHIFT = (
    "cloudwatch:DescribeAlarms",
    "codedeploy:PutLifecycleEventHookExecutionStatus",
    "ecs:*TaskSet",
    "ecs:DescribeServices",
    "elasticloadbalancing:Describe*",
    "elasticloadbalancing:ModifyListener",
)


def workload(
    passed_to_tasks: Sequence[str] = (),
    *,
    denial_arn: str = "",
    denied_arns: Sequence[str] = (),
    allows_again: bool = False,
    kept_alarm_arns: Sequence[str] = (),
) -> tuple[Statement, ...]:
    """The ceiling of every role of an environment.

    Where CodeDeploy releases, it may pass the roles `passed_to_tasks`, by ARN, to tasks and to nothing else. Where
    models are denied by themselves, the policy `denial_arn`, which allows nothing, may be attached to `denied_arns`;
    with `allows_again` also detached, as Budgets does where its action is reversed. `kept_alarm_arns` are alarms whose
    thresholds a function keeps.
    """
    actions = ("iam:AttachRolePolicy", *(("iam:DetachRolePolicy",) if allows_again else ()))
    return (
        *_work(passed_to_tasks),
        *(_deny_models(actions, denial_arn, denied_arns) if denial_arn else ()),
        *(_keep_alarms(kept_alarm_arns) if kept_alarm_arns else ()),
    )


def _keep_alarms(alarm_arns: Sequence[str]) -> tuple[Statement, ...]:
    reads = ("cloudwatch:DescribeAlarms", "servicequotas:ListServiceQuotas")
    return (
        Statement(sid="AtMostReadQuotas", actions=reads, resources=("*",)),
        Statement(sid="AtMostKeepThresholds", actions=("cloudwatch:PutMetricAlarm",), resources=tuple(alarm_arns)),
    )


def _deny_models(actions: tuple[str, ...], denial_arn: str, denied_arns: Sequence[str]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="AtMostDenyModels",
            actions=actions,
            resources=tuple(denied_arns),
            conditions=(("ArnEquals", "iam:PolicyARN", (denial_arn,)),),
        ),
    )


def _work(passed_to_tasks: Sequence[str]) -> tuple[Statement, ...]:
    if not passed_to_tasks:
        return (Statement(sid="AtMost", actions=_WORK, resources=("*",)),)
    return (
        Statement(sid="AtMost", actions=(*_WORK, *_SHIFT), resources=("*",)),
        Statement(
            sid="AtMostToTasks",
            actions=("iam:PassRole",),
            resources=tuple(passed_to_tasks),
            conditions=(("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),),
        ),
    )


# A shell in a task, or a task with a command of one's own: whoever has them has the tasks' roles and secrets. They are
# a person's (policies/rights/shells.py).
IN_TASKS = ("ecs:ExecuteCommand", "ecs:RunTask", "ecs:StartTask", "ssm:StartSession")


def deployer(services: Sequence[str], *, own_arns: Sequence[str], role_arns: Sequence[str]) -> tuple[Statement, ...]:
    """The ceiling of a CI's own roles: these services, and never the roles, policies and provider of the CI itself.

    It holds even for a policy that somebody attaches to them by hand.
    """
    allowed = tuple(f"{service}:*" for service in services)
    return (
        Statement(sid="AtMost", actions=allowed, resources=("*",)),
        Statement(sid="NeverInTasks", effect="Deny", actions=IN_TASKS, resources=("*",)),
        *never_change(own_arns, role_arns=role_arns),
    )


def never_change(arns: Sequence[str], *, role_arns: Sequence[str]) -> tuple[Statement, ...]:
    """Deny changes of these roles, policies and providers, whatever else is granted, and of others' boundaries."""
    return (
        Statement(
            sid="NeverItself",
            effect="Deny",
            actions=(
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:AttachRolePolicy",
                "iam:CreatePolicyVersion",
                "iam:CreateRole",
                "iam:DeleteOpenIDConnectProvider",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PassRole",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
                "iam:SetDefaultPolicyVersion",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateOpenIDConnectProviderThumbprint",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ),
            resources=tuple(arns),
        ),
        Statement(
            sid="NeverUnbound",
            effect="Deny",
            actions=("iam:DeleteRolePermissionsBoundary",),
            resources=tuple(role_arns),
        ),
    )
