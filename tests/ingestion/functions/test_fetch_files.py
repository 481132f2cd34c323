"""The fetching function with files of the emulated S3 as its source."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from ingestion.errors import PageFailed
from ingestion.store import Store
from tests.ingestion.fetching_function import function_with, list_event, page_event
from tests.ingestion.site import Site

FILES = {"name": "files", "kind": "files", "prefix": "public/", "address": "https://files.example/docs/"}


def test_files_of_a_bucket(s3: Any, bucket: str, site: Site) -> None:
    put = {
        "public/a.html": b"<title>Hours</title><main>open</main>",
        "public/deep/b c.md": b"# Prices\n\nTwelve",
        "public/c.txt": gzip.compress(b"packed"),
        "public/picture.png": b"x",
        "public/deep/": b"",
        "public/x/../d.txt": b"x",
        "private/d.txt": b"secret",
    }
    for key, body in put.items():
        packed = {"ContentEncoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
        s3.put_object(Bucket=bucket, Key=key, Body=body, **packed)
    function = function_with(s3, bucket, site, {**FILES, "bucket": bucket})
    answer = function.answer(list_event("files"))
    assert (answer["pages"], answer["refused"], answer["complete"]) == (3, {"type": 1, "address_refused": 1}, True)
    store = Store(s3, bucket)
    addresses = [page.address for page in store.get_list(answer["key"])]
    base = "https://files.example/docs/"
    assert addresses == [f"{base}a.html", f"{base}c.txt", f"{base}deep/b%20c.md"]
    results = [function.answer(page_event(address, "files")) for address in addresses]
    assert [result["type"] for result in results] == ["text/html", "text/plain", "text/markdown"]
    assert store.get_page(results[1]["key"]).body == b"packed"
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://files.example/docs/none.txt", "missing"),
        ("https://files.example/docs/a.png", "type"),
        ("https://files.example/other.txt", "host_refused"),
        ("https://evil.example/docs/a.txt", "host_refused"),
        ("https://files.example/docs/large.txt", "too_large"),
    ],
)
def test_files_that_are_not_read(s3: Any, bucket: str, site: Site, address: str, code: str) -> None:
    s3.put_object(Bucket=bucket, Key="public/large.txt", Body=b"x" * 2049)
    function = function_with(s3, bucket, site, {**FILES, "bucket": bucket}, page_bytes=2048)
    with pytest.raises(PageFailed, match=rf"^{code}$"):
        function.answer(page_event(address, "files"))


def test_no_more_files_than_allowed(s3: Any, bucket: str, site: Site) -> None:
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"public/{number}.txt", Body=b"x")
    answer = function_with(s3, bucket, site, {**FILES, "bucket": bucket}, pages=3).answer(list_event("files"))
    assert (answer["pages"], answer["refused"]) == (3, {"limit": 1})
