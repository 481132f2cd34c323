"""Find the file of an environment by name or path, and read its TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from config.nearest import nearest_name
from config.problems import ConfigError, Problem

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "environments"
# Far above any real file, far below what would make a load slow.
MAX_BYTES = 100_000
# The deepest place of the model, a topic's example, lies five levels down.
DEEPEST = 6
# Python's parser needs time in the square of a dotted key's length: a file of one such key would take a minute.
_MOST_DOTS = 200


def locate_file(name_or_path: str | Path) -> Path:
    """Path of an environment's file. A bare word is a name under environments/; anything else is a path."""
    given = str(name_or_path)
    if isinstance(name_or_path, str) and re.fullmatch(r"[\w-]+", given):
        return ENVIRONMENTS / f"{given}.toml"
    return Path(given)


def environment_names() -> tuple[str, ...]:
    """Names of the checked-in environments, sorted."""
    return tuple(sorted(path.stem for path in ENVIRONMENTS.glob("*.toml")))


def shown_path(path: Path) -> str:
    """The path as errors show it: relative to the project where it lies inside, ASCII only."""
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return ascii(str(shown))[1:-1]


def read_toml(path: Path) -> dict[str, Any]:
    """Parse the file; raises ConfigError where it can't be read or parsed."""
    content = _bytes(path)
    if b"\0" in content:
        raise _error(path, "a text file; this one holds NUL bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(path, f"a file in UTF-8; line {line} holds other bytes") from None
    if text.startswith("\ufeff"):
        raise _error(path, "UTF-8 without a byte order mark; save the file without BOM")
    for at, row in enumerate(text.splitlines(), 1):
        if _bare(row).count(".") > _MOST_DOTS or _levels(row) > DEEPEST:
            raise _error(path, f"line {at}: at most {DEEPEST} levels of nesting")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _error(path, f"TOML with at most {DEEPEST} levels of nesting; {_longest_line(text)} has more") from None
    except ValueError as error:  # TOMLDecodeError, and integers too long for Python
        raise _error(path, f"not valid TOML: {_reason(error, text)}") from None


def _bare(line: str) -> str:
    """The line without what is quoted, and without its comment."""
    return re.sub(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'", "_", line).partition("#")[0]


def _levels(line: str) -> int:
    """Levels that the key of a line, or the heading of a table, goes down. Quoted parts hold no dots of their own."""
    bare = _bare(line).partition("=")[0].strip().strip("[]")
    return bare.count(".") + 1 if re.fullmatch(r"[\w.\s-]+", bare) else 0


def _longest_line(text: str) -> str:
    lines = text.splitlines()
    return f"line {1 + max(range(len(lines)), key=lambda index: len(lines[index]))}"


def _reason(error: ValueError, text: str) -> str:
    """The parser's words, with the line where it names none."""
    told = ascii(str(error))[1:-1]
    if "int_max_str_digits" in told or "integer string conversion" in told:
        return f"{_longest_line(text)} holds a number that is too long"
    if "(at line" in told:
        return told
    last = len(text.splitlines())
    return told.replace("(at end of document)", f"(at line {last}, the last)") if "at end" in told else told


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise _error(path, _absent(path))
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise _error(path, f"can't be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise _error(path, f"a file of at most {MAX_BYTES} bytes")
    return content


def _absent(path: Path) -> str:
    if path.parent != ENVIRONMENTS:
        return "a regular file; this is something else" if path.exists() else "no such file"
    names = sorted(file.stem for file in path.parent.glob("*.toml"))
    near = nearest_name(path.stem, names)
    suggestion = f"; did you mean {near}?" if near else ""
    return f"no such environment{suggestion}; there are: {', '.join(names) or 'none'}"


def _error(path: Path, accepted: str) -> ConfigError:
    return ConfigError((Problem(shown_path(path), "", "", accepted),))
