"""Alarms on quotas of models: part of the layer monitoring."""

from __future__ import annotations

from config import Environment
from config.model_quotas import ANSWERS, SERVICE
from constructs_lib.bedrock.quota_alarms import ModelQuota, QuotaAlarms, ReadQuotas
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
    """Build the alarms on tokens per minute, and the function that reads the quotas."""
    names = layer.settings.names
    return QuotaAlarms(
        layer,
        "quota_alarms",
        names=FunctionNames(names.regional("model-quota"), names.resource("model-quota"), names.path("model-quota")),
        schedule_role=names.regional("model-quota-schedule"),
        quotas=[
            ModelQuota(
                quota.name,
                {
                    name: (
                        percent,
                        catalogue.quota_alarm(
                            kind=quota.kind,
                            model_id=quota.model_id,
                            percent=percent,
                            asleep=env.service.parked,
                            profile_id=llm.profile_id if quota.kind == ANSWERS else "",
                        ),
                    )
                    for name, percent in quota.alarms.items()
                },
            )
            for quota in env.watched_quotas
        ],
        read=ReadQuotas(SERVICE, f"{env.project} {env.name}", f"sitechat doctor --env {env.name}"),
        signing=Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn),
        surroundings=surroundings(
            env, layer.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
    ).watched
