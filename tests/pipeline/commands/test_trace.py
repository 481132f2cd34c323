"""`sitechat trace` keeps the road for the report, and neither question nor answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

import local_aws
from pipeline.commands import trace as command
from pipeline.operations.spans import TraceSpan
from pipeline.operations.trace import Trace, TraceStep
from pipeline.report.kept_road import kept_road
from pipeline.work import Work

STEP = TraceStep("waf", "web ACL site", "rule rate blocks: 403", 1.5, refused=True)
ENDPOINT = local_aws.Endpoint("http://127.0.0.1:1", "123456789012", "us-east-1", (1,), "", "run")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    work = Work(tmp_path, run="a1")
    monkeypatch.setattr("pipeline.aws.emulated.running_emulated_aws", lambda: ENDPOINT)
    monkeypatch.setattr("pipeline.bundle.kept.work_folder", lambda env: work)
    return work


def test_spans_are_printed_as_a_tree_and_kept(
    work: Work, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spans = (
        TraceSpan("POST /api/chat", 0, 0.0, 350.2, "UNSET", ("http.response.status_code=200",)),
        TraceSpan("retrieve", 1, 12.5, 35.0, "ERROR search_503"),
    )
    trace = Trace(200, (("done", "{}"),), (STEP,), "", "r", "ab" * 16, awaited=True, spans=spans)
    monkeypatch.setattr("pipeline.operations.trace.trace_question", lambda endpoint, question: trace)
    command.command("the question", env="local")
    lines = capsys.readouterr().out.splitlines()
    shown = lines[lines.index(f"spans of trace {'ab' * 16}") + 1 :][:2]
    assert [" ".join(line.split()) for line in shown] == [
        "0.0 ms 350.2 ms POST /api/chat UNSET http.response.status_code=200",
        "12.5 ms 35.0 ms retrieve ERROR search_503",
    ]
    assert shown[1].index("retrieve") == shown[0].index("POST") + 2
    found = kept_road(work, "local")
    assert found is not None
    assert [(each.name, each.depth, each.failed) for each in found.spans] == [
        ("POST /api/chat", 0, False),
        ("retrieve", 1, True),
    ]
    command.command("the question", env="local", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["trace_id"], [each["name"] for each in told["spans"]]) == ("ab" * 16, ["POST /api/chat", "retrieve"])


def test_spans_that_did_not_come_are_told_with_what_refused_them(
    work: Work, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late = (TraceStep("traces", "X-Ray's OTLP endpoint", "refused: no destination", 2500.0, refused=True),)
    trace = Trace(200, (("done", "{}"),), (STEP,), "", "r", "ab" * 16, awaited=True, late=late)
    monkeypatch.setattr("pipeline.operations.trace.trace_question", lambda endpoint, question: trace)
    command.command("the question", env="local")
    shown = capsys.readouterr().out
    assert "X-Ray's OTLP endpoint: refused: no destination" in shown
    assert "none came in time" in shown


def answered(monkeypatch: pytest.MonkeyPatch, *events: tuple[str, str]) -> None:
    trace = Trace(200, events, (STEP,), "the answer")
    monkeypatch.setattr("pipeline.operations.trace.trace_question", lambda endpoint, question: trace)


def test_a_road_is_kept_and_printed(
    work: Work, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(monkeypatch, ("token", '{"text": "the answer"}'), ("done", "{}"))
    command.command("the question", env="local", as_json=True)
    (step,) = json.loads(capsys.readouterr().out)["road"]
    found = kept_road(work, "local")
    assert found is not None
    assert (found.status, found.ended) == (200, "done")
    assert found.steps[0].refused is step["refused"] is True
    kept = work.road("local").read_text()
    assert "the answer" not in kept
    assert "the question" not in kept


def test_the_road_of_an_answer_that_failed_is_kept_as_well(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    answered(monkeypatch)
    with pytest.raises(typer.Exit):
        command.command("the question", env="local")
    found = kept_road(work, "local")
    assert found is not None
    assert found.ended == ""
