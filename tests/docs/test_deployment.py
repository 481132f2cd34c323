"""docs/deployment.md with real Terraform on the emulated AWS, up to a pushed image: each command does what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.commands import ROOT, commands

#: What a second copy of the repository doesn't need, or makes for itself.
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "node_modules", ".sitechat", "cdktf.out", "__pycache__", ".*_cache")
#: Commands that end differently here, with the reason.
ENDS = {
    "image push": 3,  # the emulated registry takes no layers
}
#: From here on the way is that of `make demo`, which has a test of its own.
END = "deploy"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the repository with an emulated AWS of its own."""
    folder: Path = tmp_path_factory.mktemp("deployment") / "clone"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    assert sitechat(folder, "local", "up").returncode == 0
    yield folder
    sitechat(folder, "local", "down")


def sitechat(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": str(folder), "SITECHAT_EMULATORS_VENV": str(ROOT / ".venv-emulators")}
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, input=stdin, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_commands_of_the_page_lead_from_nothing_to_a_pushed_image(clone: Path) -> None:
    ran: list[str] = []
    for shown in commands(ROOT / "docs" / "deployment.md"):
        # What is shown for prod needs a delegated zone.
        if not shown.whole or "prod" in shown.words:
            continue
        if shown.words[1] == END:
            break
        name = next((name for name in ENDS if " ".join(shown.words[1:]).startswith(name)), shown.words[1])
        words = ["local" if word == "dev" else word for word in shown.words[1:]]
        finished = sitechat(clone, *words, stdin="correct-horse-battery-staple-0123456789\n")
        assert finished.returncode == ENDS.get(name, 0), f"{shown}\n{finished.stdout}\n{finished.stderr}"
        ran.append(name)
    assert ran[-6:] == ["apply", "secret", "secret", "secret", "image push", "image"]
