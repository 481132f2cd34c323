"""A generated answer in the two forms of the Converse API: whole, and as a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from local_aws.traffic.doors import event_stream
from local_aws.traffic.doors.asgi import Reply, json_reply
from local_aws.traffic.doors.extracts import chunks, tokens
from local_aws.traffic.doors.faults import STATUS, Fault
from local_aws.traffic.doors.generation import Generated
from local_aws.traffic.doors.invocations import Measure


async def whole(generated: Generated, fault: Fault, measure: Measure) -> Reply:
    """The answer of Converse, after the time that its tokens take."""
    later = (fault.token_seconds or 0) * max(0, len(chunks(generated.text)) - 1)
    await asyncio.sleep((fault.first_token_seconds or 0) + later)
    measure.answered(generated.input_tokens, generated.output_tokens)
    message = {"role": "assistant", "content": [{"text": generated.text}]}
    return json_reply({"output": {"message": message}, "stopReason": generated.stop_reason, **_end(generated, measure)})


def streamed(generated: Generated, fault: Fault, measure: Measure) -> Reply:
    """The answer of ConverseStream: one event a word. A fault ends it as an exception of the stream."""
    return Reply(200, _reported(generated, fault, measure), (("content-type", event_stream.CONTENT_TYPE),))


async def _reported(generated: Generated, fault: Fault, measure: Measure) -> AsyncIterator[bytes]:
    """The events; a caller who leaves before their end has had an answer as far as it went."""
    said: list[str] = []
    try:
        async for each in _events(generated, fault, measure, said):
            yield each
    finally:
        measure.answered(generated.input_tokens, tokens("".join(said)))


async def _events(generated: Generated, fault: Fault, measure: Measure, said: list[str]) -> AsyncIterator[bytes]:
    await asyncio.sleep(fault.first_token_seconds or 0)
    yield event_stream.event("messageStart", {"role": "assistant"})
    limit = fault.after_tokens or 0
    for at, chunk in enumerate(chunks(generated.text)):
        if fault.error and at >= limit:
            break
        if at and fault.token_seconds:
            await asyncio.sleep(fault.token_seconds)
        if not at:
            measure.first_token()
        said.append(chunk)
        yield event_stream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": chunk}})
    if fault.error:
        measure.failed(fault.error, STATUS[fault.error])
        yield event_stream.exception(*fault.in_stream)
        return
    measure.answered(generated.input_tokens, generated.output_tokens)
    yield event_stream.event("contentBlockStop", {"contentBlockIndex": 0})
    yield event_stream.event("messageStop", {"stopReason": generated.stop_reason})
    yield event_stream.event("metadata", _end(generated, measure))


def _end(generated: Generated, measure: Measure) -> dict[str, Any]:
    end: dict[str, Any] = {"usage": generated.usage, "metrics": {"latencyMs": measure.milliseconds}}
    return end | ({"trace": generated.trace} if generated.trace else {})
