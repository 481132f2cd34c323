"""What the probe asks and writes, against a server that speaks TLS."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import asdict, replace

import pytest

from config.application_metrics import PROBE_HEADER, PROBE_METRICS
from constructs_lib.observability.probe_lambda import handler
from constructs_lib.observability.probe_lambda.handler import LATE_SECONDS, SCHEDULED, Probe, Result, ask, handle, line
from examples.sitechat_app import chat
from local_aws.traffic.metrics.embedded import embedded_metrics
from tests.support.tasks_over_tls import NAME, Tasks

PROBE = Probe(NAME, "What is this?", "sitechat-app", 20.0)


@pytest.fixture(autouse=True)
def _led(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's name leads to the server, as by DNS."""
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, *given: connect(("127.0.0.1", tasks.server_port), *given)
    )


def test_an_answered_question_has_its_times(tasks: Tasks) -> None:
    result = ask(PROBE)
    assert (result.answered, result.words) == (True, "answered")
    assert result.first_token_ms is not None
    assert result.latency_ms is not None
    assert 0 <= result.first_token_ms <= result.latency_ms
    ((method, path, host, body),) = tasks.seen
    assert (method, path, host, json.loads(body)) == ("POST", "/api/chat", NAME, {"question": PROBE.question})
    assert tasks.named == [NAME]
    (headers,) = tasks.headers
    assert (headers[PROBE_HEADER], headers["User-Agent"]) == ("1", handler.USER_AGENT)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b'event: error\ndata: {"code": "model_busy"}\n\n', "the answer ended with the error model_busy"),
        (b'event: token\ndata: {"text": "Of"}\n\n', "the answer was cut: it ended with neither done nor error"),
        (b"event: done\ndata: nothing\n\n", "the answer's event done can't be read"),
        (b"", "the answer was cut: it ended with neither done nor error"),
    ],
)
def test_an_answer_that_no_visitor_could_use_is_none(tasks: Tasks, answer: bytes, told: str) -> None:
    tasks.answer = (answer,)
    result = ask(PROBE)
    assert (result.answered, result.words, result.latency_ms) == (False, told, None)


def test_a_message_in_place_of_an_answer_is_one(tasks: Tasks) -> None:
    tasks.answer = (b'event: message\ndata: {"code": "paused", "text": "x"}\n\nevent: done\ndata: {}\n\n',)
    result = ask(PROBE)
    assert (result.answered, result.first_token_ms) == (True, None)


def test_a_refusal_is_told(tasks: Tasks) -> None:
    tasks.status = 503
    assert ask(PROBE).words == "the question was answered 503 instead of 200"


def test_an_answer_that_doesn_t_end_is_given_up(tasks: Tasks) -> None:
    tasks.answer = (b": keep-alive\n\n",)
    tasks.silent.clear()
    result = ask(replace(PROBE, seconds=0.3))
    assert not result.answered
    assert "timed out" in result.words or "took too long" in result.words


@pytest.mark.parametrize("trickle", [b"X-More: 1\r\n", b"\r\n: a line", b": without an end"])
def test_a_site_that_trickles_is_given_up(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], trickle: bytes
) -> None:
    """Each read gets something in its time: headers without an end, and a line without one."""
    tasks.trickle = trickle
    monkeypatch.setenv(handler.VARIABLE, json.dumps(asdict(replace(PROBE, seconds=0.5))))
    assert handle({}, None) == {"answered": False, "words": "the answer took too long"}
    (only,) = embedded_metrics(capsys.readouterr().out.encode())
    assert (only.name, only.values) == ("ProbeAnswered", (0,))


def test_a_name_that_nobody_resolves_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()
    monkeypatch.setattr(socket, "create_connection", lambda *_: asked.wait(30))
    assert ask(replace(PROBE, seconds=0.2)) == Result(False, "the answer took too long")
    asked.set()


def test_first_words_are_told_of_an_answer_that_was_given_up(tasks: Tasks) -> None:
    tasks.answer = (b'event: token\ndata: {"text": "Of"}\n\n',)
    tasks.silent.clear()
    result = ask(replace(PROBE, seconds=0.5))
    assert not result.answered
    assert result.first_token_ms is not None


def test_whatever_fails_is_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("x" * 1000)

    monkeypatch.setattr(socket, "create_connection", fail)
    assert ask(PROBE) == Result(False, "x" * 200)


def test_a_certificate_of_another_name_is_no_answer(tasks: Tasks) -> None:
    result = ask(Probe("other.example.com", PROBE.question, PROBE.namespace, 20.0))
    assert not result.answered
    assert "certificate" in result.words


def test_the_handler_writes_one_line_of_metrics(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(handler.VARIABLE, json.dumps(asdict(PROBE)))
    assert handle({}, None) == {"answered": True, "words": "answered"}
    (written,) = capsys.readouterr().out.splitlines()
    found = {each.name: each for each in embedded_metrics(written.encode())}
    assert {name: each.unit for name, each in found.items()} == {each.name: each.unit for each in PROBE_METRICS}
    assert {(each.namespace, tuple(each.dimensions)) for each in found.values()} == {("sitechat-app", ())}
    assert found["ProbeAnswered"].values == (1,)


def test_its_time_is_that_of_the_question(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In milliseconds: an answer that takes a minute would fall into the next period otherwise."""
    now = [1_700_000_000.25]

    def answer(_: Probe) -> Result:
        now[0] += 50
        return Result(True, "answered")

    monkeypatch.setenv(handler.VARIABLE, json.dumps(asdict(PROBE)))
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(handler, "ask", answer)
    handle({}, None)
    assert json.loads(capsys.readouterr().out)["_aws"]["Timestamp"] == 1_700_000_000_250


@pytest.mark.parametrize(("late", "asked"), [(LATE_SECONDS, 1), (LATE_SECONDS + 1, 0)])
def test_a_question_is_asked_in_time_or_never(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], late: int, asked: int
) -> None:
    monkeypatch.setenv(handler.VARIABLE, json.dumps(asdict(PROBE)))
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0 + late)
    handle({SCHEDULED: "2023-11-14T22:13:20Z"}, None)
    assert len(tasks.seen) == asked
    written = capsys.readouterr().out
    assert (f"not asked: the call came {late} seconds late" in written) is not bool(asked)
    assert len(embedded_metrics(written.encode())) == (len(PROBE_METRICS) if asked else 0)


def test_a_failure_has_no_times(tasks: Tasks) -> None:
    tasks.status = 500
    (only,) = embedded_metrics(json.dumps(line("n", ask(PROBE), 1.0)).encode())
    assert (only.name, only.values) == ("ProbeAnswered", (0,))


def test_the_application_knows_its_header() -> None:
    assert handler.HEADER == PROBE_HEADER == chat.PROBE_HEADER
