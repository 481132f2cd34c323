"""A request of Converse or ConverseStream: its pieces of text, and what each is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.traffic.doors.asgi import AwsError, unknown

_SOURCE, _QUERY, _GUARD = "grounding_source", "query", "guard_content"
_KNOWN = {"messages", "system", "inferenceConfig", "guardrailConfig", "requestMetadata", "modelId"}
_KNOWN_SETTINGS = {"maxTokens", "temperature", "topP", "stopSequences"}


@dataclass(frozen=True)
class Piece:
    """One text of a request. `guarded` is None for a plain text, else the qualifiers of a `guardContent` block."""

    role: str
    text: str
    guarded: frozenset[str] | None = None

    @property
    def is_input(self) -> bool:
        """Whether a guardrail's policies assess it: sources and queries alone only belong to the grounding check."""
        return self.guarded is not None and (not self.guarded or _GUARD in self.guarded)


@dataclass(frozen=True)
class Conversation:
    """Texts of a request in order. Temperature and top-p are taken and have no effect: answers are quotations."""

    pieces: tuple[Piece, ...]
    max_tokens: int | None
    stop_sequences: tuple[str, ...]
    guardrail: Mapping[str, str] | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Conversation:
        """Read a request; raises AwsError: ValidationException as AWS would, or 501 for parts not known here."""
        if odd := sorted(body.keys() - _KNOWN):
            raise unknown(f"{', '.join(odd)} of a conversation")
        settings = body.get("inferenceConfig") or {}
        if odd := sorted(settings.keys() - _KNOWN_SETTINGS):
            raise unknown(f"{', '.join(odd)} of inferenceConfig")
        most = settings.get("maxTokens")
        if most is not None and (not isinstance(most, int) or most < 1):
            raise _invalid("Value at 'inferenceConfig.maxTokens' failed to satisfy constraint: at least 1")
        messages = body.get("messages") or []
        if not messages:
            raise _invalid("The messages field is required and can't be empty.")
        if messages[0].get("role") != "user":
            raise _invalid("A conversation must start with a user message. Try again with a conversation that does.")
        if messages[-1].get("role") != "user":
            raise unknown("a conversation that ends with the assistant's words")
        pieces = [piece for at, each in enumerate(messages) for piece in _pieces(each["role"], each, f"messages.{at}")]
        system = _pieces("system", {"content": body.get("system") or []}, "system")
        stops = tuple(settings.get("stopSequences") or ())
        return cls((*system, *pieces), most, stops, body.get("guardrailConfig"))

    @property
    def assessed(self) -> tuple[int, ...]:
        """Indexes of the pieces that a guardrail assesses as input.

        Marked pieces alone where a message has any marked one, else all of the messages; of the system's texts only
        marked ones ("Use a guardrail with the Converse API", Bedrock guide).
        """
        marked = any(each.guarded is not None for each in self.pieces if each.role != "system")
        return tuple(
            at
            for at, each in enumerate(self.pieces)
            if each.is_input or (not marked and each.role != "system" and each.guarded is None)
        )

    def with_texts(self, texts: Mapping[int, str]) -> Conversation:
        """The conversation with some texts replaced, as a guardrail masks them."""
        pieces = tuple(replace(each, text=texts.get(at, each.text)) for at, each in enumerate(self.pieces))
        return replace(self, pieces=pieces)

    @property
    def question(self) -> str:
        """What was asked: the texts marked as query, else the last text, or its last paragraph."""
        marked = [each.text for each in self.pieces if each.guarded and _QUERY in each.guarded]
        if marked:
            return "\n".join(marked)
        asked = [each.text for each in self._last_turn if not each.guarded or _SOURCE not in each.guarded]
        return asked[-1].rstrip().rpartition("\n\n")[2] if asked else ""

    @property
    def passages(self) -> tuple[str, ...]:
        """What may be quoted: the texts marked as source, else all before the question in its message."""
        marked = tuple(each.text for each in self.pieces if each.guarded and _SOURCE in each.guarded)
        if marked:
            return marked
        texts = [each.text for each in self._last_turn if not each.guarded or _QUERY not in each.guarded]
        before = texts[-1].rstrip().rpartition("\n\n")[0] if texts else ""
        return tuple(each for each in (*texts[:-1], before) if each.strip())

    @property
    def characters(self) -> int:
        """Length of all texts."""
        return sum(len(each.text) for each in self.pieces)

    @property
    def _last_turn(self) -> list[Piece]:
        """Texts of the user after the assistant's last words."""
        turns = [each for each in self.pieces if each.role != "system"]
        last = max((at for at, each in enumerate(turns) if each.role == "assistant"), default=-1)
        return turns[last + 1 :]


def _pieces(role: str, message: Mapping[str, Any], place: str) -> Iterator[Piece]:
    for at, block in enumerate(message.get("content") or []):
        match block:
            case {"text": str(text)} if len(block) == 1:
                if not text.strip():
                    where = f"{place}.content.{at}"
                    raise _invalid(f"The text field in the ContentBlock object at {where} is blank. Add text to it.")
                yield Piece(role, text)
            case {"guardContent": {"text": {"text": str(text)} as marked}} if len(block) == 1:
                yield Piece(role, text, frozenset(marked.get("qualifiers") or ()))
            case _:
                raise unknown(f"{', '.join(block) or 'an empty block'} in the content of {place}")


def _invalid(message: str) -> AwsError:
    return AwsError(400, "ValidationException", message)
