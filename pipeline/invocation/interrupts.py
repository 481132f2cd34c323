"""SIGTERM and SIGHUP end a command as Ctrl-C does: what it began is ended, what it wrote beside is removed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

# What a supervisor sends, and what a terminal sends when it is closed.
ENDING = (signal.SIGTERM, signal.SIGHUP)

_received: list[KeyboardInterrupt] = []


class TerminatedError(KeyboardInterrupt):
    """A signal asked for the end. Like KeyboardInterrupt it passes what handles errors; its text names the signal."""


@contextmanager
def raising_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt for Ctrl-C, and TerminatedError for each of ENDING, in the main thread while inside.

    A signal that is ignored, as under `nohup`, stays ignored. Only the main thread can install handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _received.clear()
    chosen = [number for number in (signal.SIGINT, *ENDING) if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _raise) for number in chosen}
    try:
        yield
    finally:
        _restore(before)


@contextmanager
def ignoring_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C and ENDING while the last words are written, so that a second one doesn't cut them off."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDING)}
    try:
        yield
    finally:
        _restore(before)


def ending_at_once() -> None:
    """Let Ctrl-C end the process while Python shuts down; its own handler would print a traceback there."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _restore(before: Mapping[signal.Signals, object]) -> None:
    for number, handler in before.items():
        # None: it was installed by something other than Python, which alone can install it again.
        signal.signal(number, signal.SIG_DFL if handler is None else handler)  # type: ignore[arg-type]


def received_interrupt() -> KeyboardInterrupt | None:
    """The interrupt that came since handlers were installed. What is written in Rust makes it an error of its own."""
    return _received[0] if _received else None


def _raise(number: int, frame: FrameType | None) -> None:
    ended_by = f"ended by {signal.Signals(number).name}"
    _received.append(KeyboardInterrupt() if number == signal.SIGINT else TerminatedError(ended_by))
    raise _received[-1]
