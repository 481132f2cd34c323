"""Spans of a traced question, as the emulated X-Ray keeps them, in the order of their tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Attributes that are shown, in this order: the application contract's (docs/application-contract.md), whose values are
# numbers and fixed words. Others might quote a question or an answer, and are left out.
SHOWN = (
    "aws.cloudfront.request_id",
    "http.response.status_code",
    "sitechat.outcome",
    "sitechat.hits",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.response.finish_reasons",
    "aws.bedrock.guardrail.id",
    "db.system.name",
    "error.type",
)
# Moments within a span that are shown with their time, and which of their attributes says more.
MOMENTS = {"first_token": "", "guardrail": "sitechat.guardrail.action"}
# A number, a code or a name; a sentence might quote.
_WORD = re.compile(r"[\w.,:=-]{1,80}")
_MILLISECOND = 1_000_000


@dataclass(frozen=True)
class TraceSpan:
    """One span: `depth` in the tree, start after the trace's first span and duration in milliseconds.

    `status` is UNSET, OK or ERROR, with the error's code where one word tells it; `notes` are attributes and moments.
    """

    name: str
    depth: int
    start_ms: float
    ms: float
    status: str
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the span ended in an error."""
        return self.status.startswith("ERROR")


def is_whole(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the root is among the spans: it ends last, and spans are sent in the order of their ends."""
    return any("parentSpanId" not in each for each in records)


def read_spans(records: Sequence[Mapping[str, Any]]) -> tuple[TraceSpan, ...]:
    """Spans in the order of their tree. Those without their parent stand at its top, those of one parent by time."""
    ids = {each["spanId"] for each in records}
    children: dict[str, list[Mapping[str, Any]]] = {}
    for each in sorted(records, key=lambda each: int(each["startTimeUnixNano"])):
        parent = each.get("parentSpanId", "")
        children.setdefault(parent if parent in ids else "", []).append(each)
    first = min((int(each["startTimeUnixNano"]) for each in records), default=0)
    found = [*_tree(children, "", 0, first)]
    while children:  # spans that name each other as parents
        found += _tree(children, next(iter(children)), 0, first)
    return tuple(found)


def _tree(children: dict[str, list[Mapping[str, Any]]], parent: str, depth: int, first: int) -> Iterator[TraceSpan]:
    for each in children.pop(parent, ()):
        yield _span(each, depth, first)
        yield from _tree(children, each["spanId"], depth + 1, first)


def _span(record: Mapping[str, Any], depth: int, first: int) -> TraceSpan:
    started, attributes = int(record["startTimeUnixNano"]), record.get("attributes", {})
    texts = {name: _text(attributes[name]) for name in SHOWN if name in attributes}
    told = [f"{name}={text}" for name, text in texts.items() if _WORD.fullmatch(text)]
    for event in record.get("events", ()):
        if event["name"] in MOMENTS:
            told.append(_moment(event, started))
    status = record["status"]
    code = status.get("message", "")
    return TraceSpan(
        str(record["name"]),
        depth,
        round((started - first) / _MILLISECOND, 3),
        round(int(record["durationNano"]) / _MILLISECOND, 3),
        f"{status['code']} {code}" if _WORD.fullmatch(code) else str(status["code"]),
        tuple(told),
    )


def _moment(event: Mapping[str, Any], started: int) -> str:
    more = _text(event.get("attributes", {}).get(MOMENTS[event["name"]], ""))
    named = f"{event['name']}={more}" if _WORD.fullmatch(more) else str(event["name"])
    return f"{named} after {(int(event['timeUnixNano']) - started) / _MILLISECOND:.1f} ms"


def _text(value: Any) -> str:
    words = value if isinstance(value, list) else [value]
    return ",".join(str(each) for each in words)
