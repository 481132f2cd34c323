"""Keys, and objects in the emulated S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ingestion.errors import PageFailed
from ingestion.store import (
    FetchedPage,
    ListedPage,
    PagePassages,
    Passage,
    Store,
    fetched_key,
    list_key,
    manifest_key,
    passages_key,
    todo_key,
)

PAGE = "0123456789abcdef" * 2
HASH = PAGE * 2


def test_keys() -> None:
    assert list_key("main", "run-1") == "fetched/main/run-1/list.json"
    assert fetched_key("main", "run-1", PAGE) == f"fetched/main/run-1/{PAGE}.json"
    assert passages_key(HASH, "titan1024") == f"passages/{HASH}-titan1024.json"
    assert todo_key("main", "run-1") == "runs/main/run-1/todo.json"
    assert manifest_key("main", "run-1") == "runs/main/run-1/manifest.json"


@pytest.mark.parametrize(
    "make",
    [
        lambda: list_key("../main", "run"),
        lambda: list_key("main", "a/../../runs"),
        lambda: list_key("", "run"),
        lambda: list_key("main", ""),
        lambda: list_key("main", "run\n"),
        lambda: fetched_key("main", "run", "../list"),
        lambda: fetched_key("main", "run", PAGE.upper()),
        lambda: passages_key("../x", "tag"),
        lambda: passages_key(HASH, "a/b"),
        lambda: todo_key("main", "."),
        lambda: manifest_key("/", "run"),
    ],
)
def test_no_part_of_a_key_leads_out_of_its_prefix(make: Callable[[], str]) -> None:
    with pytest.raises(ValueError, match=r"expected"):
        make()


def test_objects_come_back(s3: Any, bucket: str) -> None:
    store = Store(s3, bucket)
    page = FetchedPage("https://a.example/", "https://a.example/b", "text/html; charset=utf-8", b"\x00\xff", "noindex")
    store.put_page("fetched/page.json", page)
    assert store.get_page("fetched/page.json") == page
    pages = [ListedPage(PAGE, "https://a.example/ü")]
    store.put_list("fetched/list.json", pages)
    assert store.get_list("fetched/list.json") == pages
    passages = PagePassages("https://a.example/", "Ü", "https://a.example/b", (Passage("text", (0.5, -0.25)),))
    store.put("passages/x.json", passages.to_json())
    assert PagePassages.from_json(store.get("passages/x.json")) == passages


def test_the_same_value_has_the_same_bytes(s3: Any, bucket: str) -> None:
    store = Store(s3, bucket)
    for key in ("a", "b"):
        store.put(key, {"text": "ü", "numbers": [1, 2]})
    first, second = (s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in ("a", "b"))
    assert first == second == '{"text":"ü","numbers":[1,2]}'.encode()


def test_what_is_there_and_what_is_not(s3: Any, bucket: str) -> None:
    store = Store(s3, bucket)
    store.put("passages/ab", {})
    assert store.has("passages/ab")
    assert not store.has("passages/a")
    with pytest.raises(PageFailed, match=r"^missing$"):
        store.get("passages/a")


def test_type_and_charset_of_a_page() -> None:
    page = FetchedPage("a", "a", "text/html; charset=utf-8", b"")
    assert (page.media_type, page.charset) == ("text/html", "utf-8")
    page = FetchedPage("a", "a", "text/plain", b"")
    assert (page.media_type, page.charset) == ("text/plain", "")
