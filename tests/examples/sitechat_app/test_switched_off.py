"""An environment without guardrail or without search: the application starts, and logs which of them is off."""

from __future__ import annotations

import pytest

from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import HIT, LoopbackAws, Script
from tests.examples.sitechat_app.running_app import RunningApp, Start, text_of, without_keepalive

QUESTION = "What is the price of a ticket?"
GUARDRAIL = ("SITECHAT_GUARDRAIL_ID", "SITECHAT_GUARDRAIL_VERSION")
SEARCH = ("SITECHAT_SEARCH_ENDPOINT", "SITECHAT_SEARCH_INDEX")


def variables_without(aws: LoopbackAws, *names: str) -> dict[str, str]:
    return {name: value for name, value in aws_variables(aws.endpoint).items() if name not in names}


@pytest.fixture
def aws(loopback_aws: LoopbackAws) -> LoopbackAws:
    loopback_aws.script = Script()
    loopback_aws.received.clear()
    return loopback_aws


def answer_outcome(app: RunningApp) -> tuple[object, object]:
    entry = app.logged("answer")
    return entry["level"], entry["outcome"]


def test_without_a_guardrail_it_answers_and_sends_none(aws: LoopbackAws, start: Start) -> None:
    app = start(**variables_without(aws, *GUARDRAIL))
    answer = without_keepalive(app.answer(QUESTION))
    assert text_of(answer) == "Twelve euros."
    assert [name for name, _ in answer] == ["token", "token", "sources", "done"]
    (body,) = aws.bodies("/converse-stream")
    assert "guardrailConfig" not in body
    assert body["messages"][0]["content"] == [
        {"text": f"<passage>\n{HIT['title']} ({HIT['url']})\n{HIT['text']}\n</passage>"},
        {"text": QUESTION},
    ]
    assert app.logged("listening")["off"] == ["guardrail"]


def test_without_search_it_says_so_and_asks_nobody(aws: LoopbackAws, start: Start) -> None:
    app = start(**variables_without(aws, *SEARCH))
    message, done = without_keepalive(app.answer(QUESTION))
    assert (message[0], message[1]["code"], done[0]) == ("message", "search_off", "done")
    assert "Garden {x}" in message[1]["text"]
    assert aws.received == []
    assert app.logged("listening")["off"] == ["search"]
    assert answer_outcome(app) == ("INFO", "search_off")


def test_with_both_nothing_is_off(aws_app: RunningApp) -> None:
    assert aws_app.logged("listening")["off"] == []
