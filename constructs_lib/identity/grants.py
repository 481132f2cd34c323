"""Grants by intent: what a role may do, each scoped to the resources it is for."""

from __future__ import annotations

from collections.abc import Sequence

from config.place import Place
from constructs_lib.identity.policy import Statement

INTERFACE = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
LOOK_UP = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")


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


def write_logs(
    log_group_arn: str, sid: str = "WriteLogs", *, stream: str | None = None, describe: bool = False
) -> Statement:
    """Write to the streams of one log group, or to one `stream`. `describe`: also list the group's streams."""
    return Statement(
        sid=sid,
        actions=("logs:CreateLogStream", "logs:PutLogEvents", *(("logs:DescribeLogStreams",) if describe else ())),
        resources=(f"{log_group_arn}:log-stream:{stream}" if stream else f"{log_group_arn}:*",),
    )


def send_spans() -> tuple[Statement, ...]:
    """Send spans to X-Ray's OTLP endpoint. The action has no resource (service authorization reference, X-Ray)."""
    return (Statement(sid="SendSpans", actions=("xray:PutSpans",), resources=("*",)),)


def send_segments() -> tuple[Statement, ...]:
    """Send segments to X-Ray and ask for its sampling rules, as a collector does (awsxray exporter, awsproxy).

    The actions have no resource (service authorization reference, X-Ray).
    """
    sent = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
    return (
        Statement(sid="SendSegments", actions=sent, resources=("*",)),
        Statement(sid="ReadSampling", actions=("xray:GetSamplingRules", "xray:GetSamplingTargets"), resources=("*",)),
    )


def put_retention(log_group_arn: str) -> Statement:
    """Say how long one log group keeps its lines."""
    return Statement(sid="PutRetention", actions=("logs:PutRetentionPolicy",), resources=(f"{log_group_arn}:*",))


def find_log_groups(sid: str) -> Statement:
    """List the names of log groups. The call names no group (service authorization reference, CloudWatch Logs)."""
    return Statement(sid=sid, actions=("logs:DescribeLogGroups",), resources=("*",))


def put_events(bus_arn: str) -> Statement:
    """Send events to one bus."""
    return Statement(sid="PutEvents", actions=("events:PutEvents",), resources=(bus_arn,))


def attach_function(function_arn: str, place: Place) -> tuple[Statement, ...]:
    """Let Lambda attach one function to a VPC; the function's own code may not touch network interfaces."""
    return (
        # Lambda names no interface beforehand, so it must hold for all ("Giving Lambda functions access to a VPC").
        Statement(sid="AttachToVpc", actions=INTERFACE, resources=(place.arn("ec2", "*/*"),)),
        # These two work on all resources or not at all (service authorization reference, EC2).
        Statement(sid="LookUpVpc", actions=LOOK_UP, resources=("*",)),
        Statement(
            sid="NotTheCode",
            effect="Deny",
            actions=(*INTERFACE, *LOOK_UP),
            resources=("*",),
            conditions=(("ArnEquals", "lambda:SourceFunctionArn", (function_arn,)),),
        ),
    )


def read_secrets(secret_arns: Sequence[str]) -> Statement:
    """Read the current value of these secrets."""
    return Statement(sid="ReadSecrets", actions=("secretsmanager:GetSecretValue",), resources=tuple(secret_arns))


def publish_to_topic(topic_arn: str, *, key_arn: str, region: str) -> tuple[Statement, ...]:
    """Publish to one topic, encrypted with a customer key ("Key management", SNS guide)."""
    return (
        Statement(sid="Publish", actions=("sns:Publish",), resources=(topic_arn,)),
        Statement(
            sid="EncryptForSns",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
            conditions=(("StringEquals", "kms:ViaService", (f"sns.{region}.amazonaws.com",)),),
        ),
    )


def decrypt(key_arn: str, *, region: str, service: str, sid: str = "") -> Statement:
    """Decrypt with a customer key, only when `service` (as in `secretsmanager`) asks for it."""
    return Statement(
        sid=sid or f"DecryptFor{service.title()}",
        actions=("kms:Decrypt",),
        resources=(key_arn,),
        conditions=(("StringEquals", "kms:ViaService", (f"{service}.{region}.amazonaws.com",)),),
    )


def call_by_schedule(function_arn: str, *, key_arn: str, schedule_arn: str) -> tuple[Statement, ...]:
    """What a schedule does whose target is a function: read its own input, and call it."""
    named = ("ArnEquals", "kms:EncryptionContext:aws:scheduler:schedule:arn", (schedule_arn,))
    return (
        Statement("CallFunction", ("lambda:InvokeFunction",), (function_arn,)),
        Statement("DecryptInput", ("kms:Decrypt",), (key_arn,), conditions=(named,)),
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
        find_log_groups("FindExecLogs"),
        Statement(
            sid="WriteExecLogs",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(f"{log_group_arn}:*",),
        ),
        Statement(sid="DecryptExecSessions", actions=("kms:Decrypt",), resources=(key_arn,)),
    )
