"""Guardrails as deployed: words and patterns act; what needs a model of Bedrock's own is named and not evaluated."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from local_aws.traffic.doors.asgi import AwsError
from local_aws.traffic.doors.patterns import PATTERNS, find, replaced
from local_aws.traffic.world import World

Source = Literal["INPUT", "OUTPUT"]
_DONE = {"BLOCK": "BLOCKED", "ANONYMIZE": "ANONYMIZED", "NONE": "NONE"}
# Characters of a text unit ("Amazon Bedrock pricing", guardrails).
_UNIT = 1000


@dataclass(frozen=True)
class Assessed:
    """Result for the texts of one side.

    Attributes:
        texts: the texts, masked.
        blocked: whether the guardrail's message takes their place.
        assessment: findings, in the API's form.
        reason: the API's `actionReason`, with what was not evaluated.
        findings: action and kind of each finding, for the road.
    """

    texts: tuple[str, ...]
    blocked: bool
    masked: bool
    assessment: Mapping[str, Any]
    reason: str
    findings: tuple[tuple[str, str], ...]

    @property
    def did(self) -> str:
        """What happened, for the road."""
        found = ", ".join(f"{action} {kind}" for action, kind in self.findings) or "nothing found"
        return f"{'blocked' if self.blocked else 'masked' if self.masked else 'passed'}: {found}"


@dataclass
class _Findings:
    words: list[dict[str, Any]] = field(default_factory=list)
    entities: list[dict[str, Any]] = field(default_factory=list)
    regexes: list[dict[str, Any]] = field(default_factory=list)

    def all(self) -> list[dict[str, Any]]:
        return [*self.words, *self.entities, *self.regexes]


class Guardrail:
    """One version of a guardrail, as GetGuardrail describes it."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._described = described
        self.id: str = described["guardrailId"]
        self.arn: str = described["guardrailArn"]
        self.version: str = described["version"]
        self.key_arn: str = described.get("kmsKeyArn") or ""

    @property
    def name(self) -> str:
        """Name and version, for the road."""
        return f"{self._described.get('name', self.id)} version {self.version}"

    @property
    def condition_value(self) -> str:
        """Value of `bedrock:GuardrailIdentifier`: the ARN, with the version where it isn't the draft."""
        return self.arn if self.version == "DRAFT" else f"{self.arn}:{self.version}"

    def message(self, source: Source) -> str:
        """What a visitor gets in place of a blocked question or answer."""
        key = "blockedInputMessaging" if source == "INPUT" else "blockedOutputsMessaging"
        return str(self._described[key])

    @property
    def not_evaluated(self) -> tuple[str, ...]:
        """Parts of this guardrail that do nothing here."""
        described = self._described
        parts = [
            *(["topics"] if _entries(described, "topicPolicy", "topics") else []),
            *(["content filters"] if _entries(described, "contentPolicy", "filters") else []),
            *(["grounding"] if _entries(described, "contextualGroundingPolicy", "filters") else []),
            *(f"words {each['type']}" for each in _entries(described, "wordPolicy", "managedWordLists")),
            *(each["type"] for each in self._entities if each["type"] not in PATTERNS),
        ]
        return tuple(parts)

    def assess(self, texts: Sequence[str], source: Source) -> Assessed:
        """Look for the words and patterns of this guardrail in the texts of one side."""
        started = time.perf_counter()
        found, masked = _Findings(), []
        for text in texts:
            found.words += self._words(text, source)
            places = [*self._personal(text, source, found), *self._patterns(text, source, found)]
            masked.append(replaced(text, places))
        actions = [each["action"] for each in found.all()]
        blocked, anonymized = "BLOCKED" in actions, "ANONYMIZED" in actions
        reason = "Guardrail blocked." if blocked else "Guardrail masked." if anonymized else "No action."
        if self.not_evaluated:
            reason += f" Not evaluated by this emulator: {', '.join(self.not_evaluated)}."
        return Assessed(
            texts=tuple(masked),
            blocked=blocked,
            masked=anonymized and not blocked,
            assessment=_assessment(found, texts, time.perf_counter() - started),
            reason=reason,
            findings=tuple(
                (each["action"], str(each.get("type") or each.get("name") or "word")) for each in found.all()
            ),
        )

    @property
    def _entities(self) -> list[Mapping[str, Any]]:
        return _entries(self._described, "sensitiveInformationPolicy", "piiEntities")

    def _words(self, text: str, source: Source) -> Iterator[dict[str, Any]]:
        for word in _entries(self._described, "wordPolicy", "words"):
            pattern = rf"(?<!\w){re.escape(word['text'])}(?!\w)"
            if (action := _action(word, source, "BLOCK")) and (match := re.search(pattern, text, re.IGNORECASE)):
                yield {"match": match.group(), "action": action, "detected": True}

    def _personal(self, text: str, source: Source, found: _Findings) -> Iterator[tuple[int, int, str]]:
        actions = {each["type"]: _action(each, source) for each in self._entities}
        for match in find(text, [kind for kind, action in actions.items() if action]):
            action = actions[match.kind]
            quoted = text[match.start : match.end]
            found.entities.append({"match": quoted, "type": match.kind, "action": action, "detected": True})
            if action == "ANONYMIZED":
                yield (match.start, match.end, match.kind)

    def _patterns(self, text: str, source: Source, found: _Findings) -> Iterator[tuple[int, int, str]]:
        for regex in _entries(self._described, "sensitiveInformationPolicy", "regexes"):
            action = _action(regex, source)
            if not action:
                continue
            for match in re.finditer(regex["pattern"], text):
                found.regexes.append(
                    {
                        "name": regex["name"],
                        "match": match.group(),
                        "regex": regex["pattern"],
                        "action": action,
                        "detected": True,
                    }
                )
                if action == "ANONYMIZED":
                    yield (*match.span(), regex["name"])


class Guardrails:
    """Guardrails by identifier and version, read from the emulated Bedrock."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def find(self, identifier: str, version: str, region: str) -> Guardrail:
        """The version of a guardrail; raises AwsError (ValidationException) where there is none."""
        bedrock = self._world.client("bedrock", region)
        id_ = identifier.rpartition("/")[2]
        try:
            described = await self._world.ask(
                f"guardrail {region} {id_} {version}",
                lambda: bedrock.get_guardrail(guardrailIdentifier=id_, guardrailVersion=version),
            )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in ("ResourceNotFoundException", "ValidationException"):
                raise
            message = "The guardrail identifier or version provided in the request does not exist."
            raise AwsError(400, "ValidationException", message) from None
        guardrail = Guardrail(described)
        if guardrail.version != version:
            raise AwsError(400, "ValidationException", f"The guardrail has no version {version}.")
        return guardrail


def usage(characters: int) -> dict[str, int]:
    """Text units of one assessment; what isn't evaluated counts none."""
    units = -(-characters // _UNIT)
    return {
        "topicPolicyUnits": 0,
        "contentPolicyUnits": 0,
        "wordPolicyUnits": units,
        "sensitiveInformationPolicyUnits": units,
        "sensitiveInformationPolicyFreeUnits": units,
        "contextualGroundingPolicyUnits": 0,
    }


def _assessment(found: _Findings, texts: Sequence[str], seconds: float) -> dict[str, Any]:
    characters = sum(map(len, texts))
    assessment: dict[str, Any] = {}
    if found.words:
        assessment["wordPolicy"] = {"customWords": found.words, "managedWordLists": []}
    if found.entities or found.regexes:
        assessment["sensitiveInformationPolicy"] = {"piiEntities": found.entities, "regexes": found.regexes}
    assessment["invocationMetrics"] = {
        "guardrailProcessingLatency": round(seconds * 1000),
        "usage": usage(characters),
        "guardrailCoverage": {"textCharacters": {"guarded": characters, "total": characters}},
    }
    return assessment


def _entries(described: Mapping[str, Any], policy: str, part: str) -> list[Mapping[str, Any]]:
    return (described.get(policy) or {}).get(part) or []


def _action(entry: Mapping[str, Any], source: Source, default: str = "NONE") -> str | None:
    """What is done about a finding on one side; None where that side isn't looked at."""
    side = "input" if source == "INPUT" else "output"
    if entry.get(f"{side}Enabled") is False:
        return None
    return _DONE.get(entry.get(f"{side}Action") or entry.get("action") or default, "BLOCKED")
