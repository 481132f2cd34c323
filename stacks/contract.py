"""Environment variables that the infrastructure sets for the application (docs/application-contract.md)."""

from __future__ import annotations

from config import Environment
from config.model_prices import answer_prices
from config.switches import PAUSED, SWITCHES
from config.traces import tracing_variables


def variables(
    env: Environment, *, search_endpoint: str, guardrail_id: str, guardrail_version: str, profile_arn: str = ""
) -> dict[str, str]:
    """The variables of a task; those whose feature is off are left out."""
    every = {
        "PORT": str(env.service.port),
        "SITECHAT_TLS": "on" if env.service.tls_to_task else "off",
        "SITECHAT_STOP_TIMEOUT_SECONDS": str(env.service.stop_timeout_seconds),
        "SITECHAT_IDLE_TIMEOUT_SECONDS": str(env.service.idle_timeout_seconds),
        "SITECHAT_MODE": "aws",
        "SITECHAT_SITE_NAME": env.dns.domain or env.project,
        "AWS_REGION": env.region,
        "SITECHAT_MODEL_ID": profile_arn or env.bedrock.model_id,
        "SITECHAT_EMBEDDING_MODEL_ID": env.bedrock.embedding_model_id,
        "SITECHAT_GUARDRAIL_ID": guardrail_id,
        "SITECHAT_GUARDRAIL_VERSION": guardrail_version,
        "SITECHAT_SEARCH_ENDPOINT": search_endpoint,
        "SITECHAT_SOURCE_HOSTS": ",".join(env.ingestion.hosts),
        "SITECHAT_SEARCH_INDEX": env.search.index if search_endpoint else "",
        "SITECHAT_METRICS_NAMESPACE": env.metrics_namespace,
        "SITECHAT_MODEL_PRICES": answer_prices(env) if env.metrics_namespace else "",
        **tracing_variables(env),
        "SITECHAT_PAUSED_OBJECT": env.place.bucket_arn(f"{env.names.bucket(SWITCHES)}/{PAUSED}"),
    }
    return {name: value for name, value in every.items() if value}
