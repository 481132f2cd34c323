from __future__ import annotations

import pytest

from config.contract import Decimal
from stacks.contract import variables
from tests.stacks.upstream import environment

EVERY = {
    "PORT": "8080",
    "SITECHAT_TLS": "on",
    "SITECHAT_STOP_TIMEOUT_SECONDS": "30",
    "SITECHAT_IDLE_TIMEOUT_SECONDS": "120",
    "SITECHAT_MODE": "aws",
    "SITECHAT_SITE_NAME": "sitechat",
    "AWS_REGION": "us-east-1",
    "SITECHAT_MODEL_ID": "us.amazon.nova-lite-v1:0",
    "SITECHAT_EMBEDDING_MODEL_ID": "amazon.titan-embed-text-v2:0",
    "SITECHAT_GUARDRAIL_ID": "guardrail",
    "SITECHAT_GUARDRAIL_VERSION": "1",
    "SITECHAT_SEARCH_ENDPOINT": "https://search",
    "SITECHAT_SEARCH_INDEX": "site",
    "SITECHAT_METRICS_NAMESPACE": "sitechat-dev-app",
    "SITECHAT_MODEL_PRICES": "0.06/0.24/0.015",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://xray.us-east-1.amazonaws.com/v1/traces",
    "OTEL_SERVICE_NAME": "sitechat-dev-app",
    "OTEL_TRACES_SAMPLER": "traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0.125",
    "SITECHAT_PAUSED_OBJECT": "arn:aws:s3:::sitechat-dev-switches-111111111111-us-east-1/model/paused.json",
}


def test_a_task_is_told_everything() -> None:
    tracing = {"tracing": "otlp", "traced_percent": 12.5, "transaction_search": "own"}
    env = environment(monitoring={"application_metrics": True, **tracing})
    told = variables(env, search_endpoint="https://search", guardrail_id="guardrail", guardrail_version="1")
    assert told == EVERY


def test_what_is_off_is_not_mentioned() -> None:
    told = variables(environment(), search_endpoint="", guardrail_id="", guardrail_version="")
    assert {name for name in EVERY if name not in told} == {
        "SITECHAT_GUARDRAIL_ID",
        "SITECHAT_GUARDRAIL_VERSION",
        "SITECHAT_METRICS_NAMESPACE",
        "SITECHAT_SEARCH_ENDPOINT",
        "SITECHAT_SEARCH_INDEX",
        "SITECHAT_MODEL_PRICES",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_SERVICE_NAME",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    }


@pytest.mark.parametrize(("percent", "ratio"), [(100, "1"), (50, "0.5"), (0.01, "0.0001"), (33.3333, "0.333333")])
def test_a_share_of_traces_is_a_plain_number_that_the_application_takes(percent: float, ratio: str) -> None:
    env = environment(monitoring={"tracing": "otlp", "traced_percent": percent, "transaction_search": "own"})
    told = variables(env, search_endpoint="", guardrail_id="", guardrail_version="")
    assert told["OTEL_TRACES_SAMPLER_ARG"] == ratio
    assert Decimal(0.0001, 1).allows(ratio)


def test_values_follow_the_environment() -> None:
    env = environment(
        dns={"domain": "chat.example.com", "zone_name": "example.com"},
        service={"port": 9000, "tls_to_task": False, "stop_timeout_seconds": 60, "idle_timeout_seconds": 300},
    )
    told = variables(env, search_endpoint="", guardrail_id="", guardrail_version="")
    assert told["SITECHAT_SITE_NAME"] == "chat.example.com"
    assert told["SITECHAT_TLS"] == "off"
    assert (told["PORT"], told["SITECHAT_STOP_TIMEOUT_SECONDS"], told["SITECHAT_IDLE_TIMEOUT_SECONDS"]) == (
        "9000",
        "60",
        "300",
    )
