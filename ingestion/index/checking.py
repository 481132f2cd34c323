"""Whether a version holds what it should, before anybody is led to it."""

from __future__ import annotations

from ingestion.index.loading import Reader, scope_of
from ingestion.index.manifest import Manifest
from passages.domain import Domain
from passages.layout import EMBEDDING, HASH, PAGE, SOURCE

_NEIGHBOURS = 4


class CheckFailed(Exception):  # noqa: N818 - the state machine names it
    """A version doesn't hold what it should. `code` is `nothing_wanted`, `counts_differ` or `probe_failed`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def check_version(domain: Domain, index: str, manifest: Manifest, read: Reader, *, asked: bool) -> int:
    """Number of documents of the sources that were loaded, if it is right and a probe finds its page.

    The probe asks with the vector of the first passage that is wanted: it, or one of the same text, has to be among
    the nearest. Raises CheckFailed, DomainError.
    """
    scope = scope_of(manifest, asked=asked)
    pages = manifest.of(scope)
    if not pages:
        raise CheckFailed("nothing_wanted", f"no page of {', '.join(sorted(scope))} is wanted in {index}")
    domain.post(f"{index}/_refresh")
    documents = 0
    for source in sorted(scope):
        wanted = sum(each.passages for each in pages if each.source == source)
        answer = domain.post(f"{index}/_count", {"query": {"term": {SOURCE: source}}})
        if answer["count"] != wanted:
            raise CheckFailed("counts_differ", f"{index} holds {answer['count']} passages of {source}, not {wanted}")
        documents += wanted
    first = pages[0]
    vector = read(first.key)["passages"][0]["vector"]
    nearest = {"knn": {EMBEDDING: {"vector": vector, "k": _NEIGHBOURS}}}
    answer = domain.post(f"{index}/_search", {"size": _NEIGHBOURS, "_source": [PAGE, HASH], "query": nearest})
    found = [each["_source"] for each in answer["hits"]["hits"]]
    if not any(each[PAGE] == first.page or each[HASH] == first.hash for each in found):
        raise CheckFailed("probe_failed", f"{index} doesn't find page {first.page} by its own first passage")
    return documents
