"""Vectors of an index, and the scores of all of them against one: exact where a real domain's graph approximates."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import mul, sub
from typing import Any

# Index and id of a document.
Place = tuple[str, str]


@dataclass(frozen=True)
class Hit:
    """A document and its score."""

    place: Place
    score: float


@dataclass(frozen=True)
class VectorField:
    """A `knn_vector` field of one index. `space` is how distance is measured."""

    dimension: int
    space: str

    @classmethod
    def of(cls, mapping: Mapping[str, Any], field: str, settings_space: str = "l2") -> VectorField | None:
        """The field in a mapping; None where it is something else, or isn't there."""
        found: Any = mapping
        for part in field.split("."):
            found = found.get("properties", {}).get(part, {})
        if found.get("type") != "knn_vector" or "dimension" not in found:
            return None
        space = found.get("method", {}).get("space_type") or found.get("space_type") or settings_space
        return cls(int(found["dimension"]), space)


def vector_in(source: Mapping[str, Any], field: str) -> array[float] | None:
    """The vector of a stored document; None where it has none."""
    found: Any = source.get(field)
    if found is None:
        found = source
        for part in field.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    return array("f", found) if isinstance(found, list) else None


def nearest(
    query: Sequence[float],
    vectors: Mapping[Place, array[float]],
    space: str,
    *,
    k: int | None,
    least: float | None = None,
    among: Collection[Place] | None = None,
) -> list[Hit]:
    """The `k` documents with the highest scores, at least `least`; only those in `among` where it is given."""
    score = SCORES[space](query)
    hits = [Hit(place, score(vector)) for place, vector in vectors.items() if among is None or place in among]
    hits.sort(key=lambda each: (-each.score, each.place))
    return [each for each in hits if least is None or each.score >= least][:k]


def clauses(hits: Sequence[Hit], boost: float) -> Iterator[dict[str, Any]]:
    """Queries that find the hits, each with its score."""
    for hit in hits:
        index, id_ = hit.place
        only = {"bool": {"filter": [{"ids": {"values": [id_]}}, {"term": {"_index": index}}]}}
        yield {"constant_score": {"filter": only, "boost": hit.score * boost}}


Score = Callable[[Sequence[float]], float]


def _inner(query: Sequence[float]) -> Score:
    def score(vector: Sequence[float]) -> float:
        product = sum(map(mul, query, vector))
        return float(product + 1 if product > 0 else 1 / (1 - product))

    return score


def _cosine(query: Sequence[float]) -> Score:
    length = math.hypot(*query)

    def score(vector: Sequence[float]) -> float:
        both = length * math.hypot(*vector)
        return (1 + sum(map(mul, query, vector)) / both) / 2 if both else 0.0

    return score


def _distance(of: Callable[[Iterator[float]], float]) -> Callable[[Sequence[float]], Score]:
    return lambda query: lambda vector: 1 / (1 + of(map(sub, query, vector)))


# Scores by space ("Spaces" of the k-NN documentation of OpenSearch).
SCORES: dict[str, Callable[[Sequence[float]], Score]] = {
    "innerproduct": _inner,
    "cosinesimil": _cosine,
    "l1": _distance(lambda differences: sum(map(abs, differences))),
    "l2": _distance(lambda differences: sum(each * each for each in differences)),
    "linf": _distance(lambda differences: max(map(abs, differences))),
}
