"""Standard output of a command: with `--json` exactly one object, and whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any

from pipeline.errors import ExitCode, SitechatError


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON, also one that is wrong otherwise. What follows `--` is no option."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(each == "--json" or each.startswith("--json=") for each in options)


@contextmanager
def held_back(printed: io.StringIO, *, as_json: bool) -> Iterator[None]:
    """Collect in `printed` what is written to standard output inside, with `as_json`; else it is written at once."""
    if not as_json:
        yield
        return
    with redirect_stdout(printed):
        yield


def one_object(printed: str, error: SitechatError | None) -> str:
    """The one object that stands for what was printed and how it ended.

    What isn't an object (`--help`) becomes one with the key `output`.
    """
    try:
        content: Any = json.loads(printed)
    except ValueError:
        content = None
    if error is None and isinstance(content, dict):
        return printed.strip()
    found = content if isinstance(content, dict) else {}
    if error is not None:
        told = {"message": error.message, "hint": error.hint, "exit_code": int(error.code)}
        return json.dumps(found | {"error": told})
    return json.dumps({"output": printed.strip()})


def write_out(text: str = "") -> SitechatError | None:
    """Write `text` and all that waits for standard output. A reader that has gone is no error: it has what it wanted.

    Returns an error (6) where nothing can be written, on a full disk for example.
    """
    if sys.stdout is None:  # closed by whoever started the command
        return None
    try:
        if text:
            print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    except OSError as error:
        drop_output()
        return SitechatError(
            f"standard output can't be written: {error.strerror or error}",
            hint="Send it elsewhere and run the command again.",
            code=ExitCode.FAILED,
        )
    return None


def escape_unprintable() -> None:
    """Write what standard output can't encode, such as a file's name that isn't UTF-8, as an escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Send nowhere what waits for standard output: Python would write it at its end, and fail with a traceback."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
