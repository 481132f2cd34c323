"""The tables of what emulation can't show can only shrink."""

from __future__ import annotations

from local_aws import FORGOTTEN, UNCOVERED

UNCOVERED_AT_MOST = 2
FORGOTTEN_AT_MOST = 5


def test_the_tables_do_not_grow_and_give_reasons() -> None:
    assert len(UNCOVERED) <= UNCOVERED_AT_MOST
    assert len(FORGOTTEN) <= FORGOTTEN_AT_MOST
    assert all(name.startswith("aws_") for name in (*UNCOVERED, *FORGOTTEN))
    assert all("." in name for name in FORGOTTEN)
    assert all(len(reason) > 10 for reason in (*UNCOVERED.values(), *FORGOTTEN.values()))
