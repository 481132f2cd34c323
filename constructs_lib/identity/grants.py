"""Grants by intent: what a role may do, each scoped to the resources it is for."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.identity.policy import Statement


def pull_images(repository_arn: str) -> tuple[Statement, ...]:
    """Pull from one repository. The login token has no resource to scope to (service authorization reference, ECR)."""
    return (
        Statement(sid="LogInToRegistry", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PullImages",
            actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            resources=(repository_arn,),
        ),
    )


def write_logs(log_group_arn: str, sid: str = "WriteLogs") -> Statement:
    """Write to the streams of one log group."""
    return Statement(
        sid=sid,
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{log_group_arn}:*",),
    )


def read_secrets(secret_arns: Sequence[str]) -> Statement:
    """Read the current value of these secrets."""
    return Statement(sid="ReadSecrets", actions=("secretsmanager:GetSecretValue",), resources=tuple(secret_arns))


def decrypt(key_arn: str, *, region: str, service: str) -> Statement:
    """Decrypt with a customer key, only when `service` (as in `secretsmanager`) asks for it."""
    return Statement(
        sid=f"DecryptFor{service.title()}",
        actions=("kms:Decrypt",),
        resources=(key_arn,),
        conditions=(("StringEquals", "kms:ViaService", (f"{service}.{region}.amazonaws.com",)),),
    )


def open_exec_sessions(*, log_group_arn: str, key_arn: str) -> tuple[Statement, ...]:
    """Let ECS Exec open sessions from a task and log them (ECS developer guide, ECS Exec)."""
    return (
        Statement(
            sid="OpenExecChannels",
            actions=(
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            # The service offers no resource to scope these to.
            resources=("*",),
        ),
        Statement(sid="FindExecLogs", actions=("logs:DescribeLogGroups",), resources=("*",)),
        Statement(
            sid="WriteExecLogs",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(f"{log_group_arn}:*",),
        ),
        Statement(sid="DecryptExecSessions", actions=("kms:Decrypt",), resources=(key_arn,)),
    )
