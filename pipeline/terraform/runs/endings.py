"""How a Terraform process ended, from its exit status, or from its log where nobody was left to see that."""

from __future__ import annotations

import os
import re
import signal
import tempfile
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from pipeline.errors import DISK_FULL
from pipeline.terraform.failures import UNSTORED, condensed_errors
from pipeline.terraform.runs.log_text import hide_secrets, rewrite_log
from pipeline.terraform.runs.record import KeptProcess

# What Terraform prints last when a command has done its work, and the exit status that goes with it.
_DONE = (
    (re.compile(r"^Apply complete! .*$", re.MULTILINE), 0),
    (re.compile(r"^No changes\. .*$", re.MULTILINE), 0),
    (re.compile(r"^Plan: .*$", re.MULTILINE), 2),
    (re.compile(r"^Import successful!", re.MULTILINE), 0),
    (re.compile(r"^Terraform has been successfully initialized!", re.MULTILINE), 0),
    (re.compile(r"^Terraform state has been successfully unlocked!", re.MULTILINE), 0),
)
# Longest outcome, in characters; the log has all of it.
WIDTH = 200
# Bytes that a log needs at least for an error.
ROOM_BYTES = 16 * 1024
NOT_BEGUN = "it had not begun"


class Ending(StrEnum):
    """Kind of end. After `CUT_OFF` something may exist that no state knows, and a lock may be held."""

    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    UNSTORED = "unstored"
    CUT_OFF = "cut off"


def judged_status(output: str, otherwise: int | None) -> int | None:
    """Exit status as the output tells it; `otherwise` where it stops in the middle."""
    if re.search(r"^(?:│ )?Error: ", output, re.MULTILINE):
        return 1
    return next((status for pattern, status in _DONE if pattern.search(output)), otherwise)


def kind_of_end(kept: KeptProcess, output: str, status: int | None) -> Ending:
    """Kind of end of a process that is over. `status` is None where the log doesn't tell either."""
    if UNSTORED[0] in output:
        return Ending.UNSTORED
    if status is None or status == -signal.SIGKILL or (status < 0 and not kept.stopped):
        return Ending.CUT_OFF
    if status == 0 or (status == 2 and kept.command == "plan"):
        return Ending.DONE
    return Ending.STOPPED if kept.stopped else Ending.FAILED


def outcome(kept: KeptProcess, output: str, status: int | None) -> str:
    """How a process ended, in a line of words."""
    kind = kind_of_end(kept, output, status)
    if kind is Ending.DONE:
        found = (pattern.search(output) for pattern, _ in _DONE)
        return next((each[0] for each in found if each), "done")[:WIDTH]
    if kind is Ending.STOPPED:
        return "stopped at its time limit" if kept.stopped == "limit" else "stopped: it was interrupted"
    if kind is Ending.CUT_OFF:
        return "cut off: it was killed in the middle"
    first = next(iter(condensed_errors(output).splitlines()), "")
    told = hide_secrets(f"failed: {first}")[:WIDTH] if first else "failed"
    return f"{told}; its state could not be stored" if kind is Ending.UNSTORED else told


def close_process(kept: KeptProcess, output: str, status: int | None) -> Ending:
    """Write down how a process ended, and take out of its log what has no place there.

    On a full disk the log is deleted instead, and nothing is raised: what Terraform did counts, not what is kept of it.
    """
    kind = kind_of_end(kept, output, status)
    try:
        rewrite_log(kept.log)
    except OSError:
        kept.log.unlink(missing_ok=True)
    with suppress(OSError):
        kept.close(status, outcome(kept, output, status))
    return kind


def lack_of_room(folder: Path) -> str:
    """What Terraform would have said of a full disk, had its log had room for that; empty where there is some."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"\nError: the log can't be written: {error.strerror}\n" if error.errno in DISK_FULL else ""
    return ""
