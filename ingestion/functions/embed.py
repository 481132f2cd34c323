"""The embedding function: a fetched page becomes passages with vectors, unless they lie in the bucket already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ingestion.errors import Busy, PageFailed
from ingestion.options import EmbedOptions, GuardrailOptions, embed_options
from ingestion.store import FetchedPage, PagePassages, Passage, Store, passages_key
from ingestion.web.extraction import PageText, read_page
from passages.embedding import BUSY, Embedder, EmbeddingError
from passages.layout import model_tag
from passages.splitting import split

Reads = Callable[[FetchedPage], PageText]
# A million characters. Passages are kept all at once, so a page that outlasts the function would cost the same in each
# run; at half a second for guardrail and model these have time.
MOST_PASSAGES = 1000
_BUSY_CODES = {"ThrottlingException", "ServiceUnavailableException", "InternalServerException"}


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function: `{page, address, key}` -> `{page, address, hash, key, passages, embedded, tokens}`.

    `key` is that of the fetched page, and in the answer that of the passages. Raises PageFailed, Busy, SettingsError.
    """
    return _embedding().answer(event)


@cache
def _embedding() -> Embedding:
    options = embed_options(os.environ)
    # The state machine tries again, and waits without being paid for.
    config = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 2})
    return Embedding(options, Store(boto3.client("s3"), options.bucket), boto3.client("bedrock-runtime", config=config))


def read_fetched(page: FetchedPage) -> PageText:
    """Title and text of a fetched page. Raises PageFailed."""
    return read_page(page.body, address=page.final, type=page.media_type, charset=page.charset, robots=page.robots)


class Embedding:
    """What the function does, with its settings, the bucket, a client of `bedrock-runtime`, and a reader of pages."""

    def __init__(self, options: EmbedOptions, store: Store, bedrock: Any, *, reads: Reads = read_fetched) -> None:
        self._store, self._reads = store, reads
        self._embedder = Embedder(bedrock, model_id=options.model_id)
        self._tag = model_tag(options.model_id)
        self._check = PassageCheck(bedrock, options.guardrail) if options.guardrail else None

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See `handle`. Passages that are there by hash and model are used: they cost nothing."""
        fetched = self._store.get_page(event["key"])
        text = self._reads(fetched)
        key = passages_key(text.hash, self._tag)
        count, tokens = self._there(key), 0
        embedded = count is None
        if count is None:
            parts = split(text.text)
            if not parts:
                raise PageFailed("empty")
            if len(parts) > MOST_PASSAGES:
                raise PageFailed("too_large")
            if self._check:
                self._check.judge(text.title, parts)
            made = list(self._embed(text.title, parts))
            tokens = sum(each for _, each in made)
            passages = PagePassages(fetched.address, text.title, fetched.address, tuple(each for each, _ in made))
            self._store.put(key, passages.to_json())
            count = len(made)
        return {
            "page": event["page"],
            "address": event["address"],
            "hash": text.hash,
            "key": key,
            "passages": count,
            "embedded": embedded,
            "tokens": tokens,
        }

    def _there(self, key: str) -> int | None:
        """Number of passages in an object; None where there is none."""
        try:
            return len(self._store.get(key)["passages"])
        except PageFailed:
            return None

    def _embed(self, title: str, parts: tuple[str, ...]) -> Iterator[tuple[Passage, int]]:
        for part in parts:
            try:
                # The title says what the passage is about, which a passage from a page's middle seldom does.
                made = self._embedder.embed(f"{title}\n{part}")
            except EmbeddingError as error:
                failed = Busy if error.code == BUSY else PageFailed
                raise failed(f"embedding_{error.code}") from error
            yield Passage(part, tuple(made.vector)), made.tokens


class PassageCheck:
    """Lets a guardrail look for prompt attacks in passages; its other policies have no say: pages are published."""

    def __init__(self, bedrock: Any, guardrail: GuardrailOptions) -> None:
        self._bedrock, self._guardrail = bedrock, guardrail

    def judge(self, title: str, parts: tuple[str, ...]) -> None:
        """Raises PageFailed `quarantined` for the first passage with an attack, Busy where the guardrail is."""
        for part in parts:
            if self._is_attack(f"{title}\n{part}"):
                raise PageFailed("quarantined")

    def _is_attack(self, text: str) -> bool:
        try:
            answer = self._bedrock.apply_guardrail(
                guardrailIdentifier=self._guardrail.id,
                guardrailVersion=self._guardrail.version,
                source="INPUT",
                content=[{"text": {"text": text}}],
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            raise (Busy("guardrail_busy") if code in _BUSY_CODES else PageFailed(f"guardrail_{code}")) from error
        except BotoCoreError as error:
            raise Busy("guardrail_busy") from error
        return any(
            found.get("type") == "PROMPT_ATTACK" and found.get("action") == "BLOCKED"
            for assessment in answer.get("assessments", ())
            for found in assessment.get("contentPolicy", {}).get("filters", ())
        )
