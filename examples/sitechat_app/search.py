"""Passages from the OpenSearch domain by nearest vectors; requests are signed with the task role."""

from __future__ import annotations

from typing import Protocol

import boto3
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from opensearchpy.exceptions import ConnectionTimeout, OpenSearchException, TransportError

from passages.embedding import EmbeddingError
from passages.layout import ANSWERED, EMBEDDING, TEXT, TITLE, URL

from .answering import Passage, ServiceError

PASSAGES = 4
TIMEOUT_SECONDS = 5


class Embeds(Protocol):
    """Turns a text into its vector; raises `EmbeddingError`."""

    def vector(self, text: str) -> list[float]: ...


def opensearch_client(endpoint: str, region: str, connections: int) -> OpenSearch:
    """A client that signs for service `es`; raises ValueError without AWS credentials."""
    return OpenSearch(
        hosts=[endpoint],
        http_auth=Urllib3AWSV4SignerAuth(boto3.Session().get_credentials(), region, "es"),
        connection_class=Urllib3HttpConnection,
        pool_maxsize=connections,
        timeout=TIMEOUT_SECONDS,
        max_retries=1,
    )


class OpenSearchRetriever:
    """Finds the nearest passages of an index that is laid out as `passages.layout` says."""

    def __init__(self, opensearch: OpenSearch, embedder: Embeds, *, index: str) -> None:
        self._opensearch = opensearch
        self._embedder = embedder
        self._index = index

    def search(self, question: str) -> tuple[Passage, ...]:
        try:
            vector = self._embedder.vector(question)
        except EmbeddingError as error:
            raise ServiceError(f"embedding_{error.code}") from error
        query = {
            "size": PASSAGES,
            "_source": list(ANSWERED),
            "query": {"knn": {EMBEDDING: {"vector": vector, "k": PASSAGES}}},
        }
        try:
            found = self._opensearch.search(index=self._index, body=query)
        except ConnectionTimeout as error:
            raise ServiceError("search_timeout") from error
        except TransportError as error:
            raise ServiceError(f"search_{error.status_code}") from error
        except OpenSearchException as error:
            raise ServiceError(f"search_{type(error).__name__}") from error
        hits = [(hit["_source"], hit.get("_score")) for hit in found["hits"]["hits"]]
        try:
            return tuple(Passage(source[TITLE], source[URL], source[TEXT], score) for source, score in hits)
        except KeyError as error:
            raise ServiceError("search_index_mapping") from error
