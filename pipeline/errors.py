"""What people are told: exit codes, the exception that is shown as a message, counts, and the command that is next."""

from __future__ import annotations

import errno
import re
import shlex
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

# Errors of the system for a full disk, an exhausted quota, and a file too large.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# And for what this user may not do on this machine.
NO_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)


# The emulated AWS ended while something was asked of it: nothing of it is kept, so there is nothing to go on with.
EMULATED_DOWN = "the emulated AWS is down; what was in it is gone"
EMULATED_ANEW = "Start it with `sitechat local up`, then begin anew: `sitechat bootstrap`, `sitechat deploy`."

# Commands with --env, which without it would look at another environment than the one the hint is about.
WITH_ENV = frozenset(
    {
        "alarms",
        "apply",
        "bedrock pause",
        "bedrock resume",
        "bedrock status",
        "bootstrap",
        "ci",
        "cost",
        "deploy",
        "destroy",
        "doctor",
        "drift",
        "exec",
        "history",
        "image push",
        "image status",
        "ingest rollback",
        "ingest run",
        "ingest status",
        "logs",
        "migrate",
        "outputs",
        "plan",
        "recover",
        "release",
        "releases",
        "report",
        "rights",
        "rollback",
        "scan",
        "secret generate",
        "secret set",
        "secret status",
        "show",
        "synth",
        "trace",
    }
)
_SHOWN = re.compile(r"`sitechat ([^`]+)`")


class ExitCode(IntEnum):
    """Exit codes of `sitechat`. Scripts and CI rely on these numbers (docs/exit-codes.md)."""

    OK = 0
    BUG = 1
    USAGE = 2
    MISSING = 3
    GATE = 4
    REFUSED = 5
    FAILED = 6
    LOCKED = 7
    INCOMPLETE = 8
    CHANGES = 10
    INTERRUPTED = 130


class SitechatError(Exception):
    """An error that a person can act on: printed as one message, with `hint` as the next step.

    `options` are those of the hint with which the same command would go on; it is shown whole in front of them. Any
    other exception that leaves a command is a bug, and exits 1.
    """

    def __init__(self, message: str, *, hint: str = "", code: ExitCode, options: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.options = options


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: "1 layer", "2 layers". `nouns` is the plural where an s doesn't make it."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def lock_holder(who: str, operation: str, created: str) -> str:
    """Who holds a lock, what for and since when, from Terraform's own words for it: no type names, no nanoseconds."""
    doing = operation.removeprefix("OperationType").lower()
    since = re.sub(r"[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?: ?Z| \+0000)?( UTC)?$", r" \1 UTC", created)
    return (who or "somebody") + (f" ({doing})" if doing else "") + (f" since {since}" if since else "")


def again(command: str, env_ref: str, *options: str) -> str:
    """A command to type as it stands, for hints: `again("plan", "dev")` is "sitechat plan --env dev".

    `env_ref` is the value of --env as it was given, a name or a file. `options` follow it, and are quoted already.
    """
    return " ".join(["sitechat", command, "--env", shlex.quote(env_ref), *options])


def with_environment(text: str, env_ref: str) -> str:
    """A text whose commands (`sitechat ...`) carry an environment: `env_ref`, a name or a file, where they name none.

    A file's environment is known by its file alone: its name would lead to a file that isn't there.
    """

    def completed(shown: re.Match[str]) -> str:
        words = shown[1]
        if not takes_environment(words.split()):
            return shown[0]
        if "--env" not in words:
            return f"`sitechat {words} --env {shlex.quote(env_ref)}`"
        if not re.fullmatch(r"[\w-]+", env_ref):
            words = re.sub(rf"--env {re.escape(Path(env_ref).stem)}(?=\s|$)", f"--env {shlex.quote(env_ref)}", words)
        return f"`sitechat {words}`"

    return _SHOWN.sub(completed, text)


def takes_environment(words: Sequence[str]) -> bool:
    """Whether a command line, given as its words, is of a command with --env."""
    return bool(words) and (words[0] in WITH_ENV or " ".join(words[:2]) in WITH_ENV)
