"""The logs: JSON throughout, enough to operate by, and nothing a visitor wrote."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from examples.sitechat_app.logs import JsonFormatter
from tests.examples.sitechat_app.loopback_aws import LoopbackAws
from tests.examples.sitechat_app.running_app import RunningApp, Start

QUESTION = "What costs the zebrafinch ticket?"


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_question_is_never_logged_in_local_mode(start: Start, level: str) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOG_LEVEL=level, SITECHAT_LOCAL_TOKEN_SECONDS="0")
    app.answer(QUESTION)
    app.request("POST", "/api/chat?question=zebrafinch", "{", content_type="application/json").read()
    app.stop()
    assert {entry["message"] for entry in app.logs} >= {"listening", "answer", "request"}
    assert "zebrafinch" not in app.output


@pytest.mark.parametrize("failing", ["nothing", "model", "search"])
def test_question_is_never_logged_in_aws_mode(aws_app: RunningApp, loopback_aws: LoopbackAws, failing: str) -> None:
    """Holds at DEBUG, where botocore and opensearch-py would log bodies, and for errors that quote the request."""
    loopback_aws.script.converse_status = 400 if failing == "model" else 200
    loopback_aws.script.search_status = 500 if failing == "search" else 200
    last = aws_app.answer(QUESTION)[-1][1]
    aws_app.logged("request", request_id=last["request_id"])  # the last line of a request
    assert loopback_aws.received
    assert all(set(entry) >= {"time", "level", "logger", "message"} for entry in aws_app.logs)
    assert "zebrafinch" not in aws_app.output


def test_answer_line_has_counts_and_the_requests_id(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0", SITECHAT_LOCAL_TOKEN_SECONDS="0")
    response = app.ask("Are dogs allowed?")
    response.read()
    app.stop()
    (answer,) = [entry for entry in app.logs if entry["message"] == "answer"]
    (request,) = [entry for entry in app.logs if entry["message"] == "request"]
    assert answer["request_id"] == request["request_id"] == response.getheader("x-request-id")
    assert answer["outcome"] == "answered"
    assert answer["input_tokens"] == 3
    assert answer["output_tokens"] > 10
    assert answer["sources"] >= 1
    assert isinstance(answer["duration_ms"], int)


def test_health_checks_are_logged_at_debug_only(start: Start) -> None:
    quiet, chatty = start(SITECHAT_MODE="local"), start(SITECHAT_MODE="local", SITECHAT_LOG_LEVEL="DEBUG")
    for app in (quiet, chatty):
        app.request("GET", "/health").read()
        app.stop()
    assert [entry for entry in quiet.logs if entry["message"] == "request"] == []
    assert [entry["path"] for entry in chatty.logs if entry["message"] == "request"] == ["/health"]


def test_exceptions_are_logged_without_their_message() -> None:
    try:
        raise ValueError("zebrafinch")
    except ValueError:
        record = logging.LogRecord("name", logging.ERROR, __file__, 1, "failed\nhere", None, sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "zebrafinch" not in line
    assert json.loads(line)["exception"] == "ValueError"
    assert "test_exceptions_are_logged" in json.loads(line)["frames"][0]
