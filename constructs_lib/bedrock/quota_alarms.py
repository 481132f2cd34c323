"""Alarms on the model's quota, and the function that keeps their thresholds true: a quota is read, never typed in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cdktf import TerraformAsset, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTracingConfig,
)
from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget,
    SchedulerScheduleTargetRetryPolicy,
)
from constructs import Construct

from constructs_lib.bedrock.quota_access import quota_needs, quota_statements
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.grants import call_by_schedule
from constructs_lib.identity.needs import declare
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.alarms import Alarm, WatchedAlarm, build_alarm
from constructs_lib.security.code_signing import Signer
from constructs_lib.security.package import build_package, work_folder
from constructs_lib.security.signed_package import SignedPackage

SOURCE = Path(__file__).with_name("quota_lambda")
VARIABLE = "MODEL_QUOTA"
GROUP = "default"
# A rate without a start begins at once ("Schedule types", EventBridge Scheduler guide): the first apply has the quota
# read.
RATE = "rate(1 day)"
_DESCRIPTION = "Keeps the alarms on the model's quota true"
_AGE_SECONDS, _ATTEMPTS = 3600, 3


@dataclass(frozen=True)
class ModelQuota:
    """The quota by service code and name; what people read: the site, and the command that compares."""

    service: str
    name: str
    site: str
    doctor: str


class QuotaAlarms(Construct):
    """`alarms` by name, each at a percent of the quota, and the function that reads it once a day.

    Their thresholds are the function's: Terraform gives them one that nothing reaches, and then leaves them alone.
    `watched` have none, so that a dashboard draws what is used without a line that was never read.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        schedule_role: str,
        quota: ModelQuota,
        alarms: Mapping[str, tuple[int, Alarm]],
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        self._surroundings = surroundings
        built = [self._alarm(name, alarm) for name, (_, alarm) in alarms.items()]
        percents = {name: percent for name, (percent, _) in alarms.items()}
        function = self._function(self._role(names, percents), quota, percents, signing)
        self._schedule(schedule_role, function, built)
        self.watched: tuple[WatchedAlarm, ...] = tuple(
            replace(alarm.watched(name), threshold=None) for name, (_, alarm) in alarms.items()
        )

    def _alarm(self, name: str, alarm: Alarm) -> CloudwatchMetricAlarm:
        built = build_alarm(self, alarm.id, alarm, name=name, actions=(self._surroundings.failures_topic_arn,))
        # The function sets it by what it read.
        built.lifecycle = TerraformResourceLifecycle(ignore_changes=["threshold"])
        return built

    def _role(self, names: FunctionNames, percents: Mapping[str, int]) -> FunctionRole:
        place = self._surroundings.place
        role = FunctionRole(
            self,
            "role",
            names=names,
            description=_DESCRIPTION,
            surroundings=self._surroundings,
            statements=quota_statements(tuple(percents), place),
        )
        declare(self, *quota_needs(role.arn, tuple(percents), place, self._surroundings.failures_topic_arn))
        return role

    def _function(
        self, role: FunctionRole, quota: ModelQuota, percents: Mapping[str, int], signing: Signer
    ) -> LambdaFunction:
        zip_file = build_package(SOURCE.name, work_folder(self), sources=(SOURCE,))
        package = SignedPackage(
            self,
            "signed",
            signing=signing,
            name=role.function_name,
            path=TerraformAsset(self, "package", path=str(zip_file.path)).path,
            sha256_base64=zip_file.sha256_base64,
        )
        told = {
            "service": quota.service,
            "quota": quota.name,
            "alarms": dict(percents),
            "topic": role.failures_topic_arn,
            "site": quota.site,
            "doctor": quota.doctor,
        }
        return LambdaFunction(
            self,
            "function",
            function_name=role.function_name,
            description=_DESCRIPTION,
            role=role.arn,
            runtime="python3.13",
            architectures=["arm64"],
            handler="quota_lambda.handler.handle",
            s3_bucket=package.bucket,
            s3_key=package.key,
            code_signing_config_arn=package.signing_config_arn,
            memory_size=256,
            # Bedrock has more than a thousand quotas, of which a page holds a hundred.
            timeout=120,
            kms_key_arn=self._surroundings.kms_key_arn,
            environment=LambdaFunctionEnvironment(variables={VARIABLE: json.dumps(told, sort_keys=True)}),
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=role.log_group.name),
            dead_letter_config=LambdaFunctionDeadLetterConfig(target_arn=role.failures_topic_arn),
            tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
            # Lambda tries the role's permissions when the function is created.
            depends_on=[role.policy],
        )

    def _schedule(self, role_name: str, function: LambdaFunction, alarms: Sequence[CloudwatchMetricAlarm]) -> None:
        place, key, name = self._surroundings.place, self._surroundings.kms_key_arn, str(function.function_name_input)
        role = ServiceRole(
            self,
            "schedule_role",
            name=role_name,
            service="scheduler.amazonaws.com",
            account_id=place.account_id,
            description="Has the model's quota read at intervals",
            # A role's source is the group of its schedules ("Confused deputy prevention", EventBridge Scheduler guide).
            source_arns=(place.arn("scheduler", f"schedule-group/{GROUP}"),),
        )
        schedule_arn = place.arn("scheduler", f"schedule/{GROUP}/{name}")
        policy = role.allow(
            "access", call_by_schedule(place.function_arn(name), key_arn=key, schedule_arn=schedule_arn)
        )
        SchedulerSchedule(
            self,
            "schedule",
            name=name,
            group_name=GROUP,
            kms_key_arn=key,
            description=_DESCRIPTION,
            schedule_expression=RATE,
            schedule_expression_timezone="UTC",
            state="ENABLED",
            flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
            target=SchedulerScheduleTarget(
                arn=function.arn,
                role_arn=role.arn,
                input="{}",
                retry_policy=SchedulerScheduleTargetRetryPolicy(
                    maximum_event_age_in_seconds=_AGE_SECONDS, maximum_retry_attempts=_ATTEMPTS
                ),
            ),
            # The first call comes at once: it needs the permission, and the alarms.
            depends_on=[policy, *alarms],
        )
