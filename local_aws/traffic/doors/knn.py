"""The `knn` query, which the engine lacks: replaced by clauses that find the nearest documents, each with its score."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from local_aws.traffic.doors.asgi import AwsError, unknown
from local_aws.traffic.doors.domains import Engine
from local_aws.traffic.doors.vectors import SCORES, Hit, Place, VectorField, clauses, nearest, vector_in

_PAGE = 1000
_JSON = {"content-type": "application/json"}
# What a clause may say; rescoring and expansion of nested documents aren't known.
_KNOWN = {"vector", "k", "filter", "boost", "method_parameters", "min_score"}
_NOT_KNOWN = ("hybrid", "neural", "neural_sparse", "script_score")
_EMPTY: dict[str, Any] = {"match_none": {}}


class QueryError(AwsError):
    """A query that a domain refuses, in OpenSearch's own form."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(400, kind, reason)


class NearestNeighbours:
    """Exact search over the vectors of one engine, which are kept until something is written there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[tuple[str, str], dict[Place, array[float]]] = {}
        self._writes = 0

    def written(self) -> None:
        """Forget the vectors: something was written, or is about to be."""
        self._writes += 1
        self._kept.clear()

    def rewritten(self, body: Any, indexes: str) -> Any:
        """A search's body with each `knn` clause replaced. Blocks: scores are computed here, one document at a time."""
        if not isinstance(body, dict) or "query" not in body:
            return body
        return body | {"query": self._query(body["query"], indexes)}

    def _query(self, query: Any, indexes: str) -> Any:
        if isinstance(query, list):
            return [self._query(each, indexes) for each in query]
        if not isinstance(query, dict):
            return query
        if wrong := next((name for name in _NOT_KNOWN if isinstance(query.get(name), dict)), None):
            raise unknown(f"the {wrong} query of a search domain")
        if len(query) == 1 and isinstance(query.get("knn"), dict):
            return self._nearest(query["knn"], indexes)
        return {name: self._query(each, indexes) for name, each in query.items()}

    def _nearest(self, clause: Mapping[str, Any], indexes: str) -> dict[str, Any]:
        if len(clause) != 1:
            raise QueryError("parsing_exception", "[knn] query names one field")
        ((field, wanted),) = clause.items()
        if odd := sorted(wanted.keys() - _KNOWN):
            raise unknown(f"{', '.join(odd)} of a knn query")
        k, least = wanted.get("k"), wanted.get("min_score")
        if (k is None) == (least is None):
            raise QueryError(
                "illegal_argument_exception", "[knn] requires exactly one of k, distance or score to be set"
            )
        if k is not None and (not isinstance(k, int) or not 0 < k <= 10_000):
            raise QueryError("illegal_argument_exception", "[knn] requires k to be in the range (0, 10000]")
        among = self._matching(wanted["filter"], indexes) if "filter" in wanted else None
        hits: list[Hit] = []
        for index, fields in self._fields(indexes, field).items():
            _check(fields, field, wanted["vector"])
            vectors = self._vectors(index, field)
            hits += nearest(wanted["vector"], vectors, fields.space, k=k, least=least, among=among)
        hits.sort(key=lambda each: (-each.score, each.place))
        should = list(clauses(hits[:k], float(wanted.get("boost", 1))))
        return {"bool": {"should": should, "minimum_should_match": 1}} if should else _EMPTY

    def _fields(self, indexes: str, field: str) -> dict[str, VectorField]:
        """The field in each index that the names, patterns and aliases of a search stand for."""
        path = f"/{indexes}/_mapping" if indexes else "/_mapping"
        found: dict[str, VectorField] = {}
        for index, described in self._ask("GET", path).items():
            vector = VectorField.of(described["mappings"], field)
            if vector is None:
                raise QueryError(
                    "query_shard_exception", f"failed to create query: Field '{field}' is not knn_vector type."
                )
            found[index] = vector
        return found

    def _vectors(self, index: str, field: str) -> dict[Place, array[float]]:
        key = (index, field)
        if (kept := self._kept.get(key)) is not None:
            return kept
        writes = self._writes
        search = {"_source": [field], "query": {"exists": {"field": field}}}
        vectors = {
            (hit["_index"], hit["_id"]): vector
            for hit in self._all(index, search)
            if (vector := vector_in(hit.get("_source", {}), field)) is not None
        }
        if writes == self._writes:
            self._kept[key] = vectors
        return vectors

    def _matching(self, query: Any, indexes: str) -> set[Place]:
        found = self._all(indexes, {"_source": False, "query": self._query(query, indexes)})
        return {(hit["_index"], hit["_id"]) for hit in found}

    def _all(self, indexes: str, search: Mapping[str, Any]) -> list[Any]:
        """Every hit of a search, page by page."""
        path = f"/{quote(indexes, safe='*,-_.%')}/_search?scroll=1m" if indexes else "/_search?scroll=1m"
        page = self._ask("POST", path, {**search, "size": _PAGE, "sort": ["_doc"]})
        found: list[Any] = []
        while hits := page["hits"]["hits"]:
            found += hits
            page = self._ask("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": page["_scroll_id"]})
        self._ask("DELETE", "/_search/scroll", {"scroll_id": page["_scroll_id"]})
        return found

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        content = json.dumps(body).encode() if body is not None else b""
        status, _, answer = self._engine.request(method, path, content, _JSON)
        parsed = json.loads(answer or b"{}")
        if status >= 400:
            raise EngineError(status, answer)
        return parsed


class EngineError(Exception):
    """A refusal of the engine, to be answered as it is."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def _check(field: VectorField, name: str, vector: Any) -> None:
    if field.space not in SCORES:
        raise unknown(f"the space {field.space} of {name}")
    if not isinstance(vector, list) or not all(isinstance(each, (int, float)) for each in vector):
        raise QueryError("parsing_exception", "[knn] vector has to be a list of numbers")
    if len(vector) != field.dimension:
        reason = f"Query vector has invalid dimension: {len(vector)}. Dimension should be: {field.dimension}"
        raise QueryError("query_shard_exception", f"failed to create query: {reason}")
