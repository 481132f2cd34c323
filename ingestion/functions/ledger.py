"""The ledger's function: begins and ends runs, plans them, keeps what became of each page, writes the manifest."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import boto3

from ingestion.absences import Absences, absences
from ingestion.errors import is_code
from ingestion.index.manifest import Manifest, WantedPage
from ingestion.ledger import FAILED, OK, VANISHED, WISHES, Entry, Ledger
from ingestion.options import LedgerOptions, ledger_options
from ingestion.store import Store, current_key, list_key, manifest_key, passages_key, todo_key
from passages.layout import model_tag

# As many pages are handed on as they are; more lie in the bucket. A state's data has 256 KiB, and the history of an
# execution 25,000 events, of which a page that is tried again and again takes some 80 ("Step Functions quotas").
MOST_HANDED_ON, MOST_HANDED_BYTES = 200, 128 * 1024
# Ends of an execution ("DescribeExecution", Step Functions API).
_UNDER_WAY = ("RUNNING", "PENDING_REDRIVE")
MODES = ("all", "failed")


class TooManyFailures(Exception):  # noqa: N818 - the state machine names it
    """More pages failed than are tolerated: the index stays as it was."""


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function; `do` of the event names one of the methods of `Keeping`."""
    return _keeping().answer(event)


@cache
def _keeping() -> Keeping:
    options = ledger_options(os.environ)
    ledger = Ledger(boto3.resource("dynamodb").Table(options.table))
    return Keeping(options, ledger, Store(boto3.client("s3"), options.bucket), _is_over)


def _is_over(execution: str) -> bool:
    """Whether an execution is at its end, or so long ago that Step Functions has forgotten it."""
    states = boto3.client("stepfunctions")
    try:
        status = states.describe_execution(executionArn=execution)["status"]
    except states.exceptions.ExecutionDoesNotExist:
        return True
    return status not in _UNDER_WAY


class Keeping:
    """What the function does, with its settings, the ledger and the bucket."""

    def __init__(self, options: LedgerOptions, ledger: Ledger, store: Store, is_over: Callable[[str], bool]) -> None:
        self._options, self._ledger, self._store, self._is_over = options, ledger, store, is_over
        self._tag = model_tag(options.model_id)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Do what `do` says. Raises ValueError for anything else, and what the methods raise."""
        methods = {
            "begin": self.begin,
            "plan": self.plan,
            "keep": self.keep,
            "manifest": self.manifest,
            "finish": self.finish,
            "abandon": self.abandon,
        }
        if event["do"] not in methods:
            raise ValueError(f"do is {event['do']!r} (expected one of {', '.join(methods)})")
        if event["source"] not in self._options.sources:
            raise ValueError(f"{event['source']!r} is no source (there are {', '.join(self._options.sources)})")
        return methods[event["do"]](event)

    def begin(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, execution}` (an ARN, whose name is the run) -> `{run}`. Raises AlreadyRunning."""
        execution = event["execution"]
        run = execution.rpartition(":")[2]
        self._ledger.lock(event["source"], run, execution, is_over=self._is_over)
        # The loading function can't reach the ledger.
        self._store.put(current_key(event["source"]), {"run": run})
        self._ledger.note_sources(self._options.sources)
        return {"run": run}

    def plan(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, run, mode, complete}` -> `{key, count, items}`: pages to fetch.

        `mode` is "all", or "failed": pages that failed, those that no run came to, and those of another model.
        `complete` (by default true) says that the list names every page, so that others have vanished. `items` are the
        pages where there are few, else empty: then `key` names the object that lists them.
        """
        source, run, mode = event["source"], event["run"], event.get("mode", "all")
        if mode not in MODES:
            raise ValueError(f"mode is {mode!r} (expected one of {', '.join(MODES)})")
        pages = list(self._store.get_list(list_key(source, run)))
        if mode == "failed":
            known = {each.page: each for each in self._ledger.pages(source)}
            pages = [each for each in pages if _to_repeat(known.get(each.page), self._tag)]
        key = todo_key(source, run)
        self._store.put_list(key, pages)
        self._ledger.note_run(source, run, complete=bool(event.get("complete", True)))
        items = [asdict(each) for each in pages[: MOST_HANDED_ON + 1]]
        fits = len(items) <= MOST_HANDED_ON and len(json.dumps(items)) <= MOST_HANDED_BYTES
        return {"key": key, "count": len(pages), "items": items if fits else []}

    def keep(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, run, page, address}` with `result` (`{hash, passages}`) or `error` (`{Error, Cause}`) -> `{}`."""
        base = {name: event[name] for name in ("source", "page", "address", "run")}
        when = self._ledger.when()
        if "error" in event:
            code = code_of(event["error"])
            self._ledger.keep_failure(Entry(**base, state=FAILED, when=when, error=code))
            if code == "quarantined":
                # A metric of such pages is made of this line. It doesn't name the page: addresses stay out of logs.
                print(json.dumps({"quarantined": event["source"]}))
            return {}
        result = event["result"]
        entry = Entry(
            **base, state=OK, when=when, hash=result["hash"], model=self._tag, passages=int(result["passages"])
        )
        self._ledger.keep_page(entry)
        return {}

    def manifest(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, run}` -> `{key, pages, failed}`: what the index is to hold. Raises TooManyFailures."""
        source, run = event["source"], event["run"]
        known = {each.page: each for each in self._ledger.pages(source)}
        failed = self._failures(source, run, known)
        # Before the others are looked at: of two runs at once, one sees that the other has all its passages.
        self._ledger.summarize(source, model=self._tag)
        gone = {each.page for each in self._absences(source, run, known).vanished}
        entries = [each for each in known.values() if each.page not in gone]
        others = [name for name in self._options.sources if name != source]
        waiting = []
        for name in others:
            # Pages after the summary: a source that has all of its passages by then is read with all of them.
            last = self._ledger.summary(name).get("model", self._tag)
            waiting += [name] if last != self._tag else []
            entries += self._ledger.pages(name)
        wanted = [_wanted(each) for each in entries if each.stands(self._tag)]
        wanted.sort(key=lambda each: (each.source, each.page))
        manifest = Manifest(source, run, self._tag, self._options.sources, tuple(wanted), tuple(waiting))
        key = manifest_key(source, run)
        self._store.put(key, manifest.told())
        return {"key": key, "pages": sum(each.source == source for each in wanted), "failed": failed}

    def finish(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, run, documents, index}` -> `{vanished, unseen, removed}`: it succeeded, and the next may begin.

        `removed` are sources that aren't configured any more, with the pages of each. Once more, or of a run whose lock
        is another's by now, it does nothing.
        """
        source, run = event["source"], event["run"]
        if not self._ledger.run_facts(source, run):
            return {"vanished": 0, "unseen": 0, "removed": {}}
        found = self._absences(source, run, {each.page: each for each in self._ledger.pages(source)})
        for each in found.vanished:
            gone = Entry(source, each.page, each.address, VANISHED, self._ledger.when(), run)
            self._ledger.vanish(gone, days=self._options.vanished_days)
        for each in (*found.unseen, *found.back):
            self._ledger.note_unseen(each, unseen=each in found.unseen)
        removed = self._forget_removed(run)
        self._ledger.summarize(
            source,
            run=run,
            succeeded=self._ledger.when(),
            documents=int(event.get("documents", 0)),
            index=str(event.get("index", "")),
            error="",
        )
        # A metric of the source's successes is made of this line.
        print(json.dumps({"ingested": source}))
        self._ledger.unlock(source, run)
        return {"vanished": len(found.vanished), "unseen": len(found.unseen), "removed": removed}

    def abandon(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{source, run, error}` -> `{}`: the run failed. The lock of another run stays."""
        source, run = event["source"], event.get("run", "")
        if run and self._ledger.run_facts(source, run):
            self._ledger.summarize(source, failed_run=run, error=code_of(event.get("error", {})))
            self._ledger.unlock(source, run)
        return {}

    def _failures(self, source: str, run: str, known: Mapping[str, Entry]) -> int:
        """Pages of this run that failed, judged by their share in all listed ones: those repeated may fail again."""
        todo = self._store.get_list(todo_key(source, run))
        listed = len(self._store.get_list(list_key(source, run)))
        failed = sum(_failed(known.get(each.page), run) for each in todo)
        if self._options.metrics_namespace:
            print(json.dumps(run_metrics(self._options.metrics_namespace, source, len(todo), failed, time.time())))
        if failed * 100 > self._options.tolerated_failures_percent * listed:
            tolerated = self._options.tolerated_failures_percent
            raise TooManyFailures(f"{failed} of {listed} pages failed, and {tolerated} percent are tolerated")
        return failed

    def _absences(self, source: str, run: str, known: Mapping[str, Entry]) -> Absences:
        """What the run's list says of pages that it doesn't name. One more try finds the same."""
        return absences(
            known.values(),
            {each.page for each in self._store.get_list(list_key(source, run))},
            complete=self._ledger.run_facts(source, run).get("complete", False),
            now=datetime.fromisoformat(self._ledger.when()),
            unseen_days=self._options.unseen_days,
        )

    def _forget_removed(self, run: str) -> dict[str, int]:
        """Let go what the ledger has of sources that were removed; one whose run is under way waits for the next."""
        removed = sorted(self._ledger.sources() - set(self._options.sources))
        idle = [each for each in removed if not (holder := self._ledger.holder(each)) or self._is_over(holder)]
        return {each: self._ledger.forget(each, run, days=self._options.vanished_days) for each in idle}


def run_metrics(namespace: str, source: str, pages: int, failed: int, at: float) -> dict[str, Any]:
    """A run's pages and those that failed, as a line that CloudWatch Logs makes metrics of.

    "Specification: Embedded metric format", CloudWatch user guide. `at` is in seconds since the epoch.
    """
    values = {"Pages": pages, "FailedPages": failed}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Source"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
    }
    return {"_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]}, "Source": source, **values}


def code_of(error: Mapping[str, Any]) -> str:
    """Code of what Step Functions caught: that of our own errors, else by the error's name, else `internal`."""
    try:
        message = json.loads(error.get("Cause", ""))["errorMessage"]
    except (ValueError, KeyError, TypeError):
        message = ""
    name = str(error.get("Error", ""))
    if isinstance(message, str) and is_code(message):
        return message
    if name in ("States.Timeout", "Sandbox.Timedout"):
        return "too_slow"
    return {"AlreadyRunning": "already_running", "TooManyFailures": "too_many_failures"}.get(name, "internal")


def _to_repeat(entry: Entry | None, tag: str) -> bool:
    if entry is None or entry.state == VANISHED:
        return True
    if entry.state == OK:
        # A new model fills a new version, which would be asked without the pages that aren't embedded with it.
        return entry.model != tag
    return entry.error not in WISHES


def _failed(entry: Entry | None, run: str) -> bool:
    """Whether a page of the run failed, or the run never came to it."""
    if entry is None or entry.run != run:
        return True
    return entry.state == FAILED and entry.error not in WISHES


def _wanted(entry: Entry) -> WantedPage:
    key = passages_key(entry.hash, entry.model)
    return WantedPage(entry.page, entry.source, entry.address, entry.hash, key, entry.passages)
