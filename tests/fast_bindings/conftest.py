"""Runs Python in separate processes: the tested code acts at the first import, once per process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without the variables that are tested, and with the changes."""
    tested = ("SITECHAT_", "JSII_", "NODE_OPTIONS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(tested)}
    return {**kept, "PYTHONPATH": str(REPO), **changes}


@pytest.fixture
def run() -> Run:
    """Run ``python ARGUMENTS``, with environment variables given by keyword; it has to exit with ``code``."""

    def run_python(*arguments: str, code: int = 0, cwd: Path = REPO, **changes: str) -> Result:
        command = [sys.executable, *arguments]
        result = subprocess.run(command, cwd=cwd, env=environment(**changes), capture_output=True, text=True)
        assert result.returncode == code, result.stdout + result.stderr
        return result

    return run_python
