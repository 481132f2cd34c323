"""The road of the last traced request with its spans, kept beside the deployment that it went through.

Question, passages and answer aren't kept: only which deployed thing decided what, what the task did, and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.clock import now, stamp
from pipeline.work import Work, write_private_json


@dataclass(frozen=True)
class RoadStep:
    """One hop: what decided there, what it did, and milliseconds since the request came in; whether it refused."""

    hop: str
    decided: str
    did: str
    ms: float
    refused: bool = False


@dataclass(frozen=True)
class RoadSpan:
    """One span of the task: `depth` in the tree, start after the first span and duration in milliseconds.

    `status` is UNSET, OK or ERROR, the last with its code; `notes` are attributes and moments.
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


@dataclass(frozen=True)
class KeptRoad:
    """A road: when it was traced, the status and last event of its answer (empty without events), hops and spans."""

    traced: str
    status: int
    ended: str
    steps: tuple[RoadStep, ...]
    spans: tuple[RoadSpan, ...] = ()


def keep_road(
    work: Work,
    env: str,
    *,
    status: int,
    ended: str,
    steps: Sequence[Mapping[str, Any]],
    spans: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Keep a road through `env` in the place of the one before.

    `steps` have the fields of `RoadStep`, `spans` those of `RoadSpan`.
    """
    road = KeptRoad(stamp(now()), status, ended, tuple(RoadStep(**each) for each in steps), _spans(spans))
    write_private_json(work.road(env), {"deployment": _deployment(work.applied(env)), **asdict(road)})


def kept_road(work: Work, env: str) -> KeptRoad | None:
    """The kept road; None without one, or when a layer was applied since."""
    try:
        told = json.loads(work.road(env).read_bytes())
        if told["deployment"] != _deployment(work.applied(env)):
            return None
        steps = tuple(RoadStep(**each) for each in told["steps"])
        # Roads that were kept before there were spans have none.
        spans = _spans(told.get("spans", ()))
        return KeptRoad(str(told["traced"]), int(told["status"]), str(told["ended"]), steps, spans)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _spans(told: Sequence[Mapping[str, Any]]) -> tuple[RoadSpan, ...]:
    return tuple(RoadSpan(**{**each, "notes": tuple(each["notes"])}) for each in told)


def _deployment(notes: Path) -> str:
    """Fingerprint of what is applied: the notes of its layers."""
    digest = hashlib.sha256()
    for path in sorted(notes.glob("*.json")):
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
