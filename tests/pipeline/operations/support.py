"""Helpers for tests of operations: an account, a fake Docker's log, a git repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from local_aws import Endpoint

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
TOKEN = "123456789012-auth-token"  # the emulator's token
DIGEST = r"sha256:[0-9a-f]{64}"


@dataclass(frozen=True)
class Ran:
    """Output and exit code of a command."""

    code: int
    out: str
    err: str


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


@dataclass(frozen=True)
class Docker:
    """Calls recorded by the fake client."""

    log: Path

    @property
    def calls(self) -> list[tuple[list[str], str]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(call["arguments"], call["stdin"]) for call in map(json.loads, lines)]

    def call(self, name: str) -> tuple[list[str], str]:
        (found,) = [call for call in self.calls if " ".join(call[0]).startswith(name)]
        return found


Run = Callable[..., Ran]
Push = Callable[..., Ran]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "a change")
