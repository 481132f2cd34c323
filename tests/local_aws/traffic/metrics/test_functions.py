"""Log lines of functions: each is read once, of functions that are told a namespace."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from local_aws.traffic.metrics import functions
from local_aws.traffic.metrics.functions import FunctionLines

GROUP = "/app/probe"


class Clients:
    """Functions and events as ministack lists them, without ids; `events` grows."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.region = "us-east-1"

    def client(self, service: str) -> Any:
        return self

    async def ask(self, name: str, question: Any) -> Any:
        return question()

    async def ask_anew(self, name: str, question: Any) -> Any:
        return question()

    def get_paginator(self, name: str) -> Any:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        told = {"Variables": {"PROBE": json.dumps({"namespace": "app"})}}
        listed = [
            {"LoggingConfig": {"LogGroup": GROUP}, "Environment": told},
            {"LoggingConfig": {"LogGroup": "/app/hook"}, "Environment": {"Variables": {"RELEASE_HOOK": "{}"}}},
            {},
        ]
        return [{"Functions": [each]} for each in listed]

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked["logGroupName"])
        return {"events": [each for each in self.events if each["timestamp"] >= asked["startTime"]]}

    def log(self, at: int, message: str) -> None:
        self.events.append({"timestamp": at, "message": message})


def test_each_line_is_read_once_of_functions_that_write_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_APART_SECONDS", 0.0)
    clients, read = Clients(), list[tuple[str, bytes]]()
    lines = FunctionLines(clients, lambda region, line: read.append((region, line)))  # type: ignore[arg-type]

    def looked() -> list[bytes]:
        read.clear()
        asyncio.run(lines.tick())
        return [line for _, line in read]

    clients.log(1, "a")
    assert looked() == [b"a"]
    assert looked() == []
    clients.log(1, "b")  # of the same millisecond
    clients.log(2, "c")
    assert looked() == [b"b", b"c"]
    clients.log(2, "d")
    assert looked() == [b"d"]
    assert looked() == []
    assert set(clients.asked) == {GROUP}


def test_a_look_too_soon_asks_nothing() -> None:
    clients = Clients()
    lines = FunctionLines(clients, lambda region, line: None)  # type: ignore[arg-type]
    asyncio.run(lines.tick())
    asyncio.run(lines.tick())
    assert clients.asked == [GROUP]
