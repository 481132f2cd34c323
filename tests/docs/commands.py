"""The commands that documents show: lines of code blocks, and code in running text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = tuple(sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]))
PROGRAM = "sitechat"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(sitechat [^`\n]+)`")


@dataclass(frozen=True)
class Shown:
    """A command as a document shows it. `whole` is one that can be typed as it stands."""

    document: str
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.document}: {' '.join(self.words)}"


def blocks(document: Path, language: str = "") -> list[str]:
    """The code blocks in a language; without one, those that name none."""
    return [body for named, body in _FENCED.findall(document.read_text(encoding="utf-8")) if named == language]


def commands(document: Path) -> Iterator[Shown]:
    """Every `sitechat` command of a document, in order."""
    name = str(document.relative_to(ROOT))
    for block in blocks(document):
        for line in block.splitlines():
            if line.startswith(f"{PROGRAM} "):
                yield Shown(name, tuple(shlex.split(line, comments=True)), whole=True)
    for inline in _INLINE.findall(_FENCED.sub("", document.read_text(encoding="utf-8"))):
        yield Shown(name, tuple(inline.split()), whole=False)
