"""Fixtures of the pipeline's fast tests."""

from __future__ import annotations

import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws import Endpoint, redirect_variables, start, stop
from pipeline import cli
from pipeline.synth import cache
from pipeline.synth import run as synthesis
from pipeline.synth.layers import Synthesis
from tests.pipeline import samples
from tests.pipeline.operations.support import Account, Ran, Run
from tests.support import shared

FakeTool = Callable[..., Path]
NUMBERS = itertools.count(1)


@pytest.fixture
def pair(tmp_path: Path) -> Synthesis:
    """Two layers, the second reading the first."""
    return samples.synthesis(tmp_path / "synth")


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """No synthesis of these tests is kept in this checkout's cache, or taken from it."""
    monkeypatch.setenv(cache.SWITCH, "0")


@pytest.fixture
def synthesised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every command the synthesis of dev, made once per run, whatever its environment is.

    For tests of what a command does with a synthesis; that it is the environment's own is tested in synth/test_run.py.
    """
    monkeypatch.setattr(synthesis, "synthesise", lambda env, out=None, *, env_ref: shared.synthesis("dev"))


@pytest.fixture
def fake_tool(tmp_path: Path) -> FakeTool:
    """A function that makes an executable in place of a real tool: `fake_tool("terraform", "echo hello")`."""

    def make(name: str, script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder: Path = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture
def account(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A new environment in the emulated account; this process gets the account's credentials."""
    variables = redirect_variables(endpoint, dict(os.environ))
    for name in set(os.environ) - set(variables):
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / f"trial{next(NUMBERS)}.toml"
    file.write_text(f'account_id = "{endpoint.account_id}"\n')
    return Account(file, endpoint)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `sitechat` with these arguments and this standard input."""

    def run_it(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main([str(each) for each in arguments])
        printed = capfd.readouterr()
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run_it
