"""What is kept of a command knows its words and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from pipeline.cli import exit_with_code
from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation import course


def fail() -> None:
    raise SitechatError("no", code=ExitCode.FAILED)


def find() -> None:
    raise SystemExit(10)


def break_down() -> None:
    raise ZeroDivisionError


def press() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("action", "code"), [(lambda: None, 0), (fail, 6), (find, 10), (break_down, 1), (press, 130)])
def test_whoever_wants_to_know_is_told_the_exit_code_once(action: Callable[[], None], code: int) -> None:
    told: list[int] = []

    def act() -> None:
        assert course.given_words() == ("plan", "--env", "dev")
        course.at_end(told.append)
        action()

    with suppress(SystemExit, ZeroDivisionError):
        exit_with_code(act, arguments=["plan", "--env", "dev"])
    assert told == [code]
    course.end(9)
    assert told == [code]


def test_a_command_does_not_tell_listeners_of_the_one_before() -> None:
    told: list[int] = []
    course.begin(["plan"])
    course.at_end(told.append)
    course.begin(["apply"])
    course.end(0)
    assert told == []
