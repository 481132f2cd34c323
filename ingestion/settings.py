"""Settings of the functions: the JSON of the environment variable INGESTION, checked before anything else is done."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.errors import PageFailed, SettingsError
from ingestion.web.addresses import AddressRules, parse
from ingestion.web.robots import product_token

VARIABLE = "INGESTION"
KINDS = ("sitemap", "crawl", "files")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Limits:
    """What fetching may take.

    Args:
        pages: Of a source.
        page_bytes: Of a page, as decompressed.
        page_seconds: For a page in all: names, robots.txt, redirects and body.
        list_seconds: For a crawl; less than the function's own time-out.
    """

    pages: int = 1000
    page_bytes: int = 2 * 1024 * 1024
    page_seconds: int = 20
    list_seconds: int = 600


@dataclass(frozen=True)
class SitemapSource:
    """Pages that a sitemap lists.

    Args:
        hosts: Hosts that pages and further sitemaps may have.
        keep_query: Whether a query string makes another page.
    """

    name: str
    address: str
    hosts: tuple[str, ...]
    keep_query: bool = False


@dataclass(frozen=True)
class CrawlSource:
    """Pages that links lead to.

    Args:
        start: Addresses to begin at.
        depth: Links from a start page to a page, at most.
    """

    name: str
    start: tuple[str, ...]
    hosts: tuple[str, ...]
    depth: int = 3
    keep_query: bool = False


@dataclass(frozen=True)
class FilesSource:
    """Files of a bucket.

    Args:
        prefix: Beginning of the keys; empty, or with `/` at the end.
        address: Where visitors find the files: the rest of a key is put behind it.
    """

    name: str
    bucket: str
    prefix: str
    address: str

    @property
    def hosts(self) -> tuple[str, ...]:
        return (parse(self.address).host,)


Source = SitemapSource | CrawlSource | FilesSource


@dataclass(frozen=True)
class FetchSettings:
    """What the fetching function goes by.

    Args:
        bucket: Where lists and pages are written to.
        user_agent: As sites see it; begins with the name by which robots.txt calls it.
        allowed_addresses: `HOST:PORT` on loopback, in an emulated environment alone.
    """

    bucket: str
    user_agent: str
    sources: Mapping[str, Source]
    limits: Limits
    allowed_addresses: frozenset[str]

    def source(self, name: str) -> Source:
        """Raises SettingsError for a source that isn't configured."""
        if name not in self.sources:
            raise SettingsError(f"no source {name[:80]!r}: there are {', '.join(sorted(self.sources)) or 'none'}")
        return self.sources[name]


def read_variable(environment: Mapping[str, str]) -> Mapping[str, Any]:
    """The JSON object in INGESTION. Raises SettingsError."""
    if VARIABLE not in environment:
        raise SettingsError(f"{VARIABLE} isn't set (expected a JSON object; deploy the layer workflows again)")
    try:
        value = json.loads(environment[VARIABLE])
    except ValueError as error:
        raise SettingsError(f"{VARIABLE} isn't JSON: {error}") from None
    if not isinstance(value, dict):
        raise SettingsError(f"{VARIABLE} is a {type(value).__name__} (expected a JSON object)")
    return value


def load_fetch_settings(environment: Mapping[str, str]) -> FetchSettings:
    """Raises SettingsError naming every value that is missing or wrong."""
    read = _Reader(read_variable(environment), VARIABLE, [])
    allowed = read.texts("allowed_addresses", _is_loopback, "HOST:PORT with an address on loopback", default=())
    sources = [_source(each, AddressRules(frozenset(allowed))) for each in read.inners("sources")]
    limits = read.inner("limits")
    settings = FetchSettings(
        bucket=read.text("bucket", _BUCKET.fullmatch, "a bucket's name"),
        user_agent=read.text("user_agent", _is_user_agent, "NAME/VERSION (+ADDRESS), printable ASCII"),
        sources={source.name: source for source in sources},
        limits=Limits(
            pages=limits.number("pages", 1, 50_000, Limits.pages),
            page_bytes=limits.number("page_bytes", 1024, 16 * 1024 * 1024, Limits.page_bytes),
            page_seconds=limits.number("page_seconds", 1, 300, Limits.page_seconds),
            list_seconds=limits.number("list_seconds", 1, 840, Limits.list_seconds),
        ),
        allowed_addresses=frozenset(allowed),
    )
    if len(settings.sources) < len(sources):
        read.problems.append(f"{VARIABLE}.sources: two have the same name")
    if read.problems:
        raise SettingsError("; ".join(read.problems))
    return settings


def _source(read: _Reader, rules: AddressRules) -> Source:
    name = read.text("name", _NAME.fullmatch, "a letter, then lower-case letters, digits and hyphens, 32 at most")
    kind = read.text("kind", KINDS.__contains__, "one of " + ", ".join(KINDS))

    def is_address(value: str) -> bool:
        try:
            rules.check_target(parse(value))
        except PageFailed:
            return False
        return True

    address = "http(s)://HOST/PATH on the scheme's own port, without a user name"
    host = "a host name in lower case, without a port"
    if kind == "files":
        return FilesSource(
            name=name,
            bucket=read.text("bucket", _BUCKET.fullmatch, "a bucket's name"),
            prefix=read.text("prefix", _is_prefix, "nothing, or a prefix that ends with /", default=""),
            address=read.text("address", lambda value: is_address(value) and value.endswith("/"), f"{address}/"),
        )
    hosts = read.texts("hosts", _is_host, host)
    keep_query = read.switch("keep_query")
    if kind == "crawl":
        start = read.texts("start", is_address, address)
        return CrawlSource(name, start, hosts, read.number("depth", 0, 10, CrawlSource.depth), keep_query)
    return SitemapSource(name, read.text("address", is_address, address), hosts, keep_query)


class _Reader:
    """Reads members of a JSON object and collects problems, so that one error shows them all."""

    def __init__(self, value: Mapping[str, Any], path: str, problems: list[str]) -> None:
        self._value = value
        self._path = path
        self.problems = problems

    def text(self, name: str, accepts: Any, expected: str, default: str | None = None) -> str:
        value = self._value.get(name, default)
        if isinstance(value, str) and accepts(value):
            return value
        self._refuse(name, value, expected)
        return ""

    def texts(self, name: str, accepts: Any, expected: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._value.get(name, default)
        if isinstance(value, list) and value and all(isinstance(each, str) and accepts(each) for each in value):
            return tuple(value)
        if default is None or value not in (default, list(default)):
            self._refuse(name, value, f"a list, each of it {expected}")
        return ()

    def number(self, name: str, low: int, high: int, default: int) -> int:
        value = self._value.get(name, default)
        if type(value) is int and low <= value <= high:
            return value
        self._refuse(name, value, f"a whole number from {low} to {high}")
        return low

    def switch(self, name: str) -> bool:
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            self._refuse(name, value, "true or false")
        return value is True

    def inner(self, name: str) -> _Reader:
        """The object of that name; an empty one where there is none."""
        value = self._value.get(name, {})
        if not isinstance(value, dict):
            self._refuse(name, value, "an object")
        return _Reader(value if isinstance(value, dict) else {}, f"{self._path}.{name}", self.problems)

    def inners(self, name: str) -> list[_Reader]:
        value = self._value.get(name)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self._refuse(name, value, "a list of objects")
            return []
        return [_Reader(each, f"{self._path}.{name}[{at}]", self.problems) for at, each in enumerate(value)]

    def _refuse(self, name: str, value: object, expected: str) -> None:
        state = "is missing" if value is None else f"is {str(value)[:80]!r}"
        self.problems.append(f"{self._path}.{name} {state} (expected {expected})")


def _is_loopback(value: str) -> bool:
    try:
        target = parse(f"http://{value}/")
        host = f"[{target.host}]" if ":" in target.host else target.host
        return f"{host}:{target.port}" == value and ipaddress.ip_address(target.host).is_loopback
    except (PageFailed, ValueError):
        return False


def _is_user_agent(value: str) -> bool:
    return value.isascii() and value.isprintable() and len(value) <= 200 and product_token(value) != ""


def _is_prefix(value: str) -> bool:
    return value == "" or (value.endswith("/") and len(value) <= 512 and not value.startswith("/"))


def _is_host(value: str) -> bool:
    try:
        return parse(f"https://{value}/").host == value
    except PageFailed:
        return False
