from __future__ import annotations

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
    "SITECHAT_PAUSED_OBJECT": "arn:aws:s3:::sitechat-dev-switches-111111111111-us-east-1/model/paused.json",
}


def test_a_task_is_told_everything() -> None:
    env = environment(monitoring={"application_metrics": True})
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
    }


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
