"""Real Terraform on the emulated AWS: everything of the probe applies, re-plans empty and can be destroyed."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import apply_environment, start, stop

PROBE = Path(__file__).parent
TERRAFORM = os.environ.get("SITECHAT_TERRAFORM", "terraform")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    base = {name: value for name, value in os.environ.items() if name != "TF_CLI_CONFIG_FILE"}
    yield apply_environment(start(tmp_path / "local"), base)
    stop(tmp_path / "local")


def terraform(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TERRAFORM, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_everything_applies_replans_empty_and_goes(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = tmp_path / "probe"
    shutil.copytree(PROBE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    with zipfile.ZipFile(folder / "worker.zip", "w") as archive:
        archive.writestr("worker.py", "def handler(event, context):\n    return event\n")
    mirror = os.environ.get("SITECHAT_PROVIDER_MIRROR")
    made = terraform(folder, environment, "init", *([f"-plugin-dir={mirror}"] if mirror else []))
    assert made.returncode == 0, made.stderr

    applied = terraform(folder, environment, "apply", "-auto-approve", "-parallelism=30")
    assert applied.returncode == 0, applied.stderr
    again = terraform(folder, environment, "plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr
    destroyed = terraform(folder, environment, "destroy", "-auto-approve", "-parallelism=30")
    assert destroyed.returncode == 0, destroyed.stderr
    assert terraform(folder, environment, "state", "list").stdout == ""
