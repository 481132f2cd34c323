"""Codes of failures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.reading import ROOT
from ingestion.errors import CODES, Busy, PageFailed, is_code

SOURCES = sorted((ROOT / "ingestion").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_code_that_is_given_is_explained(path: Path) -> None:
    given = re.findall(r'(?:PageFailed|Busy|refuse|_PASSING = )\W*"([a-z_0-9]+)"', path.read_text(encoding="utf-8"))
    assert {code for code in given if code not in CODES} == set()


def test_every_code_is_given_somewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES if path.name != "errors.py")
    assert {code for code in CODES if f'"{code}"' not in text} == set()


def test_statuses_are_codes() -> None:
    assert is_code("status_404")
    assert is_code("robots")
    assert is_code("embedding_AccessDeniedException")
    assert not is_code("embedding_of https://site.example/secret")
    assert not is_code("status_4")
    assert not is_code("https://site.example/secret")


def test_an_error_says_its_code_and_nothing_else() -> None:
    assert (str(PageFailed("robots")), Busy("unreachable").code) == ("robots", "unreachable")
