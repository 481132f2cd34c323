"""The tables of the emulation's limits can only shrink, and the document has them."""

from __future__ import annotations

from local_aws import FORGOTTEN, UNCOVERED, UNPROVEN
from local_aws.document import PATH, with_tables

UNCOVERED_AT_MOST = 0
FORGOTTEN_AT_MOST = 5
UNPROVEN_AT_MOST = 11


def test_the_tables_do_not_grow_and_give_reasons() -> None:
    assert len(UNCOVERED) <= UNCOVERED_AT_MOST
    assert len(FORGOTTEN) <= FORGOTTEN_AT_MOST
    assert len(UNPROVEN) <= UNPROVEN_AT_MOST
    assert all(name.startswith("aws_") for name in (*UNCOVERED, *FORGOTTEN))
    assert all("." in name for name in FORGOTTEN)
    assert all(len(reason) > 10 for table in (UNCOVERED, FORGOTTEN, UNPROVEN) for reason in table.values())


def test_the_document_has_them_as_they_are() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run `python -m local_aws.document`"
    assert all(name in text and reason in text for table in (FORGOTTEN, UNPROVEN) for name, reason in table.items())
