"""The application as a process: one shared in local mode, others started where a test needs its own settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.sitechat_app.loopback_aws import LoopbackAws, Script
from tests.examples.sitechat_app.running_app import RunningApp, Start

SESSION_KEY = "k" * 40


@pytest.fixture(scope="module")
def local_app() -> Iterator[RunningApp]:
    """The application in local mode, without pauses."""
    app = RunningApp(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0", SITECHAT_LOCAL_TOKEN_SECONDS="0")
    yield app
    app.kill()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an application with the given variables, and ends it after the test."""
    started: list[RunningApp] = []

    def launch(**variables: str) -> RunningApp:
        started.append(RunningApp(**variables))
        return started[-1]

    yield launch
    for app in started:
        app.kill()


@pytest.fixture(scope="module")
def loopback_aws() -> Iterator[LoopbackAws]:
    with LoopbackAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def running_aws_app(loopback_aws: LoopbackAws) -> Iterator[RunningApp]:
    app = RunningApp(**aws_variables(loopback_aws.endpoint), SITECHAT_LOG_LEVEL="DEBUG")
    yield app
    app.kill()


@pytest.fixture
def aws_app(running_aws_app: RunningApp, loopback_aws: LoopbackAws) -> RunningApp:
    """AWS mode against the loopback services, without the scripts and requests of earlier tests."""
    loopback_aws.script = Script()
    loopback_aws.received.clear()
    return running_aws_app


def aws_variables(endpoint: str) -> dict[str, str]:
    """Variables that the task definition sets, pointing at `endpoint`."""
    return {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "SITECHAT_BIND_ADDRESS": "127.0.0.1",
        "SITECHAT_MODEL_ID": "eu.amazon.nova-lite-v1:0",
        "SITECHAT_EMBEDDING_MODEL_ID": "amazon.titan-embed-text-v2:0",
        "SITECHAT_GUARDRAIL_ID": "abcdef123456",
        "SITECHAT_GUARDRAIL_VERSION": "3",
        "SITECHAT_SEARCH_ENDPOINT": endpoint,
        "SITECHAT_SEARCH_INDEX": "site-pages",
        "SITECHAT_SITE_NAME": "Garden {x}",
        "SITECHAT_SESSION_KEY": SESSION_KEY,
    }
