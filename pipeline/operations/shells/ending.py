"""End what a command began, however its work ended; what can't be ended is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import ExitCode, SitechatError


@contextmanager
def ended(end: Callable[[], None], *, left: str, hint: str) -> Iterator[None]:
    """Call `end` after the block, also after an error or an interrupt of it.

    Raises SitechatError (6) where `end` fails, after what went wrong before: what is `left` and why. `hint` says how a
    person ends it.
    """
    try:
        yield
    except BaseException as error:
        if failure := _failure(end):
            raise _told(left, hint, failure, before=error) from None
        raise
    if failure := _failure(end):
        raise _told(left, hint, failure, before=None) from None


def _failure(end: Callable[[], None]) -> BaseException | None:
    """Why `end` failed; None where it didn't. A second Ctrl-C doesn't hide what the first one was to end."""
    try:
        end()
    except (SitechatError, KeyboardInterrupt) as error:
        return error
    return None


def _told(left: str, hint: str, failure: BaseException, *, before: BaseException | None) -> SitechatError:
    lines = [f"{left}: {_words(failure)}"]
    hints = [hint]
    if before is not None:
        lines.insert(0, _words(before))
    for each in (before, failure):
        if isinstance(each, SitechatError) and each.hint:
            hints.append(each.hint)
    return SitechatError("\n".join(lines), hint="\n".join(hints), code=ExitCode.FAILED)


def _words(error: BaseException) -> str:
    if isinstance(error, SitechatError):
        return error.message
    return str(error) or ("interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__)
