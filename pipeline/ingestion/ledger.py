"""The ledger of pages, read: what is known of each page of a source, its last success, and the run under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingestion.ledger import FAILED, LOCK, SUMMARY, VANISHED
from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion.causes import Cause, cause_of_page
from pipeline.ingestion.places import DeployedIngestion

# Addresses shown of a failure; the ledger has them all.
SHOWN_ADDRESSES = 5


@dataclass(frozen=True)
class KnownPage:
    """A page in the ledger.

    `state` is "ok", "failed" or "vanished"; `error` a code; `run` the last that touched it; `model` the tag of the
    model that made its vectors; `unseen` since when lists that weren't complete don't name it, or empty.
    """

    page: str
    address: str
    state: str
    error: str
    run: str
    model: str = ""
    unseen: str = ""


@dataclass(frozen=True)
class Failure:
    """Pages that failed for one cause."""

    cause: Cause
    count: int
    addresses: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The failure as plain data, for --json."""
        return {**vars(self.cause), "count": self.count, "addresses": list(self.addresses)}


@dataclass(frozen=True)
class SourceLedger:
    """The ledger of one source. `execution` is the ARN of the run that holds the source, or empty."""

    source: str
    pages: tuple[KnownPage, ...]
    execution: str
    summary: Mapping[str, str]

    @property
    def succeeded(self) -> datetime | None:
        """Time of the last success."""
        text = self.summary.get("succeeded", "")
        return datetime.fromisoformat(text) if text else None

    @property
    def states(self) -> dict[str, int]:
        """Number of pages by state."""
        return dict(sorted(Counter(each.state for each in self.pages).items()))

    @property
    def unseen(self) -> int:
        """Number of pages that stay although the last list doesn't name them: it wasn't complete."""
        return sum(bool(each.unseen) for each in self.pages)

    def failures(self, run: str | None = None) -> tuple[Failure, ...]:
        """Pages that failed, by cause, the most frequent first; with `run` those of that run alone."""
        return failures(each for each in self.pages if run is None or each.run == run)


def failures(pages: Iterable[KnownPage]) -> tuple[Failure, ...]:
    """The pages among these that failed, by cause, the most frequent first."""
    by_code: dict[str, list[str]] = {}
    for each in pages:
        if each.state == FAILED:
            by_code.setdefault(each.error, []).append(each.address)
    found = [
        Failure(cause_of_page(code), len(addresses), tuple(sorted(addresses)[:SHOWN_ADDRESSES]))
        for code, addresses in by_code.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.cause.code)))


def read_ledger(ingestion: DeployedIngestion, source: str) -> SourceLedger:
    """Everything that the ledger has of a source. Raises SitechatError: 3 without the table, 6 for AWS's refusal."""
    pages, lock, summary = [], {}, {}
    for item in _items(ingestion, source):
        match item["page"]:
            case name if name == LOCK:
                lock = item
            case name if name == SUMMARY:
                summary = item
            case name:
                texts = [item.get(key, "") for key in ("address", "state", "error", "run", "model", "unseen")]
                pages.append(KnownPage(name, *texts))
    return SourceLedger(source, tuple(pages), lock.get("execution", ""), summary)


def _items(ingestion: DeployedIngestion, source: str) -> Iterable[dict[str, str]]:
    missing = SitechatError(
        f"the ledger {ingestion.table} does not exist yet",
        hint=f"It comes with the layer workflows: `sitechat deploy --env {ingestion.session.env_ref}`.",
        code=ExitCode.MISSING,
    )
    pages = ingestion.dynamodb.get_paginator("query").paginate
    found = asked(
        lambda **given: [item for page in pages(**given) for item in page["Items"]],
        otherwise=failed_to("read the ledger of pages"),
        known={"ResourceNotFoundException": missing},
        TableName=ingestion.table,
        KeyConditionExpression="#source = :source",
        ExpressionAttributeNames={"#source": "source"},
        ExpressionAttributeValues={":source": {"S": source}},
    )
    for item in found:
        yield {name: str(next(iter(value.values()))) for name, value in item.items()}


def to_repeat(page: KnownPage | None, wishes: frozenset[str], model: str) -> bool:
    """Whether a run of failed pages alone fetches this one: the ledger's function decides by the same rule."""
    if page is None or page.state == VANISHED:
        return True
    return page.error not in wishes if page.state == FAILED else page.model != model
