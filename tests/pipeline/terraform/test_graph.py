"""Running layers in parallel."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

from pipeline.terraform import graph
from pipeline.terraform.graph import allowed_workers, run_graph


def test_each_runs_after_all_it_needs() -> None:
    order: list[str] = []

    def task(name: str) -> str:
        order.append(name)
        return name.upper()

    results = run_graph({"c": ("a", "b"), "b": ("a",), "a": ()}, task)
    assert order == ["a", "b", "c"]
    assert results == {"a": "A", "b": "B", "c": "C"}


def test_independent_layers_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)  # passed only when two wait at once
    assert set(run_graph({"a": (), "b": ()}, lambda name: both.wait()).values()) == {0, 1}


def test_a_need_outside_counts_as_done() -> None:
    assert run_graph({"b": ("a",)}, str) == {"b": "b"}


def test_after_a_failure_nothing_new_starts() -> None:
    started: list[str] = []

    def task(name: str) -> None:
        started.append(name)
        raise LookupError(name)

    with pytest.raises(LookupError, match="a"):
        run_graph({"a": (), "b": ("a",), "c": ("b",)}, task)
    assert started == ["a"]


def test_after_a_failure_what_waits_for_a_worker_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only worker is busy with `b` until both that and `c` were told to stop."""
    started: list[str] = []
    asked: list[bool] = []
    both, cancel = threading.Event(), Future.cancel

    def noted(future: Future[None]) -> bool:
        asked.append(cancel(future))
        if len(asked) == 2:
            both.set()
        return asked[-1]

    def task(name: str) -> None:
        started.append(name)
        if name == "a":
            raise LookupError(name)
        assert both.wait(30)

    monkeypatch.setattr(Future, "cancel", noted)
    with pytest.raises(LookupError, match="a"):
        run_graph({"a": (), "b": (), "c": ()}, task, workers=1)
    assert "c" not in started


@pytest.mark.parametrize(
    ("gibibytes", "processors", "workers"),
    [(0.5, 8, 1), (2.5, 8, 2), (64, 1, 2), (64, 2, 3), (64, 64, graph.MOST_WORKERS), (3, None, 2)],
)
def test_as_many_at_once_as_memory_and_processors_allow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gibibytes: float, processors: int | None, workers: int
) -> None:
    memory = tmp_path / "meminfo"
    memory.write_text(f"MemTotal: 1 kB\nMemAvailable:   {int(gibibytes * 2**20)} kB\n")
    monkeypatch.setattr(graph, "_MEMORY", memory)
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert allowed_workers() == workers


def test_where_the_system_does_not_tell_its_free_memory_something_is_assumed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(graph, "_MEMORY", tmp_path / "none")
    assert 1 <= allowed_workers() <= graph.MOST_WORKERS


def test_a_circle_is_an_error() -> None:
    with pytest.raises(ValueError, match="a, b"):
        run_graph({"a": ("b",), "b": ("a",)}, str)
