"""Git's answers about this checkout: its commit, and the commits since another one."""

from __future__ import annotations

import re
import subprocess

from pipeline.work import repo_root

# A file system that hangs keeps a command for this long.
_SECONDS = 30


def current_commit() -> str:
    """The checked-out git commit, with "+" when tracked files differ from it; empty outside a repository."""
    head = _git("rev-parse", "HEAD") or ""
    return head + ("+" if head and _git("status", "--porcelain", "--untracked-files=no") else "")


def commits_since(commit: str, limit: int) -> tuple[str, ...] | None:
    """Commits of this checkout that `commit` doesn't have, as "abc1234 subject", the newest first, at most `limit`.

    None where git can't tell: there is no git, or it doesn't know the commit.
    """
    if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        return None
    found = _git("log", "--oneline", "--no-decorate", f"--max-count={limit}", f"{commit}..HEAD")
    return None if found is None else tuple(found.splitlines())


def is_ahead(commit: str) -> bool:
    """Whether `commit` has commits that this checkout lacks: it stands at an older one, or on another branch."""
    return bool(_git("log", "--oneline", "--max-count=1", f"HEAD..{commit}"))


def _git(*arguments: str) -> str | None:
    """What git prints; None where it fails or isn't there."""
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=repo_root(), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout.strip() if result.returncode == 0 else None
