"""Running layers in parallel."""

from __future__ import annotations

import threading

import pytest

from pipeline.terraform.graph import run_graph


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


def test_a_circle_is_an_error() -> None:
    with pytest.raises(ValueError, match="a, b"):
        run_graph({"a": ("b",), "b": ("a",)}, str)
