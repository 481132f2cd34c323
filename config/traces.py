"""Variables that have the application trace questions, as the task gets them and the gate expects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.collector import SAMPLING

if TYPE_CHECKING:
    from config.environment import Environment

ENDPOINT, SERVICE = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SERVICE_NAME"
SAMPLER, SAMPLER_ARG = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
NAMES = (ENDPOINT, SERVICE, SAMPLER, SAMPLER_ARG)


def tracing_variables(env: Environment) -> dict[str, str]:
    """OpenTelemetry's own names, so that an image with any of its distributions takes them; none without tracing."""
    if not env.traces:
        return {}
    share = f"{env.monitoring.traced_percent / 100:.6f}".rstrip("0").rstrip(".")
    sampler = {SAMPLER: "traceidratio", SAMPLER_ARG: share}
    if env.monitoring.tracing == "sidecar":
        # The share stands in the rule, which X-Ray has.
        sampler = {SAMPLER: "xray", SAMPLER_ARG: f"endpoint={SAMPLING}"}
    return {ENDPOINT: env.traces_endpoint, SERVICE: env.names.resource("app"), **sampler}
