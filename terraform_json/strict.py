"""Reader of JSON that takes nothing but one plain object: what two parsers could read differently is refused."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

# A layer of the largest environment has half a megabyte.
MOST_BYTES = 32 * 1024 * 1024
# Terraform counts in 64 bits.
_LARGEST = 2**63
# Twice the levels of the largest environment; the readers of values go no deeper either.
MOST_LEVELS = 40


class NotPlainError(ValueError):
    """A file that holds no plain JSON object; the message says why, without the file's name."""


def read_object(path: Path) -> dict[str, Any]:
    """The object that a regular file of UTF-8 holds. Raises NotPlainError, also where there is no such file."""
    return parse_object(read_plain_file(path))


def read_plain_file(path: Path) -> bytes:
    """Content of a regular file of at most MOST_BYTES; links, pipes and devices are never opened for reading."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise NotPlainError("it is a symbolic link") from None
        raise NotPlainError(os.strerror(error.errno or 0).lower()) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotPlainError("it is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NotPlainError(f"it is larger than {MOST_BYTES} bytes")
    return content


def parse_object(content: bytes) -> dict[str, Any]:
    """The object that UTF-8 text holds: no mark in front, no key twice, no number or character outside of JSON."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotPlainError(f"it is no UTF-8 at byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise NotPlainError("it begins with a byte order mark")
    try:
        found = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_number)
        _check(found)
    except NotPlainError:
        raise
    except RecursionError:
        raise NotPlainError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise NotPlainError(f"it is no JSON: {error}") from None
    except ValueError:
        raise NotPlainError("a number is larger than 64 bits hold") from None
    if not isinstance(found, dict):
        raise NotPlainError(f"it holds a {type(found).__name__}, not an object")
    return found


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise NotPlainError(f"key given twice: {', '.join(sorted({key for key in keys if keys.count(key) > 1}))}")
    return found


def _no_number(name: str) -> NoReturn:
    raise NotPlainError(f"{name} is no number of JSON")


def _check(value: Any) -> None:
    """Refuse what json.loads accepts and other readers don't."""
    waiting = [(value, 0)]
    while waiting:
        each, level = waiting.pop()
        if level > MOST_LEVELS:
            raise NotPlainError("it is nested too deep")
        if isinstance(each, dict):
            for key in each:
                _check_text(key)
            waiting += [(item, level + 1) for item in each.values()]
        elif isinstance(each, list):
            waiting += [(item, level + 1) for item in each]
        elif isinstance(each, str):
            _check_text(each)
        elif isinstance(each, (int, float)) and not -_LARGEST < each < _LARGEST:
            raise NotPlainError("a number is larger than 64 bits hold")


def _check_text(text: str) -> None:
    if text.isascii():
        if "\0" in text:
            raise NotPlainError("a text holds the character NUL")
    elif any("\ud800" <= each <= "\udfff" for each in text):
        raise NotPlainError("a text holds half a character (a lone surrogate)")
