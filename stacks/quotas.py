"""Alarms on the quota of the model that answers: part of the layer monitoring."""

from __future__ import annotations

from config import Environment
from config.model_quotas import SERVICE, tokens_quota
from config.rules.bedrock import profile_prefix
from constructs_lib.bedrock.quota_alarms import ModelQuota, QuotaAlarms
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import WatchedAlarm
from constructs_lib.security.code_signing import Signer
from stacks.base import LayerStack
from stacks.functions import surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs


def watch_quota(
    layer: LayerStack, env: Environment, *, infrastructure: InfrastructureOutputs, llm: LlmOutputs
) -> tuple[WatchedAlarm, ...]:
    """Build the alarms on tokens per minute, and the function that reads the quota."""
    names, model_id = layer.settings.names, env.bedrock.model_id
    return QuotaAlarms(
        layer,
        "quota_alarms",
        names=FunctionNames(names.regional("model-quota"), names.resource("model-quota"), names.path("model-quota")),
        schedule_role=names.regional("model-quota-schedule"),
        quota=ModelQuota(
            service=SERVICE,
            name=tokens_quota(model_id, profile_prefix(model_id)),
            site=f"{env.project} {env.name}",
            doctor=f"sitechat doctor --env {env.name}",
        ),
        alarms={
            name: (percent, catalogue.quota_alarm(model_id=model_id, percent=percent, asleep=env.service.parked))
            for name, percent in env.quota_alarms.items()
        },
        signing=Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn),
        surroundings=surroundings(
            env, layer.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
    ).watched
