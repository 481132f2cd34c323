"""What the ledger's function writes is what is read here."""

from __future__ import annotations

import boto3

from ingestion.ledger import Entry, Ledger
from pipeline.ingestion.ledger import KnownPage, read_ledger
from tests.pipeline.ingestion.conftest import Deployed

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:sitechat-dev-ingestion:r2"


def entry(page: str, state: str, error: str = "") -> Entry:
    return Entry("docs", page, f"https://docs.example.com/{page}", state, "", "r2", "h", "m", 3, error)


def test_pages_lock_and_summary_are_told_apart(deployed: Deployed) -> None:
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=deployed.account.endpoint.url,
        region_name="us-east-1",
        aws_access_key_id=deployed.account.endpoint.account_id,
        aws_secret_access_key="emulated",
    )
    ledger = Ledger(resource.Table(deployed.env.names.resource("pages-ledger")))
    ledger.keep_page(entry("a", "ok"))
    ledger.keep_failure(entry("b", "failed", "tls"))
    ledger.vanish(entry("c", "vanished"), days=30)
    ledger.keep_page(entry("d", "ok"))
    ledger.note_unseen(entry("d", "ok"), unseen=True)
    ledger.lock("docs", "r2", EXECUTION, is_over=lambda execution: False)
    ledger.summarize("docs", run="r1", succeeded="2026-06-01T10:00:00+00:00", documents=7)
    deployed.machine({"Only": {"Type": "Succeed"}})
    found = read_ledger(deployed.found(), "docs")
    (since,) = (each.unseen for each in found.pages if each.page == "d")
    assert since
    assert found.unseen == 1
    assert set(found.pages) == {
        KnownPage("a", "https://docs.example.com/a", "ok", "", "r2", "m"),
        KnownPage("b", "https://docs.example.com/b", "failed", "tls", "r2"),
        KnownPage("c", "https://docs.example.com/c", "vanished", "", "r2"),
        KnownPage("d", "https://docs.example.com/d", "ok", "", "r2", "m", since),
    }
    assert found.execution == EXECUTION
    assert found.succeeded is not None
    assert found.succeeded.isoformat() == "2026-06-01T10:00:00+00:00"
    assert found.states == {"failed": 1, "ok": 2, "vanished": 1}


def test_a_source_that_nobody_ingested_is_empty(deployed: Deployed) -> None:
    deployed.machine({"Only": {"Type": "Succeed"}})
    found = read_ledger(deployed.found(), "docs")
    assert (found.pages, found.execution, found.succeeded, found.states) == ((), "", None, {})
