"""The JSON of INGESTION, and what is said about mistakes in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.errors import SettingsError
from ingestion.settings import CrawlSource, FetchSettings, FilesSource, Limits, SitemapSource, load_fetch_settings

SITEMAP = {
    "name": "main",
    "kind": "sitemap",
    "address": "https://site.example/sitemap.xml",
    "hosts": ["site.example", "www.site.example"],
}
CRAWL = {
    "name": "docs",
    "kind": "crawl",
    "start": ["https://docs.example/"],
    "hosts": ["docs.example"],
    "depth": 5,
    "keep_query": True,
}
FILES = {"name": "files", "kind": "files", "bucket": "my-files", "prefix": "public/", "address": "https://f.example/a/"}
WHOLE = {
    "bucket": "sitechat-dev-pages-111111111111-us-east-1",
    "user_agent": "SiteChat/1.0 (+https://site.example)",
    "sources": [SITEMAP, CRAWL, FILES],
    "limits": {"pages": 10, "page_bytes": 2048, "page_seconds": 5, "list_seconds": 60},
    "allowed_addresses": ["127.0.0.1:8123", "[::1]:8124"],
}


def load(**changes: Any) -> FetchSettings:
    return load_fetch_settings({"INGESTION": json.dumps({**WHOLE, **changes})})


def test_all_that_can_be_set() -> None:
    settings = load()
    assert settings.sources == {
        "main": SitemapSource("main", "https://site.example/sitemap.xml", ("site.example", "www.site.example")),
        "docs": CrawlSource("docs", ("https://docs.example/",), ("docs.example",), 5, True),
        "files": FilesSource("files", "my-files", "public/", "https://f.example/a/"),
    }
    assert settings.limits == Limits(pages=10, page_bytes=2048, page_seconds=5, list_seconds=60)
    assert settings.allowed_addresses == {"127.0.0.1:8123", "[::1]:8124"}
    assert settings.source("files").hosts == ("f.example",)


def test_defaults() -> None:
    least = {name: WHOLE[name] for name in ("bucket", "user_agent")} | {"sources": [{**CRAWL, "depth": 0}]}
    settings = load_fetch_settings({"INGESTION": json.dumps(least)})
    assert settings.limits == Limits()
    assert settings.allowed_addresses == frozenset()


def test_a_site_on_loopback_may_be_a_source_where_it_is_allowed() -> None:
    local = {**SITEMAP, "address": "http://127.0.0.1:8123/sitemap.xml", "hosts": ["127.0.0.1"]}
    assert load(sources=[local]).source("main").hosts == ("127.0.0.1",)
    with pytest.raises(SettingsError, match=r"sources\[0\]\.address is 'http://127.0.0.1:8123/sitemap.xml'"):
        load(sources=[local], allowed_addresses=[])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bucket": None}, "INGESTION.bucket is missing (expected a bucket's name)"),
        ({"user_agent": "x\ny"}, "INGESTION.user_agent is 'x\\ny'"),
        ({"user_agent": "(nobody)"}, "INGESTION.user_agent is '(nobody)'"),
        ({"sources": {}}, "INGESTION.sources is '{}' (expected a list of objects)"),
        ({"sources": [SITEMAP, SITEMAP]}, "INGESTION.sources: two have the same name"),
        ({"sources": [{**SITEMAP, "name": "../x"}]}, "INGESTION.sources[0].name is '../x'"),
        ({"sources": [{**SITEMAP, "kind": "feed"}]}, "(expected one of sitemap, crawl, files)"),
        ({"sources": [{**SITEMAP, "hosts": []}]}, "INGESTION.sources[0].hosts is '[]'"),
        ({"sources": [{**SITEMAP, "hosts": "site.example"}]}, "INGESTION.sources[0].hosts is 'site.example'"),
        ({"sources": [{**SITEMAP, "hosts": ["Site.example"]}]}, "INGESTION.sources[0].hosts is \"['Site.example']\""),
        ({"sources": [{**SITEMAP, "hosts": ["site.example:80"]}]}, "INGESTION.sources[0].hosts is"),
        (
            {"sources": [{**SITEMAP, "keep_query": "no"}]},
            "INGESTION.sources[0].keep_query is 'no' (expected true or false)",
        ),
        ({"sources": [CRAWL, {**CRAWL, "name": "b", "start": ["ftp://x"]}]}, "INGESTION.sources[1].start is"),
        (
            {"sources": [{**CRAWL, "depth": 11}]},
            "INGESTION.sources[0].depth is '11' (expected a whole number from 0 to 10)",
        ),
        ({"sources": [{**CRAWL, "depth": True}]}, "INGESTION.sources[0].depth is 'True'"),
        ({"sources": [{**FILES, "prefix": "public"}]}, "INGESTION.sources[0].prefix is 'public'"),
        ({"sources": [{**FILES, "address": "https://f.example/a"}]}, "INGESTION.sources[0].address is"),
        ({"limits": {"pages": 0}}, "INGESTION.limits.pages is '0' (expected a whole number from 1 to 50000)"),
        ({"limits": []}, "INGESTION.limits is '[]' (expected an object)"),
        ({"allowed_addresses": ["10.0.0.1:80"]}, "INGESTION.allowed_addresses is \"['10.0.0.1:80']\""),
        ({"allowed_addresses": ["site.example:8123"]}, "INGESTION.allowed_addresses is"),
        ({"allowed_addresses": ["127.0.0.1"]}, "INGESTION.allowed_addresses is"),
        ({"allowed_addresses": "127.0.0.1:8123"}, "INGESTION.allowed_addresses is '127.0.0.1:8123'"),
    ],
)
def test_mistakes_are_named_with_what_is_accepted(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(**changes)
    assert message in str(raised.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError, match=r"INGESTION\.bucket is .*; INGESTION\.limits\.pages is"):
        load(bucket="X", limits={"pages": 0})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "INGESTION isn't set (expected a JSON object"),
        ({"INGESTION": "{"}, "INGESTION isn't JSON: "),
        ({"INGESTION": "[]"}, "INGESTION is a list (expected a JSON object)"),
    ],
)
def test_no_settings_at_all(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_fetch_settings(environment)
    assert str(raised.value).startswith(message)


def test_a_source_that_is_not_configured() -> None:
    with pytest.raises(SettingsError, match=r"^no source 'other': there are docs, files, main$"):
        load().source("other")
