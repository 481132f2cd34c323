from __future__ import annotations

import json
from typing import Any

import pytest

from config.sections.ingestion import IngestionSource
from tests.config.samples import build, problems

SITEMAP = {"name": "site", "kind": "sitemap", "address": "https://www.example.com/sitemap.xml"}
CRAWL = {
    "name": "docs",
    "kind": "crawl",
    "start_addresses": ["https://docs.example.com/a"],
    "allowed_hosts": ["cdn.example.com"],
}
FILES = {"name": "files", "kind": "files", "bucket": "of-ours", "base_address": "https://www.example.com/files/"}
EMULATED = {"emulator": {"enabled": True}}


def sources(*given: dict[str, Any], **tables: Any) -> dict[str, str]:
    return problems(ingestion={"sources": list(given)}, **tables)


def site(**values: Any) -> dict[str, str]:
    return sources({**SITEMAP, **values})


def test_each_kind_is_accepted() -> None:
    assert not sources(SITEMAP, CRAWL, FILES)


def test_hosts_of_all_sources() -> None:
    env = build(ingestion={"sources": [SITEMAP, CRAWL, FILES]})
    assert env.ingestion.hosts == ("www.example.com", "docs.example.com", "cdn.example.com")


@pytest.mark.parametrize(
    ("source", "key"),
    [(SITEMAP, "address"), (CRAWL, "start_addresses"), (FILES, "bucket"), (FILES, "base_address")],
)
def test_a_kind_without_what_it_needs(source: dict[str, Any], key: str) -> None:
    given = {name: value for name, value in source.items() if name != key}
    assert set(sources(given)) == {f"ingestion.sources[0].{key}"}


@pytest.mark.parametrize(
    ("source", "key", "value"),
    [
        (SITEMAP, "depth", 3),
        (SITEMAP, "bucket", "of-ours"),
        (CRAWL, "address", "https://www.example.com/"),
        (FILES, "allowed_hosts", ["www.example.com"]),
        (CRAWL, "prefix", "a/"),
    ],
)
def test_a_kind_with_what_it_never_reads(source: dict[str, Any], key: str, value: Any) -> None:
    assert set(sources({**source, key: value})) == {f"ingestion.sources[0].{key}"}


def test_names_are_their_own() -> None:
    assert set(sources(SITEMAP, {**SITEMAP, "keep_query": True})) == {"ingestion.sources[1].name"}


def test_an_index_to_fill() -> None:
    assert set(sources(SITEMAP, search={"enabled": False})) == {"ingestion.sources"}


@pytest.mark.parametrize(
    "address",
    [
        "http://www.example.com/",
        "https://www.example.com:8443/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://localhost/",
        "https://vault.internal/",
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    assert set(site(address=address)) == {"ingestion.sources[0].address"}


@pytest.mark.parametrize(
    "address", ["https://me@www.example.com/", "ftp://www.example.com/", "https://WWW.example.com/", "https://a/#b"]
)
def test_an_address_of_another_form(address: str) -> None:
    assert set(site(address=address)) == {"ingestion.sources[0].address"}


@pytest.mark.parametrize("host", ["10.0.0.1", "metadata", "printer.local"])
def test_a_host_that_is_not_public(host: str) -> None:
    assert set(sources({**CRAWL, "allowed_hosts": [host]})) == {"ingestion.sources[0].allowed_hosts[0]"}


def test_an_address_inside_is_for_the_emulated_aws() -> None:
    given = {
        "sources": [{**SITEMAP, "address": "http://127.0.0.1:8123/sitemap.xml"}],
        "allowed_addresses": ["127.0.0.1:8123"],
    }
    assert set(problems(ingestion=given)) == {"ingestion.allowed_addresses[0]"}
    assert not problems(ingestion=given, **EMULATED)
    other = {**given, "allowed_addresses": ["127.0.0.1:8124"]}
    assert set(problems(ingestion=other, **EMULATED)) == {"ingestion.sources[0].address"}


@pytest.mark.parametrize("address", ["169.254.169.254:80", "10.0.0.1:80", "127.0.0.1:65536", "999.0.0.1:80"])
def test_an_address_inside_is_on_loopback(address: str) -> None:
    found = problems(ingestion={"allowed_addresses": [address]}, **EMULATED)
    assert set(found) == {"ingestion.allowed_addresses[0]"}


@pytest.mark.parametrize(("pages", "executions", "accepted"), [(8, 10, True), (9, 10, False), (98, 100, True)])
def test_pages_in_work_fit_the_account(pages: int, executions: int, accepted: bool) -> None:
    found = problems(ingestion={"concurrency": pages, "lambda_executions": executions})
    assert set(found) == (set() if accepted else {"ingestion.concurrency"})


@pytest.mark.parametrize(
    ("schedule", "accepted"),
    [("rate(1 day)", True), ("rate(47 hours)", True), ("rate(2 days)", False), ("cron(0 3 * * ? *)", True)],
)
def test_a_schedule_and_its_alarm(schedule: str, accepted: bool) -> None:
    assert set(problems(ingestion={"schedule": schedule})) == (set() if accepted else {"ingestion.schedule"})


@pytest.mark.parametrize("schedule", ["at(2026-12-01T00:00:00)", "rate(0 days)", "rate(5 minutes)", "daily", "cron()"])
def test_no_schedule(schedule: str) -> None:
    assert set(problems(ingestion={"schedule": schedule})) == {"ingestion.schedule"}


def test_passages_are_checked_by_a_guardrail() -> None:
    checked = {"check_passages": True}
    assert not problems(ingestion=checked)
    assert set(problems(ingestion=checked, bedrock={"guardrail": False})) == {"ingestion.check_passages"}


def test_sources_fit_a_functions_variables() -> None:
    long = {**CRAWL, "start_addresses": [f"https://docs.example.com/{'a' * 900}{index}" for index in range(4)]}
    assert set(sources(long)) == {"ingestion.sources"}


def test_hosts_fit_a_functions_variables_with_their_source_and_all_together() -> None:
    """Lambda refuses more than 4 KiB, at apply alone."""
    hosts = [f"{'a' * 60}.{'b' * 20}.h{number}.example.com" for number in range(20)]
    assert len(json.dumps(hosts)) < 2200
    assert set(sources({**CRAWL, "allowed_hosts": hosts})) == {"ingestion.sources"}


@pytest.mark.parametrize(
    ("search", "pages", "accepted"),
    [
        ({}, 5777, True),
        ({}, 5779, False),
        ({"instance_type": "t3.medium.search"}, 11_000, True),
        ({"instance_count": 2}, 5779, False),
        ({"instance_count": 4}, 11_000, True),
        ({"instance_type": "r6g.large.search"}, 20_000, True),
    ],
)
def test_memory_for_two_versions(search: dict[str, Any], pages: int, accepted: bool) -> None:
    found = problems(ingestion={"sources": [SITEMAP], "max_pages": pages}, search=search)
    assert set(found) == (set() if accepted else {"search.instance_type"})


def test_a_source_has_no_default_that_its_kind_refuses() -> None:
    for source in (SITEMAP, CRAWL, FILES):
        defaults = {
            key: field.default for key, field in IngestionSource.model_fields.items() if not field.is_required()
        }
        given = {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()}
        assert not sources({**{key: value for key, value in given.items() if value is not None}, **source})
