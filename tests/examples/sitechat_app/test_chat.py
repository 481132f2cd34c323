"""The chat endpoint, over HTTP."""

from __future__ import annotations

import json

import pytest

from examples.sitechat_app.chat import MAX_BODY_BYTES, MAX_QUESTION_CHARS, MAX_STREAMS
from tests.examples.sitechat_app.loopback_aws import LoopbackAws
from tests.examples.sitechat_app.running_app import KEEPALIVE, RunningApp, Start, events, text_of, without_keepalive


def test_answers_with_tokens_then_sources_then_done(local_app: RunningApp) -> None:
    answer = without_keepalive(local_app.answer("How much is a season pass?"))
    names = [name for name, _ in answer]
    assert "Season passes cost 45 euros" in text_of(answer)
    assert names == ["token"] * (len(names) - 2) + ["sources", "done"]
    assert answer[-2][1]["sources"][0] == {
        "title": "Tickets and prices",
        "url": "https://garden.example/visit/tickets",
    }


def test_stream_headers_forbid_caching_and_buffering(local_app: RunningApp) -> None:
    response = local_app.ask("Are dogs allowed?")
    assert response.getheader("content-type", "").startswith("text/event-stream")
    assert response.getheader("cache-control") == "no-store"
    assert response.getheader("x-accel-buffering") == "no"
    response.read()


def test_request_id_is_the_same_in_header_and_events(local_app: RunningApp) -> None:
    response = local_app.ask("Are dogs allowed?")
    last = list(events(response))[-1]
    assert last[1]["request_id"] == response.getheader("x-request-id")


def test_nothing_found_is_a_message_without_sources(local_app: RunningApp) -> None:
    answer = without_keepalive(local_app.answer("Quantum chromodynamics?"))
    assert [name for name, _ in answer] == ["message", "done"]
    assert answer[0][1]["code"] == "nothing_found"


def test_conversation_goes_on_under_its_id(local_app: RunningApp) -> None:
    first = local_app.answer("Are dogs allowed?")[-1][1]["conversation_id"]
    second = local_app.answer("When is it open?", conversation_id=first)[-1][1]["conversation_id"]
    assert second == first


def test_keepalives_come_before_the_first_token(start: Start) -> None:
    app = start(
        SITECHAT_MODE="local",
        SITECHAT_KEEPALIVE_SECONDS="0.05",
        SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="2",
        SITECHAT_LOCAL_TOKEN_SECONDS="0",
    )
    names = [name for name, _ in app.answer("Are dogs allowed?")]
    assert names[:3] == [KEEPALIVE] * 3
    assert "token" in names


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "json"),
        ("{", 400, "json"),
        ("[" * 10_000, 400, "json"),
        (b"\xff\xfe", 400, "json"),
        ("[]", 400, "fields"),
        ('{"question": "hours", "model": "mine"}', 400, "fields"),
        ("{}", 400, "question"),
        ('{"question": 7}', 400, "question"),
        ('{"question": "  "}', 400, "question"),
        (json.dumps({"question": "x" * (MAX_QUESTION_CHARS + 1)}), 400, "question"),
        ('{"question": "half \\ud800"}', 400, "question"),
        ('{"question": "hours", "conversation_id": 7}', 400, "conversation_id"),
        ('{"question": "hours", "conversation_id": "made.up"}', 400, "conversation_id"),
        ('{"question": "hours", "conversation_id": "\\u00e9"}', 400, "conversation_id"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "body_size"),
    ],
)
def test_refuses_bad_input(local_app: RunningApp, body: str | bytes, status: int, code: str) -> None:
    response = local_app.request("POST", "/api/chat", body, content_type="application/json")
    assert response.status == status
    assert json.loads(response.read())["error"]["code"] == code


def test_accepts_the_longest_question(local_app: RunningApp) -> None:
    assert local_app.answer("hours ".ljust(MAX_QUESTION_CHARS, "x"))[-1][0] == "done"


def test_refuses_other_content_types(local_app: RunningApp) -> None:
    response = local_app.request("POST", "/api/chat", '{"question": "hours"}', content_type="text/plain")
    assert response.status == 415
    assert json.loads(response.read())["error"]["code"] == "content_type"


def test_a_client_that_leaves_ends_its_stream(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0", SITECHAT_LOCAL_TOKEN_SECONDS="60")
    response = app.ask("Are dogs allowed?")
    assert next(name for name, _ in events(response) if name == "token")
    response.close()
    assert app.stop() == 0
    assert [entry["outcome"] for entry in app.logs if entry["message"] == "answer"] == ["abandoned"]


def test_an_unforeseen_failure_is_told_and_logged(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.embedding = {"vector": "of another model"}
    (error,) = without_keepalive(aws_app.answer("Are dogs allowed?"))
    assert (error[0], error[1]["code"]) == ("error", "internal")
    logged = aws_app.logged("answer failed", request_id=error[1]["request_id"])
    assert (logged["level"], logged["exception"]) == ("ERROR", "KeyError")


def test_too_many_streams_are_refused_and_health_still_answers(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="600")
    running = [app.ask("Are dogs allowed?") for _ in range(MAX_STREAMS)]
    # The first keep-alive shows that a stream has begun and is counted.
    assert [next(events(response))[0] for response in running] == [KEEPALIVE] * MAX_STREAMS
    refused = app.ask("Are dogs allowed?")
    assert (refused.status, json.loads(refused.read())["error"]["code"]) == (503, "busy")
    assert app.request("GET", "/health").status == 200
