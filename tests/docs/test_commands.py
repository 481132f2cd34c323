"""Documents: commands with their options, settings and linked pages exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from config import parse
from tests.docs.commands import DOCUMENTS, ROOT, NotACommandError, Shown, blocks, check, commands

SHOWN = [shown for document in DOCUMENTS for shown in commands(document)]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")
DEPLOYMENT = ROOT / "docs" / "deployment.md"
RUNBOOKS = [path for path in sorted((ROOT / "docs" / "runbooks").glob("*.md")) if path.stem != "README"]


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_every_command_shown_exists_with_its_options(shown: Shown) -> None:
    check(shown.words, whole=shown.whole)


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("sitechat lunch", True),
        ("sitechat plan --nonsense", True),
        ("sitechat apply --env dev", True),
        ("sitechat image pull", True),
        ("sitechat secret set --nonsense x", False),
        ("sitechat lunch", False),
        ("sitechat --lunch", False),
    ],
)
def test_a_command_that_does_not_exist_is_found_out(words: str, whole: bool) -> None:
    with pytest.raises(NotACommandError):
        check(tuple(words.split()), whole=whole)


def test_the_way_to_a_site_is_shown_as_commands() -> None:
    words = {shown.words[1] for shown in commands(DEPLOYMENT) if shown.whole}
    assert words >= {
        "doctor",
        "bootstrap",
        "plan",
        "report",
        "apply",
        "deploy",
        "secret",
        "image",
        "outputs",
        "ingest",
        "destroy",
    }


@pytest.mark.parametrize("block", blocks(DEPLOYMENT, "toml"))
def test_every_setting_shown_is_accepted(block: str) -> None:
    parse({"account_id": "123456789012", **tomllib.loads(block)}, name="dev")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_is_seen_how_to_check_what_to_do_and_when_it_is_over(runbook: Path) -> None:
    heads = re.findall(r"^\*\*(Symptom|Situation|Check|Steps|Done when)", runbook.read_text(), re.MULTILINE)
    assert ["Symptom" if head == "Situation" else head for head in heads] == ["Symptom", "Check", "Steps", "Done when"]


def test_every_runbook_is_listed() -> None:
    for listing in (ROOT / "docs" / "runbooks" / "README.md", DEPLOYMENT):
        text = listing.read_text()
        assert [path.stem for path in RUNBOOKS if path.name not in text] == []
