"""Metrics in the log: CloudWatch can read each line, and each metric is one of the contract's."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from config import application_metrics
from config.application_metrics import BY_NAME, OUTCOMES, POLICIES, SPENT
from examples.sitechat_app import metrics as written
from examples.sitechat_app.answering import Usage
from examples.sitechat_app.bedrock import _pieces
from examples.sitechat_app.chat import AnswerRecord
from examples.sitechat_app.metrics import Metrics, QuestionFigures, TokenPrices
from examples.sitechat_app.settings import LOG_LEVELS
from local_aws.traffic.metrics.embedded import EmbeddedMetric, embedded_metrics
from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import HIT, LoopbackAws, Script, assessed, spoken
from tests.examples.sitechat_app.running_app import RunningApp, Start, environment

QUESTION = "What is the price of a ticket?"
NAMESPACE = "garden-app"
LOCAL = {"SITECHAT_MODE": "local", "SITECHAT_LOCAL_FIRST_TOKEN_SECONDS": "0", "SITECHAT_METRICS_NAMESPACE": NAMESPACE}


@pytest.fixture(scope="module")
def running_app(loopback_aws: LoopbackAws) -> Iterator[RunningApp]:
    app = RunningApp(**aws_variables(loopback_aws.endpoint), SITECHAT_METRICS_NAMESPACE=NAMESPACE)
    yield app
    app.kill()


@pytest.fixture
def asked(running_app: RunningApp, loopback_aws: LoopbackAws) -> Any:
    """Asks a question, and gives the metrics that it wrote."""
    loopback_aws.script = Script()

    def ask() -> list[EmbeddedMetric]:
        before = len(found(running_app))
        last = running_app.answer(QUESTION)[-1][1]
        running_app.logged("request", request_id=last["request_id"])  # the last line of a request
        return found(running_app)[before:]

    return ask


def found(app: RunningApp) -> list[EmbeddedMetric]:
    return [each for entry in app.logs for each in embedded_metrics(json.dumps(entry).encode())]


def values(metrics: list[EmbeddedMetric]) -> dict[str, float]:
    """Values by metric, and by the value of its dimension where it has one."""
    return {" ".join((each.name, *each.dimensions.values())): value for each in metrics for value in each.values}


def test_an_answer_has_figures_of_the_search_and_the_model(asked: Any, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.score = 0.75
    told = values(asked())
    assert told["TimeToFirstToken"] <= told["Latency"]
    chosen = ("Questions answered", "Failures", "RetrievalHits", "RetrievalScore", "InputTokens", "OutputTokens")
    assert [told[name] for name in chosen] == [1, 0, 1, 0.75, 40, 2]
    assert not {"CachedTokens", "Cost", "GuardrailInterventions"} & told.keys()


def test_tokens_from_the_cache_are_counted_apart(caplog: pytest.LogCaptureFixture) -> None:
    """Not over the wire: the pinned SDK knows no cache, and drops the count."""
    usage = {"inputTokens": 40, "outputTokens": 2, "totalTokens": 72, "cacheReadInputTokens": 30}
    (told,) = _pieces({"metadata": {"usage": usage}})
    assert isinstance(told, Usage)
    record = AnswerRecord("request", "conversation", usage=told)
    with caplog.at_level(logging.INFO, written.metrics_log.name):
        Metrics(NAMESPACE).question(record.figures())
    (line,) = (getattr(each, "fields") for each in caplog.records)  # noqa: B009 - of our own formatter
    assert values([*embedded_metrics(json.dumps(line).encode())])["CachedTokens"] == 30


def test_interventions_are_counted_by_policy(asked: Any, loopback_aws: LoopbackAws) -> None:
    both = assessed(EMAIL="ANONYMIZED")
    both["inputAssessment"] = {"abcdef123456": {"topicPolicy": {"topics": [{"name": "Law", "action": "BLOCKED"}]}}}
    loopback_aws.script.stream = spoken("No.", stop="guardrail_intervened", guardrail=both)
    told = values(asked())
    assert told["Questions withheld"] == 1
    assert {name for name in told if name.startswith("Guardrail")} == {
        "GuardrailInterventions SensitiveInformationPolicy",
        "GuardrailInterventions TopicPolicy",
    }


def test_what_was_looked_at_and_left_is_no_intervention(asked: Any, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.stream = spoken("Yes.", guardrail=assessed(EMAIL="NONE"))
    assert not any(name.startswith("Guardrail") for name in values(asked()))


def test_what_an_answer_cost_follows_from_its_tokens(start: Start, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script = Script()
    variables = aws_variables(loopback_aws.endpoint)
    app = start(**variables, SITECHAT_METRICS_NAMESPACE=NAMESPACE, SITECHAT_MODEL_PRICES="0.06/0.24/0.015")
    app.answer(QUESTION)
    app.stop()
    assert values(found(app))["Cost"] == pytest.approx((40 * 0.06 + 2 * 0.24) / 1_000_000)


def test_of_the_probes_question_only_its_cost_is_written(start: Start, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script = Script()
    variables = aws_variables(loopback_aws.endpoint)
    app = start(**variables, SITECHAT_METRICS_NAMESPACE=NAMESPACE, SITECHAT_MODEL_PRICES="0.06/0.24/0.015")
    body = json.dumps({"question": QUESTION})
    app.request("POST", "/api/chat", body, content_type="application/json", x_sitechat_probe="1").read()
    app.stop()
    assert set(values(found(app))) == {"InputTokens", "OutputTokens", "Cost"}
    figures = QuestionFigures("answered", input_tokens=1, output_tokens=1, cached_tokens=1, probe=True)
    assert set(written._spent(figures, TokenPrices(0.06, 0.24, 0.015))) == set(SPENT)


def test_tokens_from_the_cache_have_a_price_of_their_own() -> None:
    figures = QuestionFigures("answered", input_tokens=1_000_000, output_tokens=1_000_000, cached_tokens=2_000_000)
    assert written._cost(figures, TokenPrices(0.06, 0.24, 0.015)) == pytest.approx(0.33)


@pytest.mark.parametrize(("status", "part"), [({"converse_status": 400}, "model"), ({"search_status": 500}, "search")])
def test_a_failure_counts_without_its_code(
    asked: Any, loopback_aws: LoopbackAws, status: dict[str, int], part: str
) -> None:
    loopback_aws.script = Script(**status)  # type: ignore[arg-type]
    told = values(asked())
    assert (told["Questions failed"], told["Failures"]) == (1, 1)
    assert "Latency" not in told
    assert ("RetrievalHits" in told) == (part == "model")


def test_nothing_found_is_no_failure(asked: Any, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.hits = []
    told = values(asked())
    assert (told["Questions nothing_found"], told["Failures"], told["RetrievalHits"]) == (1, 0, 0)
    assert not {"TimeToFirstToken", "RetrievalScore", "InputTokens"} & told.keys()


def test_every_metric_is_one_of_the_contract_s(running_app: RunningApp) -> None:
    for each in found(running_app):
        row = BY_NAME[each.name]
        assert (each.namespace, each.unit, set(each.dimensions)) == (NAMESPACE, row.unit, set(row.dimensions))
        assert set(each.dimensions.values()) <= set(row.values)


def test_the_application_and_the_contract_have_the_same_table() -> None:
    assert {each.name: each.unit for each in application_metrics.METRICS} == written.UNITS
    assert (*written.OUTCOMES, "failed") == OUTCOMES
    assert tuple(written.POLICIES.values()) == POLICIES


def test_tokens_a_second_are_of_the_time_in_which_they_came(start: Start) -> None:
    app = start(**LOCAL, SITECHAT_LOCAL_TOKEN_SECONDS="0.001")
    app.answer("Are dogs allowed?")
    app.stop()
    assert 0 < values(found(app))["TokensPerSecond"] < 1000


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_figures_are_written_whatever_the_level(level: str) -> None:
    code = (
        "from sitechat_app.logs import configure_logging, log_event; from sitechat_app.metrics import *; "
        f"configure_logging({level!r}); log_event(10, 'hidden'); Metrics('a').question(QuestionFigures('busy'))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["message"] for each in told] == ["hidden"] * (level == "DEBUG") + ["metrics"]
    assert (told[-1]["Outcome"], told[-1]["Failures"]) == ("busy", 1)


def test_without_a_namespace_there_are_none(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0", SITECHAT_LOCAL_TOKEN_SECONDS="0")
    app.answer("Are dogs allowed?")
    app.stop()
    assert "metrics" not in {each["message"] for each in app.logs}
    assert found(app) == []


def test_hits_are_passages_of_the_site(start: Start, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script = Script(hits=[HIT, {**HIT, "url": "https://evil.example/"}])
    variables = aws_variables(loopback_aws.endpoint)
    app = start(**variables, SITECHAT_SOURCE_HOSTS="garden.example", SITECHAT_METRICS_NAMESPACE=NAMESPACE)
    app.answer(QUESTION)
    app.stop()
    assert values(found(app))["RetrievalHits"] == 1
