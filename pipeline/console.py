"""Console output: results on stdout, progress and errors on stderr, so that `--json` output can be piped."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation.answer import drop_output, write_out


class _PipedConsole(Console):
    """A console for text that isn't ours: no word of it becomes an emoji, and no line of it is broken.

    A terminal wraps by itself; an address or path that Rich broke at 80 columns can't be copied. Its reader may go, as
    `head` does: the command goes on to its end, and keeps its exit code.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, emoji=False)

    def print(self, *objects: Any, soft_wrap: bool | None = None, **settings: Any) -> None:
        """Print as Rich does, but break lines only of what has a shape of its own, such as a table."""
        if soft_wrap is None:
            soft_wrap = all(isinstance(each, str) for each in objects)
        super().print(*objects, soft_wrap=soft_wrap, **settings)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        if not self.stderr:
            drop_output()


err = _PipedConsole(stderr=True)
out = _PipedConsole()


def print_exactly(text: str) -> None:
    """Print text to be read by programs, as it is. A reader that goes changes nothing; raises SitechatError (6)."""
    if (error := write_out(text)) is not None:
        raise error


# A log without a terminal gets a line of progress at least this often, so that nobody takes silence for a hang.
HEARTBEAT_SECONDS = 8


class StepProgress:
    """Progress of one piece of work. Its methods are safe to call from several threads."""

    def __init__(self, text: str, status: Status | None) -> None:
        self._text = text
        self._status = status
        self._detail = ""
        self._said = time.monotonic()

    def update(self, detail: str) -> None:
        """Show `detail` after the step's text: at once on a terminal, every HEARTBEAT_SECONDS in a log."""
        self._detail = detail
        if self._status is not None:
            self._status.update(self._line)
        else:
            self.beat()

    def beat(self) -> None:
        """Print the line of now to a log that has had none for HEARTBEAT_SECONDS."""
        if self._status is None and time.monotonic() - self._said >= HEARTBEAT_SECONDS:
            self._said = time.monotonic()
            err.print(f"  … {self._line}")

    def note(self, text: str) -> None:
        """Print a line that stays on the screen."""
        self._said = time.monotonic()
        err.print(f"  {escape(text)}")

    @property
    def _line(self) -> str:
        return f"{escape(self._text)} [dim]{escape(self._detail)}[/dim]"


@contextmanager
def step(text: str) -> Iterator[StepProgress]:
    """Show progress and duration of a piece of work on stderr: a spinner on a terminal, else plain lines."""
    started = time.monotonic()
    if err.is_terminal:
        with err.status(escape(text)) as status:
            yield StepProgress(text, status)
    else:
        err.print(f"… {escape(text)}")
        progress = StepProgress(text, None)
        with _beating(progress):
            yield progress
    err.print(f"[green]✓[/green] {escape(text)} [dim]{time.monotonic() - started:.1f} s[/dim]")


@contextmanager
def _beating(progress: StepProgress) -> Iterator[None]:
    """Beat for as long as the block lasts, also while what is waited for says nothing."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(1):
            progress.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


# What to do where a person's consent is wanted and nobody can answer.
NO_ONE_TO_ASK = "Answer at a terminal, or use --yes where the environment sets auto_approve."


def confirm(question: str, *, hint: str = NO_ONE_TO_ASK) -> bool:
    """Ask on the terminal; the default is no. Raises SitechatError: 130 for Ctrl-C, 5 when nobody can answer."""
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort as abort:
        err.print()
        if sys.stdin.isatty() or isinstance(abort.__context__, KeyboardInterrupt):
            raise SitechatError("interrupted at the question", code=ExitCode.INTERRUPTED) from None
        raise SitechatError(
            "a person has to agree, and there is no terminal to ask on",
            hint=hint,
            code=ExitCode.REFUSED,
        ) from None
