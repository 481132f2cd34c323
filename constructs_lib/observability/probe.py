"""The probe: a function that asks the site one question at intervals, so that a quiet site's failure is seen too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cdktf import TerraformAsset
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

from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.grants import call_by_schedule
from constructs_lib.identity.role import ServiceRole
from constructs_lib.security.code_signing import Signer
from constructs_lib.security.package import build_package, work_folder
from constructs_lib.security.signed_package import SignedPackage

SOURCE = Path(__file__).with_name("probe_lambda")
VARIABLE = "PROBE"
GROUP = "default"
# Longer than a visitor waits for a whole answer; the function has some seconds more to write its line.
ASK_SECONDS, TIMEOUT_SECONDS = 50, 60
# A question that couldn't be asked is not asked later: the next one comes soon. The call says for when it was planned,
# as Lambda keeps calls, too ("Adding context attributes", EventBridge Scheduler guide).
INPUT = {"scheduled": "<aws.scheduler.scheduled-time>"}
_AGE_SECONDS, _ATTEMPTS = 60, 0


@dataclass(frozen=True)
class ProbeQuestion:
    """What is asked at which host, by HTTPS, and the namespace of the metrics."""

    host: str
    question: str
    namespace: str
    seconds: int = ASK_SECONDS


class Probe(Construct):
    """A function outside the VPC, from signed code, that asks as a visitor does, every `minutes` (1 to 60).

    It has no right but to write its log, whose lines are its metrics; a schedule calls it, in a role of its own, unless
    nobody would answer: then `asks` is false.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        schedule_role: str,
        minutes: int,
        asks: bool,
        question: ProbeQuestion,
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        self._surroundings = surroundings
        function = self._function(names, question, signing)
        self._schedule(schedule_role, minutes, function, asks=asks)

    def _function(self, names: FunctionNames, question: ProbeQuestion, signing: Signer) -> LambdaFunction:
        description = "Asks the site what a visitor asks"
        role = FunctionRole(
            self,
            "role",
            names=names,
            description=description,
            surroundings=self._surroundings,
            statements=(),
        )
        zip_file = build_package(SOURCE.name, work_folder(self), sources=(SOURCE,))
        package = SignedPackage(
            self,
            "signed",
            signing=signing,
            name=names.function,
            path=TerraformAsset(self, "package", path=str(zip_file.path)).path,
            sha256_base64=zip_file.sha256_base64,
        )
        return LambdaFunction(
            self,
            "function",
            function_name=role.function_name,
            description=description,
            role=role.arn,
            runtime="python3.13",
            architectures=["arm64"],
            handler="probe_lambda.handler.handle",
            s3_bucket=package.bucket,
            s3_key=package.key,
            code_signing_config_arn=package.signing_config_arn,
            memory_size=256,
            timeout=TIMEOUT_SECONDS,
            kms_key_arn=self._surroundings.kms_key_arn,
            environment=LambdaFunctionEnvironment(variables={VARIABLE: json.dumps(asdict(question), sort_keys=True)}),
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=role.log_group.name),
            dead_letter_config=LambdaFunctionDeadLetterConfig(target_arn=role.failures_topic_arn),
            tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
            # Lambda tries the role's permissions when the function is created.
            depends_on=[role.policy],
        )

    def _schedule(self, role_name: str, minutes: int, function: LambdaFunction, *, asks: bool) -> None:
        place, key, name = self._surroundings.place, self._surroundings.kms_key_arn, str(function.function_name_input)
        role = ServiceRole(
            self,
            "schedule_role",
            name=role_name,
            service="scheduler.amazonaws.com",
            account_id=place.account_id,
            description="Has the site asked at intervals",
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
            description="Asks the site what a visitor asks",
            schedule_expression="rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)",
            schedule_expression_timezone="UTC",
            state="ENABLED" if asks else "DISABLED",
            flexible_time_window=SchedulerScheduleFlexibleTimeWindow(mode="OFF"),
            target=SchedulerScheduleTarget(
                arn=function.arn,
                role_arn=role.arn,
                input=json.dumps(INPUT),
                retry_policy=SchedulerScheduleTargetRetryPolicy(
                    maximum_event_age_in_seconds=_AGE_SECONDS, maximum_retry_attempts=_ATTEMPTS
                ),
            ),
            # The first call may come before the role has its permission.
            depends_on=[policy],
        )
