"""The command that this process carries out: its words, and who is told its exit code when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_words: list[str] = []
_listeners: list[Callable[[int], None]] = []


def begin(words: Sequence[str]) -> None:
    """Begin a command, given as the words behind `sitechat`."""
    _words[:] = words
    _listeners.clear()


def given_words() -> tuple[str, ...]:
    """The words of the command; none in a program that isn't `sitechat`."""
    return tuple(_words)


def at_end(listener: Callable[[int], None]) -> None:
    """Have `listener` told the exit code when the command ends. It raises nothing."""
    _listeners.append(listener)


def end(exit_code: int) -> None:
    """Tell the exit code to all who wanted to know."""
    while _listeners:
        _listeners.pop()(exit_code)
