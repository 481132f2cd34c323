"""What CodeDeploy may do to shift one service, and what the functions that try new tasks may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.place import Place
from constructs_lib.identity.policy import Statement
from policies.needs.need import Need

_INVOKE = "lambda:InvokeFunction"
_LOOK = "ecs:DescribeServices"
_REPORT = "codedeploy:PutLifecycleEventHookExecutionStatus"


@dataclass(frozen=True)
class ShiftedService:
    """Names of all that CodeDeploy touches: policies name it by them, before it exists.

    `task_role_names` are the roles that new tasks run with; `hook_function_name` is the function that CodeDeploy calls.
    """

    cluster_name: str
    service_name: str
    load_balancer_name: str
    task_role_names: Sequence[str]
    hook_function_name: str


def shift_statements(place: Place, shifted: ShiftedService) -> tuple[Statement, ...]:
    """Statements of the role that CodeDeploy shifts a service's visitors with."""
    service = f"{shifted.cluster_name}/{shifted.service_name}"
    roles = tuple(place.role_arn(name) for name in shifted.task_role_names)
    return (
        Statement(
            sid="ShiftService",
            actions=(_LOOK, "ecs:UpdateServicePrimaryTaskSet"),
            resources=(place.arn("ecs", f"service/{service}"),),
        ),
        # Creating one has no resource, and names its service in the request (service authorization reference, ECS).
        Statement(
            sid="CreateTaskSets",
            actions=("ecs:CreateTaskSet",),
            resources=("*",),
            conditions=(("ArnEquals", "ecs:service", (place.arn("ecs", f"service/{service}"),)),),
        ),
        Statement(
            sid="DeleteTaskSets",
            actions=("ecs:DeleteTaskSet",),
            resources=(place.arn("ecs", f"task-set/{service}/*"),),
        ),
        Statement(
            sid="ShiftVisitors",
            actions=("elasticloadbalancing:ModifyListener",),
            # A listener's ARN ends in ids that AWS makes up.
            resources=(place.arn("elasticloadbalancing", f"listener/app/{shifted.load_balancer_name}/*"),),
        ),
        # These take no resource (service authorization reference, Elastic Load Balancing).
        Statement(
            sid="LookUpLoadBalancer",
            actions=(
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
            ),
            resources=("*",),
        ),
        # Asked for by name or not, CloudWatch looks for the right to all alarms of account and region.
        Statement(
            sid="WatchAlarms", actions=("cloudwatch:DescribeAlarms",), resources=(place.arn("cloudwatch", "alarm:*"),)
        ),
        Statement(
            sid="TryNewTasks",
            actions=(_INVOKE,),
            resources=(place.function_arn(shifted.hook_function_name),),
        ),
        Statement(
            sid="PassTaskRoles",
            actions=("iam:PassRole",),
            resources=roles,
            conditions=(("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),),
        ),
    )


def hook_statements(inner_arn: str, service_arn: str) -> tuple[Statement, ...]:
    """Statements of the function that CodeDeploy calls: looks for new tasks, invokes the inner one, reports."""
    return (
        Statement(sid="AskTasks", actions=(_INVOKE,), resources=(inner_arn,)),
        Statement(sid="LookAtTaskSets", actions=(_LOOK,), resources=(service_arn,)),
        # The call names no resource (service authorization reference, CodeDeploy).
        Statement(sid="ReportResult", actions=(_REPORT,), resources=("*",)),
    )


def hook_needs(role_arn: str, inner_arn: str, service_arn: str) -> tuple[Need, ...]:
    """Requests of that function."""
    asked = ((_INVOKE, inner_arn), (_LOOK, service_arn), (_REPORT, "*"))
    return tuple(Need(role_arn, (action,), resource, "release-hook") for action, resource in asked)
