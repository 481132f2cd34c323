"""The probe of an environment and its alarm: part of the layer monitoring."""

from __future__ import annotations

from config import Environment
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.observability.probe import Probe, ProbeQuestion
from constructs_lib.security.code_signing import Signer
from stacks.base import LayerStack
from stacks.edge import EdgeOutputs
from stacks.functions import surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs


def probe_site(
    layer: LayerStack, env: Environment, *, infrastructure: InfrastructureOutputs, llm: LlmOutputs, edge: EdgeOutputs
) -> None:
    """Build the function that asks the site at its public address, and its schedule."""
    names = layer.settings.names
    Probe(
        layer,
        "probe",
        names=FunctionNames(names.regional("probe"), names.resource("probe"), names.path("probe")),
        schedule_role=names.regional("probe-schedule"),
        minutes=env.monitoring.probe_minutes,
        # Nobody would answer before there is an image, or while the site is parked.
        asks=env.serves,
        question=ProbeQuestion(
            host=env.dns.domain or edge.domain_name,
            question=env.deployment.test_question,
            namespace=env.metrics_namespace,
        ),
        signing=Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn),
        surroundings=surroundings(
            env, layer.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
    )
