"""Functions that are called at intervals, by EventBridge Scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetRetryPolicy,
)
from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import call_by_schedule
from constructs_lib.identity.role import ServiceRole

GROUP = "default"


@dataclass(frozen=True)
class Calls:
    """When a function is called, in UTC, and with which `input`, as JSON.

    A call that fails is tried again `attempts` times (0 to 185), within `age_seconds` (60 to 86,400).
    """

    expression: str
    age_seconds: int
    attempts: int
    input: str = "{}"
    enabled: bool = True


@dataclass(frozen=True)
class CallerRole:
    """Name and description of the role in which a schedule calls."""

    name: str
    description: str


def call_at_intervals(
    scope: Construct,
    *,
    function: LambdaFunction,
    calls: Calls,
    role: CallerRole,
    place: Place,
    kms_key_arn: str,
    before: Sequence[ITerraformDependable] = (),
) -> None:
    """Build a schedule of the function's name and description, and its role, under "schedule" and "schedule_role".

    `before` is what the first call needs, which may come at once.
    """
    name = str(function.function_name_input)
    caller = ServiceRole(
        scope,
        "schedule_role",
        name=role.name,
        service="scheduler.amazonaws.com",
        account_id=place.account_id,
        description=role.description,
        # A role's source is the group of its schedules ("Confused deputy prevention", EventBridge Scheduler guide).
        source_arns=(place.arn("scheduler", f"schedule-group/{GROUP}"),),
    )
    schedule_arn = place.arn("scheduler", f"schedule/{GROUP}/{name}")
    policy = caller.allow(
        "access", call_by_schedule(place.function_arn(name), key_arn=kms_key_arn, schedule_arn=schedule_arn)
    )
    SchedulerSchedule(
        scope,
        "schedule",
        name=name,
        group_name=GROUP,
        kms_key_arn=kms_key_arn,
        description=function.description_input,
        schedule_expression=calls.expression,
        schedule_expression_timezone="UTC",
        state="ENABLED" if calls.enabled else "DISABLED",
        flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
        target=SchedulerScheduleTarget(
            arn=function.arn,
            role_arn=caller.arn,
            input=calls.input,
            retry_policy=SchedulerScheduleTargetRetryPolicy(
                maximum_event_age_in_seconds=calls.age_seconds, maximum_retry_attempts=calls.attempts
            ),
        ),
        # The first call may come before the role has its permission.
        depends_on=[policy, *before],
    )
