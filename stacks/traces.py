"""What X-Ray has of this environment, part of the layer monitoring.

Transaction Search of the account and region, where this environment owns it, is a setting of the account like those of
the layer security, but its function is of signed code, which security, built without the layer llm, has none of. A
sampling rule and a group of the application's traces belong to the collector that asks for the rule.
"""

from __future__ import annotations

from config import Environment
from constructs_lib.identity.function_role import FunctionNames
from constructs_lib.observability.sampled_traces import SampledTraces
from constructs_lib.observability.span_retention import KeptSpans, SpanRetention
from constructs_lib.observability.transaction_search import SPANS, TransactionSearch
from constructs_lib.security.code_signing import Signer
from stacks.base import LayerStack
from stacks.functions import surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs


def keep_spans(layer: LayerStack, env: Environment, *, infrastructure: InfrastructureOutputs, llm: LlmOutputs) -> None:
    """Build the switch, and the function that has spans deleted in time."""
    names = layer.settings.names
    search = TransactionSearch(layer, "transaction_search", policy_name=names.resource("spans"), place=layer.place)
    SpanRetention(
        layer,
        "span_retention",
        names=FunctionNames(
            names.regional("span-retention"), names.resource("span-retention"), names.path("span-retention")
        ),
        schedule_role=names.regional("span-retention-schedule"),
        kept=KeptSpans(SPANS, env.monitoring.spans_retention_days),
        signing=Signer(llm.packages_bucket, llm.signing_profile, llm.signing_config_arn),
        surroundings=surroundings(
            env, layer.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        ),
        before=(search.switch,),
    )


def sample_traces(layer: LayerStack, env: Environment) -> None:
    """Build the rule by which the collector has questions traced, and the group that finds them."""
    names = layer.settings.names
    SampledTraces(
        layer,
        "traces",
        name=names.resource("app", limit=32),
        service_name=names.resource("app"),
        percent=env.monitoring.traced_percent,
    )
