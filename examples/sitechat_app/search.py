"""Passages from the OpenSearch domain by nearest vectors; requests are signed with the task role."""

from __future__ import annotations

from typing import Protocol

import boto3
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from opensearchpy.exceptions import ConnectionTimeout, OpenSearchException, TransportError
from opentelemetry.trace import SpanKind

from passages.embedding import Embedding, EmbeddingError
from passages.layout import ANSWERED, EMBEDDING, TEXT, TITLE, URL

from .answering import Passage, ServiceError
from .tracing import span

PASSAGES = 4
TIMEOUT_SECONDS = 5


class Embeds(Protocol):
    """Turns a text into its vector; raises `EmbeddingError`."""

    model_id: str

    def embed(self, text: str) -> Embedding: ...


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
        with span("retrieve", kind=SpanKind.INTERNAL) as retrieval:
            hits = self._hits(self._vector(question))
            retrieval.set_attribute("sitechat.hits", len(hits))
            try:
                return tuple(Passage(source[TITLE], source[URL], source[TEXT], score) for source, score in hits)
            except KeyError as error:
                raise ServiceError("search_index_mapping") from error

    def _vector(self, question: str) -> list[float]:
        model = self._embedder.model_id
        about = {"gen_ai.operation.name": "embeddings", "gen_ai.provider.name": "aws.bedrock"}
        with span(f"embeddings {model}", {**about, "gen_ai.request.model": model}) as current:
            try:
                embedding = self._embedder.embed(question)
            except EmbeddingError as error:
                raise ServiceError(f"embedding_{error.code}") from error
            current.set_attribute("gen_ai.usage.input_tokens", embedding.tokens)
            return embedding.vector

    def _hits(self, vector: list[float]) -> list[tuple[dict[str, str], float | None]]:
        query = {
            "size": PASSAGES,
            "_source": list(ANSWERED),
            "query": {"knn": {EMBEDDING: {"vector": vector, "k": PASSAGES}}},
        }
        about = {"db.system.name": "opensearch", "db.operation.name": "search", "db.collection.name": self._index}
        with span(f"search {self._index}", about):
            try:
                found = self._opensearch.search(index=self._index, body=query)
            except ConnectionTimeout as error:
                raise ServiceError("search_timeout") from error
            except TransportError as error:
                raise ServiceError(f"search_{error.status_code}") from error
            except OpenSearchException as error:
                raise ServiceError(f"search_{type(error).__name__}") from error
        return [(hit["_source"], hit.get("_score")) for hit in found["hits"]["hits"]]
