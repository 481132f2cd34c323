"""memory-bank/progress.md has every line of the roadmap, and what it names exists: paths, targets, commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

import pytest

from tests.docs.commands import ROOT, check

BANK = ROOT / "memory-bank"
STATES = {"done", "partly", "not yet", "declined"}
PAGES = ("projectbrief", "productContext", "systemPatterns", "techContext", "activeContext", "progress", "roadmap")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
# A path has a folder, or is one of the files beside main.py.
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]*)+|\w[\w-]*\.(?:py|md|json|toml|txt)|Makefile)`")


@dataclass(frozen=True)
class Row:
    """A line of the roadmap with what progress.md says of it."""

    heading: str
    line: str
    state: str
    where: str
    shown_by: str

    def __str__(self) -> str:
        return self.line


def _rows() -> list[Row]:
    heading, found = "", []
    for line in (BANK / "progress.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line
        elif line.startswith("| ["):
            found.append(Row(heading, *(cell.strip() for cell in line.strip("|").split(" | "))))
    return found


def _roadmap() -> list[tuple[str, str]]:
    heading, found = "", []
    for line in (BANK / "roadmap.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line
        elif line.strip():
            found.append((heading, line.strip().removeprefix("- ")))
    return found


ROWS = _rows()
every_row = pytest.mark.parametrize("row", ROWS, ids=str)


def exists(command: str) -> bool:
    """Whether a command's program, target, options or paths are there. Nothing is run."""
    program, *words = shlex.split(command)
    if program == "sitechat":
        check((program, *words), whole=True)
        return True
    if program == "make":
        return set(words) <= TARGETS
    if program == "pytest":
        return bool(words) and all((ROOT / word).exists() for word in words)
    return program == "grep" and (ROOT / words[-1]).is_file()


def counted(command: str) -> int:
    """What `grep -c` or `grep -ci`, with a plain text to look for, prints."""
    _, option, text, file = shlex.split(command)
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    if option == "-ci":
        return sum(text.lower() in line.lower() for line in lines)
    assert option == "-c"
    return sum(text in line for line in lines)


def test_every_line_of_the_roadmap_stands_in_its_place_word_for_word() -> None:
    assert [(row.heading, row.line) for row in ROWS] == _roadmap()


@every_row
def test_a_line_has_a_state_and_a_command_that_shows_it(row: Row) -> None:
    commands = re.findall(r"`([^`]+)`", row.shown_by)
    assert row.state in STATES
    assert commands != []
    assert [command for command in commands if not exists(command)] == []


@every_row
def test_what_is_built_is_somewhere(row: Row) -> None:
    paths = PATH.findall(row.where)
    assert paths or row.state in ("not yet", "declined")
    assert [path for path in paths if not (ROOT / path).exists()] == []


@every_row
def test_a_count_is_what_grep_prints(row: Row) -> None:
    said = re.findall(r"`(grep [^`]+)` prints (\d+)", row.shown_by)
    assert len(said) == row.shown_by.count("`grep ")
    assert [command for command, number in said if counted(command) != int(number)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_and_its_paths_exist(page: str) -> None:
    text = (BANK / f"{page}.md").read_text(encoding="utf-8")
    named = [path for path in PATH.findall(text) if "ENV" not in path]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("command", ["make lunch", "pytest tests/lunch", "grep -c lunch lunch.txt", "lunch", "pytest"])
def test_a_command_that_does_not_exist_is_found_out(command: str) -> None:
    assert not exists(command)
