"""Console output: results on stdout, progress and errors on stderr, so that `--json` output can be piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from pipeline.errors import ExitCode, SitechatError

err = Console(stderr=True, highlight=False)
out = Console(highlight=False)

# A log without a terminal gets a line of progress at least this often, so that CI doesn't take silence for a hang.
HEARTBEAT_SECONDS = 30


class StepProgress:
    """Progress of one piece of work. Its methods are safe to call from several threads."""

    def __init__(self, text: str, status: Status | None) -> None:
        self._text = text
        self._status = status
        self._said = time.monotonic()

    def update(self, detail: str) -> None:
        """Show `detail` after the step's text: at once on a terminal, every HEARTBEAT_SECONDS in a log."""
        line = f"{escape(self._text)} [dim]{escape(detail)}[/dim]"
        if self._status is not None:
            self._status.update(line)
        elif time.monotonic() - self._said >= HEARTBEAT_SECONDS:
            self._said = time.monotonic()
            err.print(f"  … {line}")

    def note(self, text: str) -> None:
        """Print a line that stays on the screen."""
        err.print(f"  {escape(text)}")


@contextmanager
def step(text: str) -> Iterator[StepProgress]:
    """Show progress and duration of a piece of work on stderr: a spinner on a terminal, else plain lines."""
    started = time.monotonic()
    if err.is_terminal:
        with err.status(escape(text)) as status:
            yield StepProgress(text, status)
    else:
        err.print(f"… {escape(text)}")
        yield StepProgress(text, None)
    err.print(f"[green]✓[/green] {escape(text)} [dim]{time.monotonic() - started:.1f} s[/dim]")


def confirm(question: str) -> bool:
    """Ask on the terminal; the default is no. Raises SitechatError: 130 for Ctrl-C, 5 when nobody can answer."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        err.print()
        if sys.stdin.isatty():
            raise SitechatError("interrupted at the question", code=ExitCode.INTERRUPTED) from None
        raise SitechatError(
            "a person has to agree, and there is no terminal to ask on",
            hint="Apply a reviewed bundle by its id, or use --yes where the environment sets auto_approve.",
            code=ExitCode.REFUSED,
        ) from None
