"""What stops the model by itself: an alarm on the application's tokens, and the function that it calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from config.switches import PAUSED
from constructs_lib.bedrock.denial import Denied, deny_statements
from constructs_lib.bedrock.switch import SwitchPlace
from constructs_lib.functions.signed import Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import FunctionNames, FunctionRole, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.observability.alarms import Alarm, WatchedAlarm, build_alarm
from constructs_lib.observability.catalogue.models import of_profile
from constructs_lib.security.code_signing import Signer
from policies.needs.need import Need

SOURCE = Path(__file__).with_name("stop_lambda")
VARIABLE = "MODEL_STOP"
# CloudWatch's principal where an alarm calls a function ("Invoke a Lambda function from an alarm", its guide).
ALARMS = "lambda.alarms.cloudwatch.amazonaws.com"
# Over how long tokens are added up.
WINDOW_SECONDS = 900
RUNBOOK = "model-spend"


@dataclass(frozen=True)
class Spent:
    """Tokens within 15 minutes that are too many: of the application by its namespace, of the account by the model.

    `profile_id` is an application profile of the model, under which Bedrock may count calls.
    """

    tokens: int
    namespace: str
    model_id: str
    profile_id: str = ""


@dataclass(frozen=True)
class Stopped:
    """What people read: name of the site's project and environment, and the command that undoes it."""

    site: str
    resume: str


class ModelStop(Construct):
    """A function that pauses the model and, with `denied`, attaches the denial of models, and the alarm that calls it.

    The alarm goes by the application's own metrics: Bedrock counts by model and account, so that one environment would
    stop another. Bedrock's count stays as the backstop that tells people and stops nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: FunctionNames,
        switch: SwitchPlace,
        spent: Spent,
        stopped: Stopped,
        denied: Denied | None,
        signing: Signer,
        surroundings: FunctionSurroundings,
    ) -> None:
        super().__init__(scope, id_)
        self._surroundings, self._switch, self._denied = surroundings, switch, denied
        function = self._function(self._role(names), stopped, signing)
        name = names.function
        LambdaPermission(
            self,
            "alarm_calls",
            statement_id="AlarmStopsModel",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal=ALARMS,
            source_account=surroundings.place.account_id,
            source_arn=surroundings.place.arn("cloudwatch", f"alarm:{name}"),
        )
        by_application, by_account = _alarms(spent)
        told = surroundings.failures_topic_arn
        build_alarm(self, "alarm", by_application, name=name, actions=(function.arn, told))
        build_alarm(self, "backstop", by_account, name=f"{name}-account", actions=(told,))
        self.watched: tuple[WatchedAlarm, ...] = (by_application.watched(name), by_account.watched(f"{name}-account"))

    def _role(self, names: FunctionNames) -> FunctionRole:
        switch, key, place = self._switch, self._surroundings.kms_key_arn, self._surroundings.place
        role = FunctionRole(
            self,
            "role",
            names=names,
            description="Stops the model: pauses it, and denies it where that is configured",
            surroundings=self._surroundings,
            statements=(
                *switch.write_statements(kms_key_arn=key),
                *(deny_statements(self._denied, place) if self._denied else ()),
            ),
        )
        declare(self, *switch.write_needs(role.arn), *self._needs(role.arn))
        return role

    def _needs(self, role_arn: str) -> tuple[Need, ...]:
        denied, place = self._denied, self._surroundings.place
        told = Need(role_arn, ("sns:Publish",), self._surroundings.failures_topic_arn, "model-stop")
        if denied is None:
            return (told,)
        policy = {"iam:PolicyARN": denied.policy_arn}
        return (
            told,
            *(
                Need(role_arn, ("iam:AttachRolePolicy",), place.role_arn(name), "model-stop", policy)
                for name in denied.role_names
            ),
        )

    def _function(self, role: FunctionRole, stopped: Stopped, signing: Signer) -> LambdaFunction:
        return signed_function(
            self,
            "function",
            runs_as=role.runs_as,
            # Four calls, each tried three times at most (stop_lambda/handler.py).
            runs=Runs("stop_lambda.handler.handle", "Stops the model when its alarm rings", seconds=180),
            code=sign_sources(self, signing=signing, name=role.function_name, sources=(SOURCE,)),
            variables={VARIABLE: self._settings(role, stopped)},
            kms_key_arn=self._surroundings.kms_key_arn,
        )

    def _settings(self, role: FunctionRole, stopped: Stopped) -> str:
        denied = self._denied
        told = {
            "bucket": self._switch.bucket_name,
            "object": PAUSED,
            "owner": self._surroundings.place.account_id,
            "topic": role.failures_topic_arn,
            "site": stopped.site,
            "resume": stopped.resume,
            **({"policy": denied.policy_arn, "roles": list(denied.role_names)} if denied else {}),
        }
        return json.dumps(told, sort_keys=True)


def _alarms(spent: Spent) -> tuple[Alarm, Alarm]:
    """The alarm that stops the model, and the backstop that tells people alone."""
    stops = Alarm(
        id="stop",
        description="The application spent too many tokens within 15 minutes: the model is stopped",
        namespace=spent.namespace,
        metric="InputTokens",
        also=("OutputTokens",),
        label="Tokens",
        statistic="Sum",
        threshold=spent.tokens,
        runbook=RUNBOOK,
        severity="page",
        period_seconds=WINDOW_SECONDS,
        periods=1,
        board="model",
    )
    return stops, replace(
        stops,
        id="stop_account",
        description="The account's calls of the model spent too many tokens; nothing is stopped by it",
        namespace="AWS/Bedrock",
        metric="InputTokenCount",
        also=("OutputTokenCount",),
        dimensions={"ModelId": spent.model_id},
        added=of_profile(spent.profile_id),
    )
