"""Reading test of the architecture page: five things that a newcomer looked for are where its table says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.commands import ROOT
from tools.map import draw_map

PAGE = ROOT / "docs" / "architecture.md"
ASKED = 5
LINES_OF_SIX_FILES = 1000


def _section(title: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"## {title}\n")[2].partition("\n## ")[0]


def _rows() -> list[tuple[str, str, str]]:
    """(asked for, file, name in it) of every line of the table."""
    found = re.findall(r"^\| ([^|]+) \| `([\w/.]+)` \| (`[^|]+`) \|", _section("Found by name"), re.MULTILINE)
    return [(what, path, name) for what, path, names in found for name in re.findall(r"`(\w+)`", names)]


def test_the_table_answers_what_was_asked() -> None:
    assert len({what for what, _, _ in _rows()}) == ASKED


@pytest.mark.parametrize(("what", "path", "name"), _rows(), ids=lambda value: str(value).replace("/", "."))
def test_what_was_looked_for_is_defined_where_the_table_says(what: str, path: str, name: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf'^def {name}\(|^ *"{name}":|= "{name}"$', text, re.MULTILINE), f"{what}: no {name} in {path}"


@pytest.mark.parametrize(("what", "path", "name"), _rows(), ids=lambda value: str(value).replace("/", "."))
def test_the_folder_of_each_stands_in_the_tables_of_rooms(what: str, path: str, name: str) -> None:
    assert re.search(rf"`{re.escape(path)}`|`{re.escape(str(Path(path).parent))}/`", _section("Rooms")), what


def test_six_files_are_read_in_fifteen_minutes() -> None:
    files = re.findall(r"\]\(\.\./([\w/.]+)\) \|", _section("Six files, fifteen minutes"))
    assert len(files) == 6
    assert sum(len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in files) < LINES_OF_SIX_FILES


def test_the_page_has_no_room_that_is_gone() -> None:
    rooms = {room.rpartition(".")[2] for room in draw_map().inside}
    listed = re.findall(r"^\| `(\w+)` \|", _section("Rooms"), re.MULTILINE)
    assert set(listed) <= rooms
