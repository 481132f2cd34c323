"""Text to vector by Amazon Titan Text Embeddings V2."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from passages.layout import DIMENSIONS

BUSY = "busy"
_BUSY_CODES = {
    "ThrottlingException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "InternalServerException",
}


class EmbeddingError(Exception):
    """A text got no vector. `code` is `busy` where a later try may succeed, else the name of the error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Embedding:
    """A vector of unit length, and the tokens that the model counted in the text."""

    vector: list[float]
    tokens: int


class Embedder:
    """Turns texts into vectors. `bedrock` is a boto3 client of `bedrock-runtime`.

    A text has up to 8,192 tokens or 50,000 characters ("Amazon Titan Text Embeddings models", Bedrock user guide).
    """

    def __init__(self, bedrock: Any, *, model_id: str, dimensions: int = DIMENSIONS) -> None:
        self._bedrock, self.model_id, self._dimensions = bedrock, model_id, dimensions

    def vector(self, text: str) -> list[float]:
        """The vector of a text. Raises EmbeddingError."""
        return self.embed(text).vector

    def embed(self, text: str) -> Embedding:
        """Vector and size of a text. Raises EmbeddingError."""
        body = {"inputText": text, "dimensions": self._dimensions, "normalize": True}
        try:
            answer = self._bedrock.invoke_model(
                modelId=self.model_id,
                body=json.dumps(body),
                contentType="application/json",
                accept="application/json",
            )
            told = json.loads(answer["body"].read())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise EmbeddingError(BUSY if code in _BUSY_CODES else code) from error
        except BotoCoreError as error:
            raise EmbeddingError(type(error).__name__) from error
        return Embedding(told["embedding"], int(told.get("inputTextTokenCount", 0)))
