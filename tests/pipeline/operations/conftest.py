"""Environments of an account that the emulated AWS plays: the commands take them for real ones."""

from __future__ import annotations

import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import Endpoint, apply_environment, start, stop
from pipeline import cli

NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Ran:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Account:
    """An environment file and clients of the account it names."""

    file: Path
    endpoint: Endpoint

    @property
    def env(self) -> str:
        return self.file.stem

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint.url,
            region_name="us-east-1",
            aws_access_key_id=self.endpoint.account_id,
            aws_secret_access_key="emulated",
        )


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder: Path = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture
def account(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A new environment of the emulated account; this process has the credentials of that account."""
    variables = apply_environment(endpoint, dict(os.environ))
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
