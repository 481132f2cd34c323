"""Changes to the class that runs Node, on a fake class that records its calls."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from fast_bindings.kernel import patch
from fast_bindings.names import HOOK

MAIN = threading.current_thread().name


@dataclass(frozen=True)
class Load:
    name: str


@dataclass(frozen=True)
class Loaded:
    assembly: str
    types: int


class Process:
    """The three methods of jsii's class. ``gate`` holds the answer of Node back."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.threads: set[str] = set()
        self.gate = threading.Event()

    def start(self) -> None:
        self.events.append(f"start {str(HOOK) in os.environ.get('NODE_OPTIONS', '')}")
        self.handshake()

    def handshake(self) -> None:
        self._answer("handshake")

    def send(self, request: Any, response_type: type) -> Any:
        self._answer(str(request))
        if request == Load("broken"):
            raise RuntimeError("cannot load")
        return f"answer to {request}"

    def _answer(self, event: str) -> None:
        self.gate.wait()
        self.events.append(event)
        self.threads.add(threading.current_thread().name)


@pytest.fixture
def process() -> Process:
    """A patched process; preparing is written down as well."""
    patched = type("Patched", (Process,), {name: vars(Process)[name] for name in ("start", "handshake", "send")})
    made: Process = patched()
    module = SimpleNamespace(_NodeProcess=patched, LoadRequest=Load, LoadResponse=Loaded)
    patch(module, prepare=lambda: made.events.append("prepare"))
    return made


def test_python_goes_on_while_node_starts_and_loads(process: Process) -> None:
    process.start()
    assert process.send(Load("constructs"), Loaded) == Loaded("constructs", 0)
    assert process.events == ["prepare", "start True"]
    process.gate.set()


def test_a_request_waits_and_keeps_the_order(process: Process) -> None:
    process.start()
    process.send(Load("constructs"), Loaded)
    process.send(Load("cdktf"), Loaded)
    process.gate.set()
    assert process.send("create", str) == "answer to create"
    loads = [str(Load("constructs")), str(Load("cdktf"))]
    assert process.events == ["prepare", "start True", "handshake", *loads, "create"]
    assert MAIN in process.threads


def test_an_error_of_the_load_is_raised_by_the_next_request_once(process: Process) -> None:
    process.gate.set()
    process.start()
    process.send(Load("broken"), Loaded)
    with pytest.raises(RuntimeError, match="cannot load"):
        process.send("create", str)
    assert process.send("create", str) == "answer to create"


def test_the_environment_is_put_back_at_once(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    process.start()
    assert os.environ["NODE_OPTIONS"] == "--no-warnings"
    process.gate.set()
