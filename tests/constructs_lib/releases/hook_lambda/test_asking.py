"""What new tasks are asked, against a server that speaks TLS."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.releases.hook_lambda import asking, inner
from constructs_lib.releases.hook_lambda.asking import TRIES, Asked, RefusedError, ask
from tests.support.tasks_over_tls import DONE, NAME, Tasks


def asked(tasks: Tasks, **changes: Any) -> Asked:
    settings = {"address": "127.0.0.1", "port": tasks.server_port, "name": NAME, "health_path": "/health"}
    return Asked(**{**settings, "question": "What is this?", "sources": True, "seconds": 20.0, **changes})


def refusal(tasks: Tasks, **changes: Any) -> str:
    with pytest.raises(RefusedError) as caught:
        ask(asked(tasks, **changes), pause_seconds=0)
    return str(caught.value)


def test_tasks_that_answer_pass(tasks: Tasks) -> None:
    assert ask(asked(tasks)) == [
        "/health answered 200, under a valid certificate of chat.example.com",
        "the question was answered, with 1 sources",
    ]
    (health, question) = tasks.seen
    assert health == ("GET", "/health", NAME, b"")
    assert question[:3] == ("POST", "/api/chat", NAME)
    assert json.loads(question[3]) == {"question": "What is this?"}
    assert tasks.named == [NAME, NAME]


def test_a_certificate_of_another_name_is_refused(tasks: Tasks) -> None:
    told = refusal(tasks, name="other.example.com")
    assert told.startswith("the certificate is not one of other.example.com: ")
    assert "mismatch" in told
    assert tasks.seen == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert refusal(tasks).startswith(f"the certificate is not one of {NAME}: ")


def test_a_health_check_that_fails_for_a_moment_is_asked_again(tasks: Tasks) -> None:
    tasks.health = [503, 503, 200]
    assert ask(asked(tasks), pause_seconds=0)[0].startswith("/health answered 200")
    assert [seen[1] for seen in tasks.seen] == ["/health"] * 3 + ["/api/chat"]


def test_a_health_check_that_keeps_failing_ends_the_test(tasks: Tasks) -> None:
    tasks.health = [502]
    assert refusal(tasks) == "/health answered 502 instead of 200"
    assert len(tasks.seen) == TRIES


def test_tasks_that_are_not_healthy_in_time(tasks: Tasks) -> None:
    tasks.health = [502]
    with pytest.raises(RefusedError, match="wasn't answered: no time is left"):
        ask(asked(tasks, seconds=0.2), pause_seconds=1)


def test_nobody_who_listens(tasks: Tasks) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        told = refusal(tasks, port=unused.getsockname()[1])
    assert told.startswith("/health wasn't answered: ")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (DONE.replace(b'{"title": "t", "url": "u"}', b""), "the answer has no sources"),
        (
            b'event: message\ndata: {"code": "nothing_found", "text": "x"}\n\nevent: done\ndata: {}\n\n',
            "the answer has no sources: the answer was the message nothing_found",
        ),
        (b'event: error\ndata: {"code": "model_busy"}\n\n', "the question was answered with the error model_busy"),
        (b'event: token\ndata: {"text": "Of"}\n\n', "the answer was cut: it ended with neither done nor error"),
        (b"event: done\ndata: nothing\n\n", "the answer's event done can't be read"),
        (b"event: done\ndata: [1]\n\n", "the answer's event done can't be read"),
    ],
)
def test_an_answer_that_no_visitor_should_get(tasks: Tasks, answer: bytes, told: str) -> None:
    tasks.answer = (answer,)
    assert refusal(tasks) == told


def test_a_refused_question(tasks: Tasks) -> None:
    tasks.status = 500
    assert refusal(tasks) == "the question was answered 500 instead of 200"


def test_without_search_no_sources_are_asked_for(tasks: Tasks) -> None:
    tasks.answer = (b'event: message\ndata: {"code": "search_off"}\n\nevent: done\ndata: {}\n\n',)
    assert ask(asked(tasks, sources=False))[1] == "the question was answered, with 0 sources"


def test_keep_alives_do_not_stretch_the_time(tasks: Tasks) -> None:
    tasks.silent.clear()
    tasks.answer = (b": keep-alive\n\n",)
    assert refusal(tasks, seconds=0.5).startswith("the question wasn't answered: ")


@pytest.mark.parametrize(
    "revisions",
    [
        ["app:7", "app:7", "app:8"],  # the health path is answered by old tasks
        ["app:8", "app:7", "app:8"],  # the question is
    ],
)
def test_answers_of_old_tasks_are_waited_out(tasks: Tasks, revisions: list[str]) -> None:
    tasks.revisions = revisions
    told = ask(asked(tasks, revision="app:8"), pause_seconds=0)
    assert told[0] == "/health answered 200 by app:8, under a valid certificate of chat.example.com"
    assert len(tasks.seen) == 4


def test_a_listener_that_never_leaves_the_old_tasks_ends_the_test(tasks: Tasks) -> None:
    tasks.revisions = ["app:7"]
    told = refusal(tasks, revision="app:8", seconds=0.4)
    assert told == "the listener for tests still leads to tasks of app:7, not to those of app:8"


@pytest.mark.parametrize(("said", "expected"), [("", "app:8"), ("app:7", "")])
def test_tasks_that_say_no_revision_and_a_test_that_knows_none_wait_for_nothing(
    tasks: Tasks, said: str, expected: str
) -> None:
    tasks.revisions = [said]
    assert ask(asked(tasks, revision=expected))[0].startswith("/health answered 200")
    assert len(tasks.seen) == 2


def _configure(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"address": "127.0.0.1", "port": tasks.server_port, "name": NAME, "health_path": "/health"}
    settings |= {"question": "What is this?", "sources": True, "seconds": 20}
    monkeypatch.setattr(asking, "PAUSE_SECONDS", 0)
    monkeypatch.setenv(inner.VARIABLE, json.dumps(settings))


def test_the_function_tells_its_caller(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configure(tasks, monkeypatch)
    assert inner.handle({}, None)["passed"] is True
    tasks.revisions = ["app:7", "app:8"]
    assert "by app:8" in inner.handle({"revision": "app:8"}, None)["words"][0]
    tasks.status = 503
    told = inner.handle({}, None)
    words = ["the question was answered 503 instead of 200"]
    assert told == {"passed": False, "words": words, "hookStatus": "FAILED"}
    assert capsys.readouterr().out == ""


def test_ecs_reads_the_status_and_whoever_released_the_log(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _configure(tasks, monkeypatch)
    # What ECS sends at this stage ("Lambda hooks for Amazon ECS service deployments", its developer guide).
    revision = "arn:aws:ecs:us-east-1:111111111111:service-revision/main/app/1"
    weights: dict[str, int] = {}
    details = {"targetServiceRevisionArn": revision, "testTrafficWeights": weights, "productionTrafficWeights": weights}
    event = {"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT", "executionDetails": details}
    assert inner.handle(event, None)["hookStatus"] == "SUCCEEDED"
    tasks.status = 503
    assert inner.handle(event, None)["hookStatus"] == "FAILED"
    passed, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (passed["status"], passed["revision"]) == ("Succeeded", revision)
    assert failed == {
        "message": "release test",
        "revision": revision,
        "status": "Failed",
        "words": ["the question was answered 503 instead of 200"],
    }
