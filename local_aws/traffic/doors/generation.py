"""One answer of a model, under a guardrail or without: everything that is known before the first token is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.traffic.doors.conversation import Conversation
from local_aws.traffic.doors.extracts import TOKEN_CHARACTERS, extract, tokens
from local_aws.traffic.doors.guardrails import Assessed, Guardrail
from local_aws.traffic.road import Road

_INTERVENED = "guardrail_intervened"


@dataclass(frozen=True)
class Generated:
    """An answer and how it ended. `trace` is the API's, without the question whether it was asked for."""

    text: str
    stop_reason: str
    input_tokens: int
    output_tokens: int
    trace: Mapping[str, Any] | None

    @property
    def usage(self) -> dict[str, int]:
        """Tokens, a quarter of the characters each."""
        return {
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "totalTokens": self.input_tokens + self.output_tokens,
        }


def generate(conversation: Conversation, guardrail: Guardrail | None, road: Road, *, model: str) -> Generated:
    """Answer from the passages. What the guardrail blocks as input never reaches the model, and costs no tokens.

    An answer is assessed whole before its first token. AWS assesses it in pieces and may have sent some of a long
    answer before it blocks the rest; with `streamProcessingMode` "async" it sends first, and masks nothing.
    """
    given: Assessed | None = None
    if guardrail is not None:
        at = conversation.assessed
        given = guardrail.assess([conversation.pieces[each].text for each in at], "INPUT")
        road.step("guardrail", guardrail.name, f"question {given.did}; {given.reason}", refused=given.blocked)
        if given.blocked:
            return Generated(guardrail.message("INPUT"), _INTERVENED, 0, 0, _trace(guardrail, given, None, ""))
        conversation = conversation.with_texts(dict(zip(at, given.texts, strict=True)))
    answer, reason = _limited(extract(conversation.question, conversation.passages), conversation)
    counts = (-(-conversation.characters // TOKEN_CHARACTERS), tokens(answer))
    road.step(
        "model", model, f"{len(conversation.passages)} passages, {counts[0]} tokens in, {counts[1]} out, {reason}"
    )
    if guardrail is None or given is None:
        return Generated(answer, reason, *counts, None)
    answered = guardrail.assess([answer], "OUTPUT")
    road.step("guardrail", guardrail.name, f"answer {answered.did}", refused=answered.blocked)
    trace = _trace(guardrail, given, answered, answer)
    late = (conversation.guardrail or {}).get("streamProcessingMode") == "async"
    if answered.blocked:
        message = guardrail.message("OUTPUT")
        return Generated(answer + message if late else message, _INTERVENED, *counts, trace)
    if given.masked or (answered.masked and not late):
        reason = _INTERVENED
    return Generated(answer if late else answered.texts[0], reason, *counts, trace)


def _limited(answer: str, conversation: Conversation) -> tuple[str, str]:
    """The answer as far as stop sequences and the limit on tokens let it go, and what ended it."""
    stops = [place for each in conversation.stop_sequences if (place := answer.find(each)) >= 0]
    reason = "stop_sequence" if stops else "end_turn"
    answer = answer[: min(stops)] if stops else answer
    most = conversation.max_tokens
    if most is not None and tokens(answer) > most:
        return answer[: most * TOKEN_CHARACTERS], "max_tokens"
    return answer, reason


def _trace(guardrail: Guardrail, given: Assessed, answered: Assessed | None, output: str) -> dict[str, Any]:
    trace: dict[str, Any] = {"inputAssessment": {guardrail.id: given.assessment}}
    reasons = [given.reason]
    if answered is not None:
        trace |= {"modelOutput": [output], "outputAssessments": {guardrail.id: [answered.assessment]}}
        reasons.append(answered.reason)
    acted = [each for each in reasons if not each.startswith("No action.")]
    return {"guardrail": trace | {"actionReason": (acted or reasons)[0]}}
