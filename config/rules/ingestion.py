"""Rules on the sources of pages, and on what fetches and indexes them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config.domains import registered_domain
from config.rules.base import Violation, reads_fields
from config.sections.ingestion import IngestionSource, web_addresses

if TYPE_CHECKING:
    from config.environment import Environment

# Keys by kind of source: those it needs, and those it takes besides.
_NEEDS = {"sitemap": ("address",), "crawl": ("start_addresses",), "files": ("bucket", "base_address")}
_TAKES = {
    "sitemap": ("allowed_hosts", "keep_query"),
    "crawl": ("allowed_hosts", "depth", "keep_query"),
    "files": ("prefix",),
}
_BY_KIND = ("address", "start_addresses", "allowed_hosts", "depth", "bucket", "prefix", "base_address", "keep_query")
# Schedules have 64 characters (CreateSchedule), and are called <project>-<environment>-ingestion-<source>.
_SCHEDULE_NAME = 64
# Executions that a run needs beside those of its pages: the ledger and the loader never run at once, and one is spare.
_BESIDE_PAGES = 2
# Lambda quotas: all variables of a function; what isn't about sources takes a fourth.
_VARIABLES_BYTES = 3 * 1024
# Bytes of a vector in the graph: 1.1 * (4 * dimensions + 8 * M), with faiss' M of 16 (OpenSearch documentation, k-NN
# index, memory estimation). The embedding model's vectors have 1,024 dimensions.
_VECTOR_BYTES = 1.1 * (4 * 1024 + 8 * 16)
# Memory for vectors of a T3 node: half of what the Java heap leaves (knn.memory.circuit_breaker.limit), which is half
# of the node's ("Sizing", OpenSearch Service guide: the heap has half, up to 32 GiB).
_T3_VECTOR_GIB = {"t3.small.search": 0.5, "t3.medium.search": 1.0}
PASSAGES_PER_PAGE = 10
_VERSIONS = 2


@reads_fields("ingestion.sources")
def sources_have_what_their_kind_needs(env: Environment) -> Iterator[Violation]:
    for index, source in enumerate(env.ingestion.sources):
        needed, taken = _NEEDS[source.kind], (*_NEEDS[source.kind], *_TAKES[source.kind])
        for key in _BY_KIND:
            if key in needed and not getattr(source, key):
                yield f"ingestion.sources[{index}].{key}", f'a value, because kind = "{source.kind}"'
            if key not in taken and getattr(source, key) != IngestionSource.model_fields[key].default:
                yield f"ingestion.sources[{index}].{key}", f'nothing, because kind = "{source.kind}"'


@reads_fields("ingestion.sources")
def sources_have_names_of_their_own(env: Environment) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, source in enumerate(env.ingestion.sources):
        if source.name in seen:
            yield f"ingestion.sources[{index}].name", "a name that no other source has"
        seen.add(source.name)


@reads_fields("ingestion.sources", "ingestion.schedule", "project", "name")
def schedules_have_room_for_their_name(env: Environment) -> Iterator[Violation]:
    room = _SCHEDULE_NAME - len(env.names.resource("ingestion")) - 1
    for index, source in enumerate(env.ingestion.sources):
        if env.ingestion.schedule and len(source.name) > room:
            yield f"ingestion.sources[{index}].name", f"at most {room} characters, because its schedule's name has them"


@reads_fields("ingestion.sources", "search.enabled")
def sources_have_an_index(env: Environment) -> Iterator[Violation]:
    if env.ingestion.sources and not env.search.enabled:
        yield "ingestion.sources", "nothing, because search.enabled = false leaves no index to fill"


@reads_fields("ingestion.allowed_addresses", "emulator.enabled")
def inside_addresses_are_emulated(env: Environment) -> Iterator[Violation]:
    """What runs in an account reaches addresses there that no page may name; Lambda's own interface is on loopback."""
    for index, address in enumerate(env.ingestion.allowed_addresses):
        key = f"ingestion.allowed_addresses[{index}]"
        if not env.emulated:
            yield key, "nothing; it is for the emulated AWS"
        elif not _is_loopback(address):
            yield key, "an address on loopback and a port up to 65535, such as 127.0.0.1:8123"


def _is_loopback(endpoint: str) -> bool:
    host, _, port = endpoint.rpartition(":")
    try:
        return ipaddress.IPv4Address(host).is_loopback and int(port) <= 65535
    except ValueError:
        return False


@reads_fields("ingestion.sources", "ingestion.allowed_addresses")
def addresses_are_public(env: Environment) -> Iterator[Violation]:
    """Clear text can be changed on its way into the index, and an address in digits names a machine, not a site."""
    for index, source in enumerate(env.ingestion.sources):
        for key, address in web_addresses(source):
            parts = urlsplit(address)
            if f"{parts.hostname}:{parts.port or 80}" in env.ingestion.allowed_addresses:
                continue
            if parts.scheme != "https" or parts.port not in (None, 443) or not _is_public_name(parts.hostname or ""):
                yield f"ingestion.sources[{index}].{key}", "an address with https://, a public name and no other port"
        for at, host in enumerate(source.allowed_hosts):
            if not _is_public_name(host):
                yield f"ingestion.sources[{index}].allowed_hosts[{at}]", "a public name, such as www.example.com"


def _is_public_name(host: str) -> bool:
    """Whether a host is a name in public DNS: no address in digits, and none of a network inside."""
    return registered_domain(host) is not None


@reads_fields("ingestion.concurrency", "ingestion.lambda_executions")
def pages_leave_room_for_other_functions(env: Environment) -> Iterator[Violation]:
    """Each page in work holds one execution; whatever the account's quota doesn't take fails and is tried again."""
    room = env.ingestion.lambda_executions - _BESIDE_PAGES
    if env.ingestion.concurrency > room:
        yield "ingestion.concurrency", f"at most {room}, because lambda_executions = {env.ingestion.lambda_executions}"


@reads_fields("ingestion.schedule", "ingestion.stale_after_hours")
def schedule_outruns_its_alarm(env: Environment) -> Iterator[Violation]:
    hours = env.ingestion.schedule_hours
    if hours is not None and hours >= env.ingestion.stale_after_hours:
        yield "ingestion.schedule", f"pauses below stale_after_hours, which is {env.ingestion.stale_after_hours}"


@reads_fields("ingestion.check_passages", "bedrock.guardrail")
def passages_are_checked_by_a_guardrail(env: Environment) -> Iterator[Violation]:
    if env.ingestion.check_passages and not env.bedrock.guardrail:
        yield "ingestion.check_passages", "false, because bedrock.guardrail = false"


@reads_fields("ingestion.sources", "ingestion.user_agent", "ingestion.allowed_addresses")
def sources_fit_a_function(env: Environment) -> Iterator[Violation]:
    """Counted as they are written into the function's variables."""
    ingestion = env.ingestion
    sources = [
        {**source.model_dump(mode="json", exclude={"allowed_hosts"}), "hosts": source.hosts}
        for source in ingestion.sources
    ]
    # Hosts are told twice: with their source, and all together.
    told = [sources, ingestion.hosts, ingestion.user_agent, ingestion.allowed_addresses]
    if len(json.dumps(told)) > _VARIABLES_BYTES:
        yield "ingestion.sources", "fewer or shorter addresses: together they are more than a function's variables take"


@reads_fields("ingestion.sources", "ingestion.max_pages", "search")
def memory_holds_two_versions(env: Environment) -> Iterator[Violation]:
    """While a new version is filled, the old one still answers. A copy on each node leaves the memory of one."""
    search = env.search
    room = _T3_VECTOR_GIB.get(search.instance_type)
    pages = env.ingestion.max_pages * len(env.ingestion.sources)
    if not search.enabled or room is None or not pages:
        return
    nodes = search.instance_count / (2 if search.instance_count > 1 else 1)
    most = int(room * nodes * 1024**3 / (_VERSIONS * PASSAGES_PER_PAGE * _VECTOR_BYTES))
    if pages > most:
        yield (
            "search.instance_type",
            f"a type with more memory: {search.instance_type} holds two versions of {most:,} pages of "
            f"{PASSAGES_PER_PAGE} passages, and the sources may have {pages:,} (ingestion.max_pages)",
        )
