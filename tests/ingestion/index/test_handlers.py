"""The entry points as Lambda calls them: settings and credentials come from the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.errors import SettingsError
from ingestion.functions import embed, ledger, load
from ingestion.options import embed_options, ledger_options, load_options
from ingestion.store import FetchedPage, ListedPage, Store, list_key
from local_aws import Endpoint
from passages.domain import Domain
from tests.ingestion.index.conftest import EMBEDDER_KEY, LOADER_KEY
from tests.ingestion.index.runs import HOST, MODEL, Forever, html, page_of, urls

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:ingest:"
KEY = f"fetched/garden/one/{page_of('/roses')}.json"


SETTINGS = {
    "bucket": "bucket",
    "table": "table",
    "model_id": MODEL,
    "sources": [{"name": "garden", "kind": "sitemap", "address": f"{HOST}/sitemap.xml", "hosts": ["garden.example"]}],
    "hosts": ["garden.example"],
    "tolerated_failures_percent": 10,
    "endpoint": "http://domain.example",
    "index": "site",
}


@pytest.fixture
def store(s3: Any, bucket: str) -> Store:
    """A bucket of the emulated S3."""
    return Store(s3, bucket)


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, bucket: str, table: Any, search: str, model: Any
) -> Iterator[None]:
    """The environment that the layer gives to every function; other credentials are set by the tests."""
    settings = {**SETTINGS, "bucket": bucket, "table": table.name, "endpoint": search}
    monkeypatch.setenv("INGESTION", json.dumps(settings))
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", model.client.meta.endpoint_url)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulated")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", endpoint.account_id)
    for cached in (embed._embedding, ledger._keeping, load._store):
        cached.cache_clear()
    yield
    for cached in (embed._embedding, ledger._keeping, load._store):
        cached.cache_clear()


def test_a_run_by_the_handlers_fills_the_index(
    environment: None, monkeypatch: pytest.MonkeyPatch, bucket: str, store: Store, domain: Domain
) -> None:
    # An execution that Step Functions doesn't know is over.
    ledger.handle({"do": "begin", "source": "garden", "execution": f"{EXECUTION}forgotten"}, None)
    run = ledger.handle({"do": "begin", "source": "garden", "execution": f"{EXECUTION}one"}, None)
    assert run == {"run": "one"}
    both = {"source": "garden", **run}
    page, address = page_of("/roses"), f"{HOST}/roses"
    store.put_list(list_key("garden", "one"), [ListedPage(page, address)])
    assert ledger.handle({"do": "plan", **both, "mode": "all", "complete": True}, None)["count"] == 1
    store.put_page(KEY, FetchedPage(address, address, "text/html", html("Roses", "Red.").encode()))
    with monkeypatch.context() as as_embedder:
        as_embedder.setenv("AWS_ACCESS_KEY_ID", EMBEDDER_KEY)
        result = embed.handle({"page": page, "address": address, "key": KEY}, None)
    ledger.handle({"do": "keep", **both, "page": page, "address": address, "result": result}, None)
    manifest = ledger.handle({"do": "manifest", **both}, None)
    load._store(bucket)
    with monkeypatch.context() as as_loader:
        as_loader.setenv("AWS_ACCESS_KEY_ID", LOADER_KEY)
        given = {"manifest": manifest["key"]}
        opened = load.handle({"do": "open", **given}, Forever())
        given["index"] = opened["index"]
        assert load.handle({"do": "load", **given, "offset": 0}, Forever())["done"] is True
        assert load.handle({"do": "check", **given}, Forever())["documents"] == 1
        assert load.handle({"do": "switch", **given}, Forever())["moved"] is True
    ended = ledger.handle({"do": "finish", **both, "documents": 1, "index": "site-002"}, None)
    assert ended == {"vanished": 0, "unseen": 0, "removed": {}}
    assert urls(domain) == ["/roses"]


@pytest.mark.parametrize(
    ("read", "key"),
    [
        (embed_options, "bucket"),
        (embed_options, "model_id"),
        (ledger_options, "table"),
        (ledger_options, "sources"),
        (load_options, "endpoint"),
        (load_options, "index"),
        (load_options, "hosts"),
    ],
)
def test_what_a_function_needs_and_is_not_told_is_named(read: Any, key: str) -> None:
    told = {name: value for name, value in SETTINGS.items() if name != key}
    read({"INGESTION": json.dumps(SETTINGS)})
    with pytest.raises(SettingsError, match=rf"^INGESTION\.{key} is missing"):
        read({"INGESTION": json.dumps(told)})


@pytest.mark.parametrize(
    ("read", "key", "value"),
    [
        (ledger_options, "sources", ["garden"]),
        (ledger_options, "sources", [{"name": "Garden/.."}]),
        (ledger_options, "tolerated_failures_percent", 101),
        (ledger_options, "sources", []),
        (ledger_options, "vanished_days", "30"),
        (ledger_options, "unseen_days", 0),
        (load_options, "endpoint", "ftp://domain"),
        (load_options, "index", "Site*"),
        (load_options, "hosts", []),
        (embed_options, "guardrail", {"id": "gr1"}),
        (embed_options, "guardrail", "gr1"),
        (embed_options, "guardrail", {}),
    ],
)
def test_what_a_function_is_told_wrongly_is_refused(read: Any, key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=r"^INGESTION\."):
        read({"INGESTION": json.dumps({**SETTINGS, key: value})})
