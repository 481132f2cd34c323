"""The ledger against DynamoDB, and the codes that failures become."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.functions.ledger import Keeping, code_of
from ingestion.ledger import AlreadyRunning, Entry, Ledger
from ingestion.options import LedgerOptions
from ingestion.store import ListedPage, Store, list_key
from tests.ingestion.index.runs import HOST, MODEL, page_of

ONE, OTHER = "arn:aws:states:eu-west-1:1:execution:ingest:one", "arn:aws:states:eu-west-1:1:execution:ingest:other"
OPTIONS = LedgerOptions("bucket", "table", MODEL, ("garden",), 10, 30)


def never(execution: str) -> bool:
    return False


def ended(execution: str) -> bool:
    return execution == ONE


def test_a_lock_is_taken_once_and_again_by_its_own_execution(table: Any) -> None:
    ledger = Ledger(table)
    ledger.lock("garden", "one", ONE, is_over=never)
    ledger.lock("garden", "one", ONE, is_over=never)
    ledger.lock("shop", "other", OTHER, is_over=never)
    with pytest.raises(AlreadyRunning, match=r"garden is being ingested by .*:one"):
        ledger.lock("garden", "other", OTHER, is_over=never)


def test_the_lock_of_an_execution_that_is_over_is_taken_and_its_end_frees_nothing(table: Any) -> None:
    ledger = Ledger(table)
    ledger.lock("garden", "one", ONE, is_over=never)
    ledger.lock("garden", "other", OTHER, is_over=ended)
    ledger.unlock("garden", "one")
    with pytest.raises(AlreadyRunning):
        ledger.note_run("garden", "one", complete=True)
    ledger.note_run("garden", "other", complete=True)
    assert ledger.run_facts("garden", "other")["complete"] is True
    assert ledger.run_facts("garden", "one") == {}


def test_of_two_that_find_a_lock_abandoned_one_gets_it(table: Any) -> None:
    ledger = Ledger(table)
    ledger.lock("garden", "one", ONE, is_over=never)

    def quicker(execution: str) -> bool:
        ledger.lock("garden", "third", f"{ONE}-third", is_over=ended)
        return True

    with pytest.raises(AlreadyRunning, match="began just now"):
        ledger.lock("garden", "other", OTHER, is_over=quicker)


def test_a_failure_keeps_what_a_page_was(table: Any) -> None:
    ledger = Ledger(table)
    entry = Entry("garden", "p1", f"{HOST}/a", "ok", "", "one", hash="h", model="m", passages=3)
    ledger.keep_page(entry)
    ledger.keep_failure(Entry("garden", "p1", f"{HOST}/a", "failed", "", "two", error="status_503"))
    (found,) = ledger.pages("garden")
    assert (found.state, found.error, found.run) == ("failed", "status_503", "two")
    assert (found.hash, found.model, found.passages) == ("h", "m", 3)
    assert found.stands("m")
    assert not found.stands("other")
    ledger.keep_page(entry)
    (found,) = ledger.pages("garden")
    assert found.error == ""


def test_a_page_that_is_not_there_any_more_is_not_noted_as_unseen(table: Any) -> None:
    ledger = Ledger(table)
    ledger.note_unseen(Entry("garden", "p1", f"{HOST}/a", "ok", "", "one"), unseen=True)
    assert list(ledger.pages("garden")) == []


def test_more_pages_than_an_answer_holds_are_read(table: Any) -> None:
    ledger = Ledger(table)
    # A query answers with up to 1 MB (DynamoDB API, Query).
    for number in range(12):
        ledger.keep_failure(
            Entry("garden", f"p{number:02}", f"{HOST}/{'a' * 100_000}", "failed", "", "r", error="type")
        )
    assert [each.page for each in ledger.pages("garden")] == [f"p{number:02}" for number in range(12)]


def test_few_pages_are_handed_on_and_many_lie_in_the_bucket(table: Any, store: Store) -> None:
    keeping = Keeping(OPTIONS, Ledger(table), store, never)
    keeping.answer({"do": "begin", "source": "garden", "execution": ONE})
    both = {"source": "garden", "run": "one"}
    for number, handed in ((200, 200), (201, 0)):
        pages = [ListedPage(page_of(f"/{each}"), f"{HOST}/{each}") for each in range(number)]
        store.put_list(list_key("garden", "one"), pages)
        plan = keeping.answer({"do": "plan", **both})
        assert (plan["count"], len(plan["items"])) == (number, handed)
        assert len(store.get(plan["key"])) == number


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"do": "forget", "source": "garden"}, "expected one of begin, plan, keep"),
        ({"do": "begin", "source": "other"}, "'other' is no source"),
        ({"do": "plan", "source": "garden", "run": "one", "mode": "some"}, "expected one of all, failed"),
    ],
)
def test_what_is_no_event_is_refused(table: Any, store: Store, event: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Keeping(OPTIONS, Ledger(table), store, never).answer(event)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"Error": "PageFailed", "Cause": json.dumps({"errorMessage": "robots"})}, "robots"),
        ({"Error": "Busy", "Cause": json.dumps({"errorMessage": "status_503"})}, "status_503"),
        ({"Error": "Busy", "Cause": json.dumps({"errorMessage": "embedding_busy"})}, "embedding_busy"),
        ({"Error": "PageFailed", "Cause": json.dumps({"errorMessage": "quarantined"})}, "quarantined"),
        ({"Error": "States.Timeout", "Cause": ""}, "too_slow"),
        ({"Error": "Sandbox.Timedout", "Cause": "no JSON"}, "too_slow"),
        ({"Error": "KeyError", "Cause": json.dumps({"errorMessage": "'https://garden.example/secret'"})}, "internal"),
        ({}, "internal"),
    ],
)
def test_an_error_becomes_a_code_and_never_a_text(error: dict[str, str], code: str) -> None:
    assert code_of(error) == code
