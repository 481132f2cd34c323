"""Chapters of the review in their order."""

from __future__ import annotations

from tools.assurance.review.controls import (
    cis,
    fsbp_account,
    fsbp_edge,
    fsbp_service,
    fsbp_storage,
    llm,
    well_architected,
)
from tools.assurance.review.model import Chapter, Control

# Tests that prove every row of a status.
_SHARED_TESTS = {
    "{unused}": "tests/tools/assurance/review/test_judges.py::test_what_is_called_unused_isnt_there",
    "{manual}": "tests/tools/assurance/review/test_judges.py::test_what_a_person_does_is_never_called_met",
}


def _rows(controls: tuple[Control, ...]) -> tuple[Control, ...]:
    return tuple(Control(each.id, each.title, each.judge, _SHARED_TESTS.get(each.test, each.test)) for each in controls)


CHAPTERS = (
    Chapter(
        "AWS Foundational Security Best Practices",
        "What Security Hub would check for the types that are built here.",
        _rows(
            (*fsbp_edge.CONTROLS, *fsbp_service.CONTROLS, *fsbp_storage.CONTROLS, *fsbp_account.CONTROLS),
        ),
    ),
    Chapter("CIS AWS Foundations Benchmark 3.0", "Every recommendation, in its order.", _rows(cis.CONTROLS)),
    Chapter(
        "Well-Architected, with the generative AI lens",
        "The lens's security questions, and of the framework what the other tables leave out.",
        _rows(well_architected.CONTROLS),
    ),
    Chapter("OWASP top ten for LLM applications, 2025", "Point by point.", _rows(llm.CONTROLS)),
)
