"""Commands that documents show (lines of code blocks, and code in running text), and whether they exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import typer
import typer.main

from pipeline.cli import build_app

ROOT = Path(__file__).resolve().parents[2]
# Of folders that begin with a letter, those that are ours: not what `make setup` or a build leaves.
_PATTERNS = ("README.md", "docs/**/*.md", "memory-bank/*.md", "[a-z]*/README.md", "[a-z]*/*/README.md")
_FOUND = {path for pattern in _PATTERNS for path in ROOT.glob(pattern)}
DOCUMENTS = tuple(sorted(path for path in _FOUND if path.relative_to(ROOT).parts[0] not in ("build", "node_modules")))
PROGRAM = "sitechat"
# Typer carries its own click, whose errors it shows through their subclasses alone.
USAGE_ERROR = cast(type[Exception], typer.BadParameter.__base__)

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(sitechat [^`\n]+)`")


@dataclass(frozen=True)
class Shown:
    """Command as a document shows it; with `whole` it can be typed as it stands."""

    document: str
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.document}: {' '.join(self.words)}"


def blocks(document: Path, language: str = "") -> list[str]:
    """Code blocks in a language; without one, those that name none."""
    return [body for named, body in _FENCED.findall(document.read_text(encoding="utf-8")) if named == language]


def commands(document: Path) -> Iterator[Shown]:
    """Commands (`sitechat ...`) of a document, in order."""
    name = str(document.relative_to(ROOT))
    for block in blocks(document):
        for line in block.splitlines():
            if line.startswith(f"{PROGRAM} "):
                yield Shown(name, tuple(shlex.split(line, comments=True)), whole=True)
    for inline in _INLINE.findall(_FENCED.sub("", document.read_text(encoding="utf-8"))):
        yield Shown(name, tuple(inline.split()), whole=False)


class NotACommandError(Exception):
    """Raised for words that the command line would refuse."""


def check(words: tuple[str, ...], *, whole: bool) -> None:
    """Parse a command as the command line does, without running it. Raises NotACommandError."""
    command: Any = typer.main.get_command(build_app([]))
    context: Any = None
    rest = list(words)
    if rest[1:] and rest[1].startswith("--"):
        _check_options(command, rest[1:])
        return
    while hasattr(command, "commands"):
        context = command.context_class(command, info_name=rest[0], parent=context)
        rest = rest[1:]
        if rest == ["--help"]:
            return
        if not rest or rest[0] not in command.commands:
            raise NotACommandError(rest)
        command = command.commands[rest[0]]
    if whole:
        try:
            command.make_context(rest[0], rest[1:], parent=context).close()
        except USAGE_ERROR as error:
            raise NotACommandError(str(error)) from None
        return
    _check_options(command, rest[1:])


def _check_options(command: Any, words: list[str]) -> None:
    """Raise NotACommandError for options that a command doesn't take."""
    known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    if unknown:
        raise NotACommandError(unknown)
