"""What `sitechat` takes before a command: `--version`, the release of this checkout and the commit it stands at."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).resolve().parents[2]
# A file system that hangs may not keep an answer about the version.
GIT_SECONDS = 5


def version_text(root: Path = ROOT) -> str:
    """Such as "sitechat 0.1.0 (commit 9d4a0e5)"; without git, or outside a clone, the release alone.

    Changes that are not committed are told: the commit is then not the whole truth.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commit = _git(root, "rev-parse", "--short", "HEAD")
    if not commit:
        return f"sitechat {project['version']}"
    changed = ", with uncommitted changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else ""
    return f"sitechat {project['version']} (commit {commit}{changed})"


def _git(root: Path, *words: str) -> str:
    """What git prints; empty where there is no git, or `root` is no clone of its own."""
    if not (root / ".git").exists():
        return ""
    try:
        ran = subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""


def _print(asked: bool) -> None:
    if asked:
        print(version_text())
        raise typer.Exit


def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print, is_eager=True, help="Print release and commit of this checkout."),
    ] = False,
) -> None:
    """Synthesise, scan, plan and apply a SiteChat environment."""
