"""Text of a log: followed while it is written, and kept without secrets and no longer than a limit."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.work import write_private

if TYPE_CHECKING:
    from config.secret_text import Kind

# What is kept of one log, in characters: its beginning, and more of its end, where errors stand.
HEAD = 200_000
TAIL = 800_000
# A key's block that has no end is hidden for as many lines.
BLOCK_LINES = 200
BY_NAME = "(hidden: a secret by its name)"

# What ends a secret to its left and right, where only a part of it tells that it is one.
_EDGE = re.compile(r"[\s\"'`,;<>|]")
_OPENED = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key")
_CLOSED = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY|Private-MAC")
# An attribute as plans show it, or a member of an object in JSON; in escaped JSON quotes have a backslash.
_NAMED = re.compile(r"^(\s*[-+~<=/ ]*\\?[\"']?([A-Za-z_][\w.-]{0,100})\\?[\"']?\s*=\s*)(\S.*)$")
_MEMBER = re.compile(r"(\\?[\"']([A-Za-z_][\w.-]{0,100})\\?[\"']\s*:\s*\\?[\"'])((?:[^\"'\\]|\\[^\"']){1,4000})")
# `name = "..."` before `value = "..."`, in two lines of a plan or in one of JSON.
_NAMES = re.compile(r"^\s*[-+~ ]*\\?[\"']?name\\?[\"']?\s*[:=]\s*\\?[\"']([\w.-]{1,100})\\?[\"'],?\s*$")
_VALUE = re.compile(r"^(\s*[-+~ ]*\\?[\"']?value\\?[\"']?\s*[:=]\s*)(\S.*)$")
_NAME_VALUE = re.compile(
    r"(name\\?[\"']\s*:\s*\\?[\"']([\w.-]{1,100})\\?[\"'],\s*\\?[\"']value\\?[\"']\s*:\s*\\?[\"'])"
    r"((?:[^\"'\\]|\\[^\"']){1,4000})"
)
# Values that say nothing: what Terraform doesn't know or hides, what is switched, counted or referred to.
_PLAIN = re.compile(
    r"\\?[\"']?(?:\(known after apply\)|\(sensitive value\)|null\b|true\b|false\b|[\d.]+[\"']?(?:\s|,|$)"
    r"|[\[{(]|arn:|\$\{|(?:var|local|data|aws_\w+)\.)"
)
# A value of several lines, and a member of a list.
_HEREDOC = re.compile(r"<<[-~]?(\w+)")
_ELEMENT = re.compile(r"^(\s*[-+~ ]*)([\"'].*)$")
_LIST_END = re.compile(r"^\s*[-+~ ]*\]")


class Tail:
    """Reads what is added to a file. It stays open: a file that is replaced is read to its own end."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def lines(self, *, last: bool = False) -> Iterator[str]:
        """Whole lines since the last time, without their ends; the `last` time also one that isn't whole."""
        while chunk := self._file.read(1 << 20):
            *whole, self._rest = (self._rest + self._decoder.decode(chunk)).split("\n")
            yield from whole
        if last and self._rest:
            yield self._rest
            self._rest = ""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Hiding:
    """Hides secrets in the lines of one text, given one after the other."""

    def __init__(self) -> None:
        self._block: re.Pattern[str] | None = None
        self._left = 0
        self._in_list = False
        self._named = False

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines with what looks like a secret replaced by its kind, and without those inside a key's block."""
        from config.secret_text import kinds_of_secrets

        together = list(lines)
        kinds = kinds_of_secrets("\n".join(together))  # mostly none
        for each in together:
            if (line := self._line(each)) is not None:
                yield _without_secrets(line, kinds)

    def _line(self, line: str) -> str | None:
        """A line as it may be shown; None inside a block that is a secret."""
        if self._block is not None:
            self._left -= 1
            if self._left <= 0 or self._block.search(line):
                self._block = None
            return None
        if opened := _OPENED.search(line):
            if not _CLOSED.search(line):
                self._block, self._left = _CLOSED, BLOCK_LINES
            return f"{line[: opened.start()]}(hidden: a private key)"
        if (by_name := self._by_name(line)) is not None:
            return by_name
        if ":" in line:
            for pattern in (_MEMBER, _NAME_VALUE):
                line = pattern.sub(_hidden_value, line)
        return line

    def _by_name(self, line: str) -> str | None:
        """The line without its value, where the value's name is that of a secret; None for any other line."""
        if self._in_list:
            self._in_list = not _LIST_END.match(line)
            element = _ELEMENT.match(line)
            return f"{element[1]}{BY_NAME}" if element and not _says_nothing(element[2]) else None
        was_named, name = self._named, _NAMES.match(line)
        self._named = name is not None and _is_secret(name[1])
        value = _VALUE.match(line) if was_named else None
        if value is None:
            named = _NAMED.match(line)
            if named is None or not _is_secret(named[2]):
                return None
            self._in_list = named[3] == "["
            start, content = named[1], named[3]
        else:
            start, content = value[1], value[2]
        if heredoc := _HEREDOC.match(content):
            self._block, self._left = re.compile(rf"^\s*{heredoc[1]}\b"), BLOCK_LINES
        return None if _says_nothing(content) else f"{start}{BY_NAME}"


def _says_nothing(value: str) -> bool:
    """Whether a value, or both of a changed one, can stay."""
    return all(_PLAIN.match(part) for part in value.split(" -> "))


def _is_secret(name: str) -> bool:
    """Whether what has this name holds a secret; see config/secret_text.py, which takes its time to be loaded."""
    from config.secret_text import names_a_secret

    return names_a_secret(name)


def hide_secrets(text: str) -> str:
    """The text with what looks like a secret replaced by its kind, in parentheses; more rather than less.

    What is hidden: texts that have the form of a secret, to the edges of their word; blocks of keys; and values of
    names that hold a secret. What Terraform knows to be sensitive it doesn't print.
    """
    return "\n".join(Hiding().lines(text.split("\n")))


def _without_secrets(line: str, kinds: Sequence[Kind]) -> str:
    found = ((each.span(), kind.name) for kind in kinds for each in re.finditer(kind.pattern, line))
    spans = sorted((_widened(line, *span), name) for span, name in found)
    kept, place = "", 0
    for (start, end), kind in spans:
        if start >= place:
            kept += f"{line[place:start]}(hidden: {kind})"
        place = max(place, end)
    return kept + line[place:]


def _hidden_value(found: re.Match[str]) -> str:
    """What replaces a member of an object; the member itself where its name isn't that of a secret."""
    return f"{found[1]}{BY_NAME}" if _is_secret(found[2]) and not _says_nothing(found[3]) else found[0]


def _widened(line: str, start: int, end: int) -> tuple[int, int]:
    """A span to the edges of its word."""
    left = max((found.end() for found in _EDGE.finditer(line, 0, start)), default=0)
    right = _EDGE.search(line, end)
    return left, right.start() if right else len(line)


def rewrite_log(path: Path) -> None:
    """Replace a log, if there is one, by what is kept of it: secrets hidden, and of a long one beginning and end."""
    if not path.is_file():
        return
    whole = path.read_bytes()
    kept = "\n".join(map(hide_secrets, _shortened(whole.decode("utf-8", errors="replace"))))
    if kept.encode() != whole:
        write_private(path, kept.encode())


def _shortened(text: str) -> tuple[str, ...]:
    """The text; of a long one its beginning, what is left out, and its end. No key's block begins before its end."""
    if len(text) <= HEAD + TAIL:
        return (text,)
    head, tail = text[:HEAD].rpartition("\n")[0], text[-TAIL:].partition("\n")[2]
    opened, closed = _OPENED.search(tail), _CLOSED.search(tail)
    if closed and not (opened and opened.start() < closed.start()):
        tail = tail[closed.end() :].partition("\n")[2]
    left_out = len(text) - len(head) - len(tail)
    return head, f"… {left_out:,} characters are left out here …", tail
