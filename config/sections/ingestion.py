"""[ingestion]: the sites and files that fill the index, and how they are fetched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from config.checks import Many, StrictModel, Text, ValueCheck
from config.schedules import is_schedule, longest_pause_hours

# A part of object keys, executions and schedules.
SourceName = Annotated[
    str, Text(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?", "1 to 32 lower-case letters, digits and inner hyphens", 32)
]
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"(?=.{{1,253}}(?:[:/]|$))(?:{_LABEL}\.)*{_LABEL}"
_PORT = r"(?::(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?"
Host = Annotated[str, Text(_HOST, "a host name in lower case, such as www.example.com", 253)]
# RFC 3986: what stands in a path and a query. No user, no fragment.
_REST = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
WebAddress = Annotated[
    str,
    Text(
        rf"https?://{_HOST}{_PORT}(?:/{_REST}*)?(?:\?(?:{_REST}|\?)*)?",
        "an address such as https://www.example.com/sitemap.xml, host in lower case, without user and fragment",
        max_length=1000,
    ),
]
BaseAddress = Annotated[
    str, Text(rf"https?://{_HOST}{_PORT}/(?:{_REST}*/)?", "an address that ends with /", max_length=500)
]
# Amazon S3 user guide, general purpose bucket naming rules.
BucketName = Annotated[
    str,
    Text(
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)(?!.*\.\.)"
        r"(?!\d{1,3}(?:\.\d{1,3}){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "the name of a general purpose bucket: 3 to 63 lower-case letters, digits, . and -, no alias",
        63,
    ),
]
Prefix = Annotated[
    str, Text(r"(?:[A-Za-z0-9!_.()-]+/)*", "nothing, or folders that end with /, such as site/public/", 500, 0)
]
# RFC 9110, section 5.6.2: a product token, and a comment in brackets.
UserAgent = Annotated[
    str,
    Text(
        r"[A-Za-z][A-Za-z0-9!#&'*+.^_|~-]*(?:/[A-Za-z0-9!#&'*+.^_|~-]+)?(?: \([A-Za-z0-9 .,:;/@+_~-]+\))?",
        "a product such as SiteChat/1.0, and a comment in brackets",
        max_length=200,
    ),
]


class ScheduleText(ValueCheck):
    """A schedule that runs again and again; one that runs once is none."""

    accepted = (
        "rate(1 day), rate(12 hours) or a cron expression that is due some day, in UTC and with ? in one of its two "
        "fields of days, such as cron(0 3 * * ? *)"
    )

    def allows(self, value: Any) -> bool:
        return len(value) <= 256 and is_schedule(value)  # ScheduleExpression


Schedule = Annotated[str, ScheduleText()]
Endpoint = Annotated[
    str, Text(r"\d{1,3}(?:\.\d{1,3}){3}:[1-9]\d{0,4}", "an IPv4 address and a port, such as 127.0.0.1:8123", 21)
]


class IngestionSource(StrictModel):
    """A site or a folder of files whose pages the index holds."""

    name: SourceName = Field(description="Name of the source, in the ledger and on the command line.")
    kind: Literal["sitemap", "crawl", "files"] = Field(
        description="How pages are found: in a sitemap, by following links, or as objects in S3."
    )
    address: WebAddress | None = Field(default=None, description='Address of the sitemap, with kind = "sitemap".')
    start_addresses: Many[WebAddress] = Field(
        default=(), max_length=20, description='Addresses where following links begins, with kind = "crawl".'
    )
    allowed_hosts: Many[Host] = Field(
        default=(),
        max_length=20,
        description="Hosts whose pages are taken beside those of the addresses above; no other host is asked.",
    )
    depth: int = Field(default=2, ge=0, le=10, description='Links followed from a start address, with kind = "crawl".')
    bucket: BucketName | None = Field(
        default=None,
        description='Bucket of this account and region with the files, encrypted with S3\'s own keys; kind = "files".',
    )
    prefix: Prefix = Field(default="", description='Folder of the files in the bucket, with kind = "files".')
    base_address: BaseAddress | None = Field(
        default=None, description="Address under which visitors find the folder; what follows it is an object's key."
    )
    keep_query: bool = Field(default=False, description="Take addresses that differ after ? for different pages.")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that pages of this source come from, each once, as answers may name them."""
        named = [address for address in (self.address, *self.start_addresses, self.base_address) if address]
        return tuple(dict.fromkeys([*(urlsplit(each).hostname or "" for each in named), *self.allowed_hosts]))


class IngestionSection(StrictModel):
    """Where the index gets its pages from; without sources nothing is built, and the index stays empty."""

    sources: Many[IngestionSource] = Field(default=(), max_length=10, description="Sites and folders of files.")
    schedule: Schedule | None = Field(
        default=None, description="When every source is ingested; unset: only by `sitechat ingest run`."
    )
    max_pages: int = Field(default=500, ge=1, le=20_000, description="Pages of each source; more are left out.")
    max_page_kib: int = Field(
        default=2048, ge=16, le=10_240, description="Size of a page, decompressed; a larger one fails."
    )
    page_seconds: int = Field(
        default=20, ge=1, le=60, description="Time to fetch a page, redirects and robots.txt included."
    )
    stale_after_hours: int = Field(
        default=48,
        ge=1,
        le=168,
        description="Age of a source's last success that raises its alarm, where there is a schedule.",
    )
    timeout_minutes: int = Field(default=360, ge=10, le=1440, description="Time a run may take before it is stopped.")
    concurrency: int = Field(default=5, ge=1, le=1000, description="Pages of a run in work at the same time.")
    lambda_executions: int = Field(
        default=10,
        ge=10,
        le=100_000,
        description="Functions the account may run at the same time (its quota); new accounts have ten.",
    )
    tolerated_failures_percent: int = Field(
        default=10, ge=0, le=100, description="Share of pages that may fail without failing the run."
    )
    check_passages: bool = Field(
        default=False,
        description="Let the guardrail look for prompt attacks in every new passage; a page with one is left out.",
    )
    user_agent: UserAgent = Field(default="SiteChat/1.0", description="Name under which pages are asked for.")
    allowed_addresses: Many[Endpoint] = Field(
        default=(),
        max_length=10,
        description="Addresses inside that may be fetched all the same: in the emulated AWS alone.",
    )

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts of all sources: the only ones that an answer may name."""
        return tuple(dict.fromkeys(host for source in self.sources for host in source.hosts))

    @property
    def schedule_hours(self) -> int | None:
        """Most hours between two runs; None without a schedule."""
        return longest_pause_hours(self.schedule) if self.schedule else None


def web_addresses(source: IngestionSource) -> Iterator[tuple[str, str]]:
    """Key and value of every address of a source."""
    for key in ("address", "base_address"):
        if value := getattr(source, key):
            yield key, value
    yield from ((f"start_addresses[{index}]", each) for index, each in enumerate(source.start_addresses))
