"""Every code has a sentence and advice; nothing that an error quotes gets through."""

from __future__ import annotations

import pytest

from ingestion.errors import CODES
from pipeline.ingestion.causes import ADVICE, cause_of_page, cause_of_run


def test_every_code_has_advice_and_no_other_has() -> None:
    assert set(ADVICE) == set(CODES)


@pytest.mark.parametrize(
    ("code", "means", "advice"),
    [
        ("status_404", "the site answered 404", "sitemap"),
        ("status_403", "the site answered 403", "user_agent"),
        ("status_503", "the site answered 503", "--failed"),
        ("status_418", "the site answered 418", "correct it"),
        ("embedding_busy", "the embedding model had no time", "ingestion.concurrency"),
        ("embedding_AccessDeniedException", "the embedding model answered AccessDeniedException", "doctor"),
        ("guardrail_ValidationException", "the guardrail answered ValidationException", "quotas"),
    ],
)
def test_codes_with_a_part_of_their_own_are_told(code: str, means: str, advice: str) -> None:
    cause = cause_of_page(code)
    assert (cause.code, cause.means) == (code, means)
    assert advice in cause.advice


def test_what_is_no_code_is_never_repeated() -> None:
    assert cause_of_page("the text of a page").code == "internal"
    assert cause_of_run("the text of a page", "the text of a page").code == "internal"
    told = cause_of_run("ValueError", '{"errorMessage": "the text of a page"}')
    assert told.code == "ValueError"
    assert "text" not in told.means + told.advice


@pytest.mark.parametrize("cause", ["", "not JSON", "[]", "null", '{"errorMessage": 3}', '{"other": ""}'])
def test_a_cause_of_any_form_is_read(cause: str) -> None:
    assert cause_of_run("States.Timeout", cause).means == "it took longer than ingestion.timeout_minutes"


def test_the_functions_own_code_wins_over_the_errors_name() -> None:
    assert cause_of_run("Busy", '{"errorMessage": "search_busy"}').code == "search_busy"
