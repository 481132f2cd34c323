"""Lines that the function logs which tries new tasks: its own words about what it failed, and no others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.operations.releases.judging import alarms_on, said_by_test, words_of_the_test

TRIED = "d-AAAAAAAAA"
FAILED = {"deployment": TRIED, "status": "Failed", "words": ["no sources", "slow"]}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (json.dumps(FAILED), "no sources, slow"),
        (json.dumps({**FAILED, "status": "Succeeded", "words": []}), ""),
        (json.dumps({**FAILED, "deployment": "d-BBBBBBBBB"}), ""),
        (json.dumps({"revision": TRIED, "status": "Failed", "words": ["of another kind"]}), ""),
        (f"START {TRIED}", ""),
        ("no JSON", ""),
        ("[]", ""),
    ],
)
def test_only_what_the_test_said_of_what_it_tried_counts(line: str, words: str) -> None:
    assert said_by_test(line, "deployment", TRIED) == words


@pytest.mark.parametrize(("log_group", "tried"), [("", TRIED), ("/hook", "")])
def test_without_a_log_or_anything_tried_nobody_is_asked(log_group: str, tried: str) -> None:
    nobody: Any = None
    assert words_of_the_test(nobody, log_group, "deployment", tried) == ()
    assert alarms_on(nobody, ()) == ()
