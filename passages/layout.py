"""The index: fields of a document, mapping, names of versions, and the tag of what its vectors were made with."""

from __future__ import annotations

import hashlib
import re
from typing import Any

# Counts up with every change of what a vector or a document is; a new number fills a new version of the index.
LAYOUT = 1
DIMENSIONS = 1024

EMBEDDING = "embedding"
TITLE, TEXT, URL = "title", "text", "url"
PAGE, SOURCE, HASH = "page", "source", "hash"
# What an answer needs of a document; the vector is left where it is.
ANSWERED = (TITLE, URL, TEXT)

_TAG_DIGITS = 16
_NUMBER = re.compile(r"\d{3,6}")


def mappings(dimensions: int = DIMENSIONS) -> dict[str, Any]:
    """The mapping of an index whose vectors have `dimensions` floats."""
    return {
        "dynamic": False,
        "properties": {
            EMBEDDING: {
                "type": "knn_vector",
                "dimension": dimensions,
                # Vectors come normalised, for which the inner product is the cosine; every engine version has it.
                "method": {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"},
            },
            TITLE: {"type": "text"},
            TEXT: {"type": "text"},
            URL: {"type": "keyword"},
            PAGE: {"type": "keyword"},
            SOURCE: {"type": "keyword"},
            HASH: {"type": "keyword"},
        },
    }


def marks(model_id: str, dimensions: int = DIMENSIONS) -> dict[str, Any]:
    """`_meta` of an index: what its vectors were made with. Versions with equal marks can be loaded in place."""
    return {"model": model_id, "dimensions": dimensions, "layout": LAYOUT}


def model_tag(model_id: str, dimensions: int = DIMENSIONS) -> str:
    """Short name of model, dimensions and layout, for keys and ledger."""
    told = f"{model_id} {dimensions} {LAYOUT}"
    return hashlib.sha256(told.encode()).hexdigest()[:_TAG_DIGITS]


def version_name(alias: str, number: int) -> str:
    """Index that is version `number` of an alias: `site-001`."""
    return f"{alias}-{number:03d}"


def version_number(alias: str, index: str) -> int | None:
    """Number of a version of an alias; None for an index that is none."""
    head, _, tail = index.rpartition("-")
    return int(tail) if head == alias and _NUMBER.fullmatch(tail) else None
