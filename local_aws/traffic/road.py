"""The road of a request: every hop, what decided it there, and when."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# Header by which a client names the road of its request; the first hop takes it off.
HEADER = "x-local-aws-road"
KEPT = 500


@dataclass(frozen=True)
class Step:
    """One hop: `decided` names the deployed thing that decided, `did` what it did, `ms` the time since the start.

    `refused` says that the request went no further there, or not as it was asked for.
    """

    hop: str
    decided: str
    did: str
    ms: float
    refused: bool = False


@dataclass
class Road:
    """Steps of one request. A hop without a request, such as a health check, has a road that nobody keeps.

    `trace_id` is the load balancer's id of the request in OpenTelemetry's form; empty where it got to none.
    """

    id: str = ""
    trace_id: str = ""
    started: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)

    def step(self, hop: str, decided: str, did: str, *, refused: bool = False) -> None:
        """Add a step now."""
        self.steps.append(Step(hop, decided, did, round((time.monotonic() - self.started) * 1000, 2), refused))

    def plain(self) -> dict[str, Any]:
        """The road as plain data."""
        return {"id": self.id, "trace_id": self.trace_id, "steps": [asdict(each) for each in self.steps]}


class SharedRoad(Road):
    """Road of a request that belongs to several others, such as one with their spans: they have its steps."""

    def __init__(self, roads: Iterable[Road]) -> None:
        super().__init__()
        self._roads = tuple(roads)

    def step(self, hop: str, decided: str, did: str, *, refused: bool = False) -> None:
        for road in self._roads:
            road.step(hop, decided, did, refused=refused)


class RoadBook:
    """The last roads by id. Later hops in other processes add to them by the id that travels with the request."""

    def __init__(self) -> None:
        self._roads: OrderedDict[str, Road] = OrderedDict()

    def open(self, id_: str) -> Road:
        """The road with an id, made when it is new; without an id one that is not kept."""
        if not id_:
            return Road()
        if id_ not in self._roads:
            self._roads[id_] = Road(id_)
            while len(self._roads) > KEPT:
                self._roads.popitem(last=False)
        return self._roads[id_]

    def last_to(self, ip: str) -> Road:
        """The last road that led to a target with an address; one that is not kept when there is none."""
        for road in reversed(self._roads.values()):
            if any(step.hop == "target" and step.decided.startswith(f"{ip}:") for step in road.steps) or any(
                f"chose {ip}:" in step.did for step in road.steps
            ):
                return road
        return Road()

    def of_trace(self, trace_id: str) -> Road | None:
        """The kept road of the request with a trace id."""
        return next((road for road in reversed(self._roads.values()) if road.trace_id == trace_id), None)

    def find(self, id_: str) -> Road | None:
        """A road that is still kept."""
        return self._roads.get(id_)
