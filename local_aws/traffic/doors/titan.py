"""Titan Text Embeddings V2: its request and its answer."""

from __future__ import annotations

from typing import Any

from local_aws.traffic.doors.asgi import AwsError, unknown
from local_aws.traffic.doors.embeddings import embedding
from local_aws.traffic.doors.extracts import tokens

MODEL_ID = "amazon.titan-embed-text-v2:0"
# "Amazon Titan Text Embeddings V2" in the Bedrock guide: sizes and the longest text.
_DIMENSIONS = (256, 512, 1024)
_MAX_TOKENS = 8192
_FIELDS = {"inputText", "dimensions", "normalize", "embeddingTypes"}


def embedded(body: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request; raises AwsError: ValidationException as AWS would, or 501 for binary embeddings."""
    text, dimensions = body.get("inputText"), body.get("dimensions", _DIMENSIONS[-1])
    if not isinstance(text, str) or not text:
        raise _malformed("#: required key [inputText] not found")
    if dimensions not in _DIMENSIONS:
        raise _malformed(f"#/dimensions: {dimensions} is not a valid enum value")
    if odd := sorted(body.keys() - _FIELDS):
        raise _malformed(f"#: extraneous key [{odd[0]}] is not permitted")
    if body.get("embeddingTypes", ["float"]) != ["float"]:
        raise unknown("binary embeddings")
    count = tokens(text)
    if count > _MAX_TOKENS:
        message = f"Too many input tokens. Max input tokens: {_MAX_TOKENS}, request input token count: {count}"
        raise AwsError(400, "ValidationException", f"400 Bad Request: {message}")
    vector = embedding(text, dimensions, normalize=body.get("normalize", True))
    return {"embedding": vector, "embeddingsByType": {"float": vector}, "inputTextTokenCount": count}


def _malformed(what: str) -> AwsError:
    text = f"Malformed input request: {what}, please reformat your input and try again."
    return AwsError(400, "ValidationException", text)
