"""When ingestion runs by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetRetryPolicy,
)
from constructs import Construct

from constructs_lib.identity.role import ServiceRole
from constructs_lib.workflows.access import IngestionPlaces, start_runs

# A start that fails is tried again for an hour; a later one comes with the next interval.
_AGE_SECONDS, _ATTEMPTS = 3600, 5
GROUP = "default"


class IngestionSchedule(Construct):
    """One schedule a source, all with the same `expression` in UTC, each of which starts one run of `machine_arn`.

    The role may start the machine that `places` names, so that its policy says in a plan what it will say.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        role_name: str,
        expression: str,
        sources: Sequence[str],
        machine_arn: str,
        places: IngestionPlaces,
    ) -> None:
        super().__init__(scope, id_)
        place, kms_key_arn = places.place, places.kms_key_arn
        role = ServiceRole(
            self,
            "role",
            name=role_name,
            service="scheduler.amazonaws.com",
            account_id=place.account_id,
            description="Starts runs of ingestion",
            # A role's source is the group of its schedules ("Confused deputy prevention", EventBridge Scheduler guide).
            source_arns=(place.arn("scheduler", f"schedule-group/{GROUP}"),),
        )
        names = {source: f"{name_prefix}-{source}" for source in sources}
        schedules = tuple(place.arn("scheduler", f"schedule/{GROUP}/{name}") for name in names.values())
        statements = start_runs(places.machine_arn, kms_key_arn=kms_key_arn, schedule_arns=schedules)
        policy = role.allow("access", statements)
        for source, name in names.items():
            SchedulerSchedule(
                self,
                f"source_{source.replace('-', '_')}",
                name=name,
                group_name=GROUP,
                kms_key_arn=kms_key_arn,
                description=f"Ingestion of {source}",
                schedule_expression=expression,
                schedule_expression_timezone="UTC",
                flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
                target=SchedulerScheduleTarget(
                    arn=machine_arn,
                    role_arn=role.arn,
                    input=json.dumps({"source": source, "mode": "all"}),
                    retry_policy=SchedulerScheduleTargetRetryPolicy(
                        maximum_event_age_in_seconds=_AGE_SECONDS, maximum_retry_attempts=_ATTEMPTS
                    ),
                ),
                # The first start may come before the role has its permission.
                depends_on=[policy],
            )
