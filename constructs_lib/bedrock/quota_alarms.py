"""Alarms on the model's quota, and the function that keeps their thresholds true: a quota is read, never typed in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from constructs import Construct

from constructs_lib.bedrock.quota_access import quota_needs, quota_statements
from constructs_lib.functions.schedule import CallerRole, Calls, call_at_intervals
from constructs_lib.functions.signed import Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.observability.alarms import Alarm, WatchedAlarm, build_alarm
from constructs_lib.security.code_signing import Signer

SOURCE = Path(__file__).with_name("quota_lambda")
VARIABLE = "MODEL_QUOTA"
# A rate without a start begins at once ("Schedule types", EventBridge Scheduler guide): the first apply has the quota
# read.
RATE = "rate(1 day)"
_DESCRIPTION = "Keeps the alarms on the model's quota true"
_AGE_SECONDS, _ATTEMPTS = 3600, 3


@dataclass(frozen=True)
class ModelQuota:
    """A quota by its name, and its alarms by their names, each at a percent of it."""

    name: str
    alarms: Mapping[str, tuple[int, Alarm]]


@dataclass(frozen=True)
class ReadQuotas:
    """Service code of the quotas; what people read: the site, and the command that compares."""

    service: str
    site: str
    doctor: str


class QuotaAlarms(Construct):
    """The alarms of some quotas, and the function that reads these once a day.

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
        quotas: Sequence[ModelQuota],
        read: ReadQuotas,
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        self._surroundings = surroundings
        alarms = {name: alarm for quota in quotas for name, (_, alarm) in quota.alarms.items()}
        built = [self._alarm(name, alarm) for name, alarm in alarms.items()]
        function = self._function(self._role(names, tuple(alarms)), quotas, read, signing)
        call_at_intervals(
            self,
            function=function,
            calls=Calls(RATE, age_seconds=_AGE_SECONDS, attempts=_ATTEMPTS),
            role=CallerRole(schedule_role, "Has the model's quota read at intervals"),
            place=surroundings.place,
            kms_key_arn=surroundings.kms_key_arn,
            before=built,
        )
        self.watched: tuple[WatchedAlarm, ...] = tuple(
            replace(alarm.watched(name), threshold=None) for name, alarm in alarms.items()
        )

    def _alarm(self, name: str, alarm: Alarm) -> CloudwatchMetricAlarm:
        built = build_alarm(self, alarm.id, alarm, name=name, actions=(self._surroundings.failures_topic_arn,))
        # The function sets it by what it read.
        built.lifecycle = TerraformResourceLifecycle(ignore_changes=["threshold"])
        return built

    def _role(self, names: FunctionNames, alarms: Sequence[str]) -> FunctionRole:
        place = self._surroundings.place
        role = FunctionRole(
            self,
            "role",
            names=names,
            description=_DESCRIPTION,
            surroundings=self._surroundings,
            statements=quota_statements(alarms, place),
        )
        declare(self, *quota_needs(role.arn, alarms, place, self._surroundings.failures_topic_arn))
        return role

    def _function(
        self, role: FunctionRole, quotas: Sequence[ModelQuota], read: ReadQuotas, signing: Signer
    ) -> LambdaFunction:
        told = {
            "service": read.service,
            "quotas": {each.name: {name: at for name, (at, _) in each.alarms.items()} for each in quotas},
            "topic": role.failures_topic_arn,
            "site": read.site,
            "doctor": read.doctor,
        }
        return signed_function(
            self,
            "function",
            runs_as=role.runs_as,
            # Bedrock has more than a thousand quotas, of which a page holds a hundred.
            runs=Runs("quota_lambda.handler.handle", _DESCRIPTION, seconds=120),
            code=sign_sources(self, signing=signing, name=role.function_name, sources=(SOURCE,)),
            variables={VARIABLE: json.dumps(told, sort_keys=True)},
            kms_key_arn=self._surroundings.kms_key_arn,
        )
