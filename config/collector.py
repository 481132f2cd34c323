"""The collector beside the application, with `monitoring.tracing = "sidecar"`: its addresses, size and configuration.

AWS's distribution of the OpenTelemetry collector reads its configuration in the variable VARIABLE. It takes spans of
the task alone, sends them to X-Ray as segments, and hands on what the application asks of X-Ray's sampling.
"""

from __future__ import annotations

import json

NAME = "collector"
VARIABLE = "AOT_CONFIG_CONTENT"
# Only the task itself reaches them.
ENDPOINT = "http://127.0.0.1:4318/v1/traces"
SAMPLING = "http://127.0.0.1:2000"
HEALTH = "127.0.0.1:13133"
_OTLP = "127.0.0.1:4318"
# Containers of a task share its network: the application may listen at none of them.
PORTS = frozenset(int(each.rpartition(":")[2]) for each in (_OTLP, SAMPLING, HEALTH))
# Its hard limit: ECS ends a container that goes beyond it, and this one isn't essential.
COLLECTOR_MIB = 256
_LIMIT_MIB = 200


def configuration(region: str) -> str:
    """Configuration of the collector as JSON, which is YAML."""
    pipeline = {"receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": ["awsxray"]}
    return json.dumps(
        {
            "extensions": {
                "health_check": {"endpoint": HEALTH},
                "awsproxy": {"endpoint": SAMPLING.removeprefix("http://"), "region": region},
            },
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": _OTLP}}}},
            "processors": {
                "memory_limiter": {"check_interval": "1s", "limit_mib": _LIMIT_MIB, "spike_limit_mib": 40},
                "batch": {"timeout": "2s"},
            },
            "exporters": {"awsxray": {"region": region}},
            "service": {
                "extensions": ["health_check", "awsproxy"],
                "pipelines": {"traces": pipeline},
                # It writes its log, and no metrics of its own.
                "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
            },
        },
        sort_keys=True,
    )
