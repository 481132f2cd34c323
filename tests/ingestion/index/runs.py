"""Runs of ingestion as the state machine makes them: events and answers are JSON, pages come from a dictionary."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingestion.errors import PageFailed
from ingestion.functions.embed import Embedding
from ingestion.functions.ledger import Keeping
from ingestion.functions.load import Loading
from ingestion.ledger import Ledger
from ingestion.options import EmbedOptions, GuardrailOptions, LedgerOptions, LoadOptions
from ingestion.store import FetchedPage, ListedPage, Store, fetched_key, list_key
from passages.domain import Domain

MODEL = "amazon.titan-embed-text-v2:0"
HOST = "https://garden.example"
Site = dict[str, str]
_NUMBERS = itertools.count(1)


class Killed(Exception):  # noqa: N818 - what happens to a run
    """The run ends here, as if somebody had stopped it."""


class Forever:
    """The context of a function that has all the time in the world."""

    left = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


def page_of(path: str) -> str:
    """Id of a page."""
    return hashlib.sha256(f"{HOST}{path}".encode()).hexdigest()[:32]


def html(title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{each}</p>" for each in paragraphs)
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1>{text}</main></body></html>"


@dataclass
class Machine:
    """The functions of one deployment. `over` are executions that have ended without a word."""

    domain: Domain
    bedrock: Any
    store: Store
    table: Any
    model_id: str
    sources: tuple[str, ...] = ("garden",)
    tolerated: int = 10
    guardrail: GuardrailOptions | None = None
    hosts: frozenset[str] = frozenset({"garden.example"})
    over: set[str] = field(default_factory=set)
    days_later: int = 0
    metrics_namespace: str = ""

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.table, now=lambda: datetime.now(UTC) + timedelta(days=self.days_later))

    @property
    def keeping(self) -> Keeping:
        namespace = self.metrics_namespace
        options = LedgerOptions(
            "bucket", "table", self.model_id, self.sources, self.tolerated, 30, metrics_namespace=namespace
        )
        return Keeping(options, self.ledger, self.store, self.over.__contains__)

    @property
    def embedding(self) -> Embedding:
        return Embedding(EmbedOptions("bucket", self.model_id, self.guardrail), self.store, self.bedrock)

    @property
    def loading(self) -> Loading:
        options = LoadOptions("bucket", "http://domain", "site", self.model_id, self.hosts)
        return Loading(options, self.domain, self.store)

    def keep(self, do: str, **event: Any) -> Any:
        """Call the ledger's function."""
        return _json(self.keeping.answer(_json({"do": do, **event})))

    def load(self, do: str, **event: Any) -> Any:
        """Call the loading function."""
        return _json(self.loading.answer(_json({"do": do, **event}), Forever()))

    def embed(self, **event: Any) -> Any:
        """Call the embedding function."""
        return _json(self.embedding.answer(_json(event)))

    def run(
        self,
        site: Mapping[str, str],
        *,
        source: str = "garden",
        mode: str = "all",
        failing: Mapping[str, str] | None = None,
        complete: bool = True,
        dies_at: str = "",
    ) -> Ended:
        """One run over the pages of a site, by path. `failing` pages fail with a code; at `dies_at` the run stops."""
        run = f"run-{next(_NUMBERS)}"
        execution = f"arn:aws:states:us-east-1:123456789012:execution:ingest:{run}"

        def at(step: str) -> None:
            if step == dies_at:
                self.over.add(execution)
                raise Killed(step)

        begun = self.keep("begin", source=source, execution=execution)
        assert begun == {"run": run}
        both = {"source": source, "run": run}
        pages = [ListedPage(page_of(path), f"{HOST}{path}") for path in site]
        self.store.put_list(list_key(source, run), pages)
        plan = self.keep("plan", **both, mode=mode, complete=complete)
        todo = [(each["page"], each["address"]) for each in plan["items"] or self.store.get(plan["key"])]
        embedded = 0
        for number, (page, address) in enumerate(todo):
            at(f"page {number}")
            embedded += self._page(both, page, address, site, failing or {})
        at("manifest")
        manifest = self.keep("manifest", **both)
        opened = self.load("open", manifest=manifest["key"])
        given = {"manifest": manifest["key"], "index": opened["index"]}
        at("load")
        step: dict[str, Any] = {"offset": 0, "done": False}
        while not step["done"]:
            step = self.load("load", **given, offset=step["offset"])
        at("check")
        checked = self.load("check", **given)
        at("switch")
        switched = self.load("switch", **given)
        at("finish")
        finished = self.keep("finish", **both, documents=checked["documents"], index=switched["index"])
        counts = (finished["vanished"], finished["unseen"], finished["removed"])
        return Ended(run, len(todo), embedded, manifest["failed"], checked["documents"], switched, *counts)

    def _page(
        self, both: Mapping[str, str], page: str, address: str, site: Mapping[str, str], failing: Mapping[str, str]
    ) -> int:
        path = address.removeprefix(HOST)
        key = fetched_key(both["source"], both["run"], page)
        try:
            if path in failing:
                raise PageFailed(failing[path])
            body = site[path].encode()
            self.store.put_page(key, FetchedPage(address, address, "text/html; charset=utf-8", body))
            result = self.embed(page=page, address=address, key=key)
        except PageFailed as error:
            cause = json.dumps({"errorMessage": str(error), "errorType": "PageFailed", "stackTrace": []})
            self.keep("keep", **both, page=page, address=address, error={"Error": "PageFailed", "Cause": cause})
            return 0
        self.keep("keep", **both, page=page, address=address, result=result)
        return int(result["embedded"])


@dataclass(frozen=True)
class Ended:
    """What a run that succeeded says of itself."""

    run: str
    pages: int
    embedded: int
    failed: int
    documents: int
    switched: dict[str, Any]
    vanished: int
    unseen: int
    removed: dict[str, int]


def documents(domain: Domain, index: str = "site", *, source: str = "") -> list[dict[str, Any]]:
    """Documents of an index, or of the one behind an alias, without their vectors, by address."""
    (index,) = domain.get(index)
    query = {"term": {"source": source}} if source else {"match_all": {}}
    answer = domain.post(f"{index}/_search", {"size": 1000, "_source": {"excludes": ["embedding"]}, "query": query})
    found = [each["_source"] for each in answer["hits"]["hits"]]
    return sorted(found, key=lambda each: (each["url"], each["text"]))


def urls(domain: Domain, index: str = "site") -> list[str]:
    """Paths of the pages in an index, each once."""
    return sorted({each["url"].removeprefix(HOST) for each in documents(domain, index)})


def indexes(domain: Domain) -> dict[str, str]:
    """Versions with "asked", "open" or "closed"."""
    asked = domain.get("site") or {}
    opened = domain.get("site-*?expand_wildcards=open") or {}
    every = domain.get("site-*?expand_wildcards=all") or {}
    found = {name: "asked" if name in asked else "open" if name in opened else "closed" for name in every}
    return found | ({"site": "concrete"} if "site" in asked else {})


def site_of(paths: Iterable[str], text: Callable[[str], str] = lambda path: f"About {path[1:]}.") -> Site:
    """A site with one short page a path."""
    return {path: html(path[1:], text(path), "Dogs are welcome in the garden.") for path in paths}


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value))
