"""The ledger: what is known of sources and their pages, and which run is under way. One item a page, in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# Items of a source beside its pages; a page's id has hexadecimal digits alone.
LOCK, SUMMARY = "#lock", "#summary"
# What stands in a source's place where the sources themselves are kept, an item each.
SOURCES = "#sources"
OK, FAILED, VANISHED = "ok", "failed", "vanished"
# Failures that say nothing about the page: what it said before stays in the index. `status_5NN` count as well.
PASSING_CODES = frozenset(
    {
        "charset",
        "encoding",
        "internal",
        "malformed",
        "protocol",
        "robots_unreachable",
        "status_401",
        "status_403",
        "status_408",
        "status_425",
        "status_429",
        "tls",
        "too_slow",
        "unknown_host",
        "unreachable",
    }
)
# What a page itself wants: neither a failure of the run nor worth another try before the next.
WISHES = frozenset({"canonical", "noindex", "robots"})

Clock = Callable[[], datetime]


class AlreadyRunning(Exception):  # noqa: N818 - the state machine names it
    """Another run of the source is under way. The message names its execution."""


@dataclass(frozen=True)
class Entry:
    """A page as the ledger has it. `hash`, `model` and `passages` are of the last time that it succeeded.

    `unseen` is since when it isn't in the lists, none of which was complete; empty for a page that was in the last one.
    """

    source: str
    page: str
    address: str
    state: str
    when: str
    run: str
    hash: str = ""
    model: str = ""
    passages: int = 0
    error: str = ""
    unseen: str = ""

    def stands(self, tag: str) -> bool:
        """Whether passages of this model are there, and nothing says that they shouldn't be in the index."""
        if self.model != tag or not self.hash or self.state == VANISHED:
            return False
        return self.state == OK or is_passing(self.error)


def is_passing(code: str) -> bool:
    """Whether a failure says nothing about the page."""
    return code in PASSING_CODES or code.startswith(("status_5", "embedding_", "guardrail_"))


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """A table with the key `source` and `page`, and `expires` as time to live. Raises the SDK's ClientError."""

    def __init__(self, table: Any, *, now: Clock = _now) -> None:
        """`table` is a boto3 resource."""
        self._table, self._now = table, now
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def lock(self, source: str, run: str, execution: str, *, is_over: Callable[[str], bool]) -> None:
        """Begin a run, unless another execution is at it; one that is over has lost its lock. Raises AlreadyRunning."""
        item = {"source": source, "page": LOCK, "run": run, "execution": execution, "when": self._when()}
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(page) OR execution = :own",
                ExpressionAttributeValues={":own": execution},
            )
            return
        except self._refused:
            holder = self.holder(source)
        if holder and not is_over(holder):
            raise AlreadyRunning(f"{source} is being ingested by {holder}")
        try:
            self._table.put_item(
                Item=item,
                ConditionExpression="attribute_not_exists(page) OR execution = :holder",
                ExpressionAttributeValues={":holder": holder},
            )
        except self._refused:
            raise AlreadyRunning(f"{source} is being ingested by another run, which began just now") from None

    def note_run(self, source: str, run: str, **facts: Any) -> None:
        """Keep facts of the run with its lock. Raises AlreadyRunning where the lock is another's."""
        change = _setting(facts)
        change["ExpressionAttributeValues"][":run"] = run
        try:
            self._table.update_item(Key={"source": source, "page": LOCK}, ConditionExpression="run = :run", **change)
        except self._refused:
            raise AlreadyRunning(f"{source} is being ingested by another run than {run}") from None

    def run_facts(self, source: str, run: str) -> Mapping[str, Any]:
        """Facts of a run under way; nothing for another one."""
        item = self._item(source, LOCK) or {}
        return item if item.get("run") == run else {}

    def unlock(self, source: str, run: str) -> None:
        """End a run; the lock of another one stays."""
        try:
            self._table.delete_item(
                Key={"source": source, "page": LOCK},
                ConditionExpression="run = :run",
                ExpressionAttributeValues={":run": run},
            )
        except self._refused:
            return

    def keep_page(self, entry: Entry) -> None:
        """Write what a page's success gave. It expires no more."""
        self._set(entry, hash=entry.hash, model=entry.model, passages=entry.passages)

    def keep_failure(self, entry: Entry) -> None:
        """Write that a page failed; what it was before stays."""
        self._set(entry, error=entry.error)

    def vanish(self, entry: Entry, *, days: int) -> None:
        """Write that a page is gone; the ledger forgets it after some days."""
        expires = int((self._now() + timedelta(days=days)).timestamp())
        self._set(entry, expires=expires)

    def note_unseen(self, entry: Entry, *, unseen: bool) -> None:
        """Write that an incomplete list doesn't name a page, from now on; or that a list names it again."""
        change = "SET unseen = if_not_exists(unseen, :now)" if unseen else "REMOVE unseen"
        values = {"ExpressionAttributeValues": {":now": self._when()}} if unseen else {}
        try:
            self._table.update_item(
                Key={"source": entry.source, "page": entry.page},
                UpdateExpression=change,
                ConditionExpression="attribute_exists(page)",
                **values,
            )
        except self._refused:
            # Deleted meanwhile: it isn't to come back as a page without an address.
            return

    def note_sources(self, sources: Iterable[str]) -> None:
        """Keep the names of sources, by which their items are found when they aren't configured any more."""
        for each in sorted(set(sources) - self.sources()):
            self._table.put_item(Item={"source": SOURCES, "page": each, "when": self._when()})

    def sources(self) -> frozenset[str]:
        """Names of all sources that have, or may have, items."""
        return frozenset(each["page"] for each in self._items(SOURCES))

    def holder(self, source: str) -> str:
        """The execution that holds a source's lock, or empty."""
        return str((self._item(source, LOCK) or {}).get("execution", ""))

    def forget(self, source: str, run: str, *, days: int) -> int:
        """Let a source's pages go as vanished ones do, and the source at once; the number of these pages."""
        pages = [each for each in self.pages(source) if each.state != VANISHED]
        for each in pages:
            self.vanish(Entry(source, each.page, each.address, VANISHED, self._when(), run), days=days)
        for key in ({"source": source, "page": LOCK}, {"source": source, "page": SUMMARY}):
            self._table.delete_item(Key=key)
        self._table.delete_item(Key={"source": SOURCES, "page": source})
        return len(pages)

    def summarize(self, source: str, **facts: Any) -> None:
        """Keep facts of the source's last run, beside those that are there."""
        change = _setting({**facts, "when": self._when()})
        self._table.update_item(Key={"source": source, "page": SUMMARY}, **change)

    def summary(self, source: str) -> Mapping[str, Any]:
        """Facts of the source's last runs; nothing where there was none."""
        return self._item(source, SUMMARY) or {}

    def pages(self, source: str) -> Iterator[Entry]:
        """All pages of a source that the ledger remembers."""
        return (_entry(item) for item in self._items(source) if not item["page"].startswith("#"))

    def _items(self, source: str) -> Iterator[Mapping[str, Any]]:
        given: dict[str, Any] = {
            "KeyConditionExpression": "#source = :source",
            "ExpressionAttributeNames": {"#source": "source"},
            "ExpressionAttributeValues": {":source": source},
            "ConsistentRead": True,
        }
        while True:
            answer = self._table.query(**given)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            given["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def when(self) -> str:
        """Now, as the ledger writes it."""
        return self._when()

    def _set(self, entry: Entry, **special: Any) -> None:
        facts = {"address": entry.address, "state": entry.state, "when": self._when(), "run": entry.run, **special}
        # What is of the state before goes: an error of a page that succeeds, the end of one that is back.
        stale = [name for name in ("error", "expires", "unseen") if name not in special]
        change = _setting(facts)
        change["UpdateExpression"] += " REMOVE " + ", ".join(f"#s{at}" for at in range(len(stale)))
        change["ExpressionAttributeNames"] |= {f"#s{at}": name for at, name in enumerate(stale)}
        self._table.update_item(Key={"source": entry.source, "page": entry.page}, **change)

    def _item(self, source: str, page: str) -> dict[str, Any] | None:
        found = self._table.get_item(Key={"source": source, "page": page}, ConsistentRead=True).get("Item")
        return dict(found) if found else None

    def _when(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _setting(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `update_item` that set attributes; some of their names are words of DynamoDB's own."""
    return {
        "UpdateExpression": "SET " + ", ".join(f"#{at} = :{at}" for at in range(len(facts))),
        "ExpressionAttributeNames": {f"#{at}": name for at, name in enumerate(facts)},
        "ExpressionAttributeValues": {f":{at}": value for at, value in enumerate(facts.values())},
    }


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(
        source=item["source"],
        page=item["page"],
        address=item["address"],
        state=item["state"],
        when=item["when"],
        run=item["run"],
        hash=item.get("hash", ""),
        model=item.get("model", ""),
        passages=int(item.get("passages", 0)),
        error=item.get("error", ""),
        unseen=item.get("unseen", ""),
    )
