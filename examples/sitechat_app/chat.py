"""`POST /api/chat`: a checked question in, a stream of server-sent events out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from opentelemetry import trace
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from .answering import (
    Answerer,
    Intervened,
    Masked,
    Message,
    Noted,
    Retrieved,
    ServiceError,
    Shown,
    Sources,
    Token,
    Usage,
)
from .conversation import conversation_name, new_conversation_id
from .logs import log, log_event
from .metrics import Metrics, QuestionFigures
from .streaming import KEEPALIVE, sse, with_keepalive

MAX_BODY_BYTES = 16 * 1024
# What a guardrail takes as `query` of its grounding check ("Guardrails quotas", Bedrock; not adjustable).
MAX_QUESTION_CHARS = 1000
# Each stream takes a thread and a few hundred KiB: 0.25 vCPU and 512 MiB hold these with room to spare.
MAX_STREAMS = 32
# Outcomes without a failure; all others name a service that failed.
EXPECTED = ("answered", "nothing_found", "paused", "search_off", "withheld", "abandoned")
# Of a question that no visitor asks, kept out of visitors' figures (docs/application-contract.md).
PROBE_HEADER = "x-sitechat-probe"
APOLOGY = "The answer could not be completed. Please try again in a moment."


class RefusedError(Exception):
    """A request this application doesn't accept."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.response = JSONResponse({"error": {"code": code, "message": message}}, status)


@dataclass
class AnswerRecord:
    """Log record of one answer."""

    request_id: str
    conversation: str
    probe: bool = False
    started: float = field(default_factory=time.monotonic)
    outcome: str = "abandoned"  # the client went away, unless another outcome is set
    usage: Usage = field(default_factory=Usage)
    sources: int = 0
    masked: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    retrieved: Retrieved | None = None
    first_token: float | None = None
    last_token: float = 0.0
    # The question's own: where the client went away, the record is written outside of it.
    span: trace.Span = field(default_factory=trace.get_current_span)

    def note(self, item: Noted) -> None:
        """Take what visitors aren't shown."""
        match item:
            case Usage():
                self.usage = item
            case Masked(kinds):
                self.masked = kinds
            case Intervened(policies):
                self.policies = policies
            case Retrieved():
                self.retrieved = item

    def spoke(self) -> None:
        """Take the moment of a piece of the answer."""
        self.last_token = time.monotonic()
        if self.first_token is None:
            self.first_token = self.last_token

    def figures(self) -> QuestionFigures:
        """What is measured of the question, now that it is over."""
        ended, first = time.monotonic(), self.first_token
        seconds = self.last_token - first if first is not None else 0.0
        found = self.retrieved or Retrieved(0, None)
        return QuestionFigures(
            outcome=self.outcome,
            latency_ms=round((ended - self.started) * 1000),
            first_token_ms=None if first is None else round((first - self.started) * 1000),
            tokens_per_second=round(self.usage.output_tokens / seconds, 2) if seconds > 0 else None,
            hits=found.hits if self.retrieved else None,
            best_score=found.best_score,
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            cached_tokens=self.usage.cached_tokens,
            policies=self.policies,
            probe=self.probe,
        )

    def write(self) -> None:
        if self.span.is_recording():
            self.span.set_attributes({"sitechat.request_id": self.request_id, "sitechat.outcome": self.outcome})
            if self.outcome not in EXPECTED:
                self.span.set_status(trace.Status(trace.StatusCode.ERROR, self.outcome))
        log_event(
            logging.INFO if self.outcome in EXPECTED else logging.ERROR,
            "answer",
            request_id=self.request_id,
            conversation=self.conversation,
            outcome=self.outcome,
            duration_ms=round((time.monotonic() - self.started) * 1000),
            input_tokens=self.usage.input_tokens,
            output_tokens=self.usage.output_tokens,
            sources=self.sources,
            masked=self.masked,
        )


class Chat:
    """The chat endpoint; counts its running streams."""

    def __init__(
        self, answerer: Answerer, *, session_key: bytes, keepalive_seconds: float, metrics: Metrics | None = None
    ) -> None:
        self._answerer = answerer
        self._session_key = session_key
        self._keepalive_seconds = keepalive_seconds
        self._metrics = metrics or Metrics()
        self._running = 0

    async def endpoint(self, request: Request) -> Response:
        try:
            question, conversation_id = await self._read(request)
            conversation = conversation_name(self._session_key, conversation_id)
            if conversation is None:
                raise RefusedError(400, "conversation_id", "This conversation is not known; start a new one.")
            if self._running >= MAX_STREAMS:
                self._metrics.question(QuestionFigures("busy", probe=_is_probe(request)))
                raise RefusedError(503, "busy", "Too many questions at once. Please try again in a moment.")
        except RefusedError as refused:
            return refused.response
        record = AnswerRecord(request.state.request_id, conversation, _is_probe(request))
        return StreamingResponse(
            self._stream(question, conversation_id, record),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def _read(self, request: Request) -> tuple[str, str]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "content_type", "Send application/json.")
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise RefusedError(413, "body_size", f"At most {MAX_BODY_BYTES} bytes are accepted.")
        except ClientDisconnect:  # nobody reads this answer, but the log and the span have its status
            raise RefusedError(400, "body", "The body ended early.") from None
        return self._parse(body)

    def _parse(self, body: bytes) -> tuple[str, str]:
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "json", "The body is not JSON.") from None
        if not isinstance(given, dict) or given.keys() - {"question", "conversation_id"}:
            raise RefusedError(400, "fields", "Send an object with question and, optionally, conversation_id.")
        question, conversation_id = given.get("question"), given.get("conversation_id")
        if not isinstance(question, str) or not 1 <= len(question.strip()) <= MAX_QUESTION_CHARS:
            raise RefusedError(400, "question", f"question must be a text of 1 to {MAX_QUESTION_CHARS} characters.")
        if any("\ud800" <= character <= "\udfff" for character in question):
            raise RefusedError(400, "question", "question holds half of a surrogate pair.")
        if conversation_id is None:
            conversation_id = new_conversation_id(self._session_key)
        if not isinstance(conversation_id, str) or not conversation_id.isascii():
            raise RefusedError(400, "conversation_id", "conversation_id must be the text an earlier answer gave.")
        return question.strip(), conversation_id

    async def _stream(self, question: str, conversation_id: str, record: AnswerRecord) -> AsyncGenerator[bytes, None]:
        self._running += 1
        answer = with_keepalive(lambda: self._answerer.answer(question), self._keepalive_seconds)
        try:
            async with aclosing(answer) as items:
                async for item in items:
                    if isinstance(item, Noted):
                        record.note(item)
                    else:
                        yield KEEPALIVE if item is None else _encoded(item, record)
            if record.outcome == "abandoned":
                record.outcome = "answered"
            yield sse("done", {"conversation_id": conversation_id, "request_id": record.request_id})
        except ServiceError as failure:
            record.outcome = failure.code
            yield sse("error", {"code": failure.code, "message": APOLOGY, "request_id": record.request_id})
        except Exception:
            # The status line was sent long ago; the client learns of the error by an event, we by the log.
            log.exception("answer failed", extra={"fields": {"request_id": record.request_id}})
            record.outcome = "internal"
            yield sse("error", {"code": "internal", "message": APOLOGY, "request_id": record.request_id})
        finally:
            self._running -= 1
            with trace.use_span(record.span):
                record.write()
                self._metrics.question(record.figures())


def _is_probe(request: Request) -> bool:
    """Whether the environment's probe asks: whoever sends the header himself hides no cost by it."""
    return request.headers.get(PROBE_HEADER) is not None


def _encoded(item: Shown, record: AnswerRecord) -> bytes:
    match item:
        case Token(text):
            record.spoke()
            return sse("token", {"text": text})
        case Message(reason, text):
            record.outcome = reason
            return sse("message", {"code": reason, "text": text})
        case Sources(passages):
            record.sources = len(passages)
            return sse("sources", {"sources": [{"title": p.title, "url": p.url} for p in passages]})
