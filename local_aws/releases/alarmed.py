"""The watch over a rolling deployment of ECS: its alarms, until its bake time is over."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.releases.calls import CallError, Calls
from local_aws.releases.plane import PlaneDoor
from local_aws.releases.watch import LEAST_SECONDS, LOOK_SECONDS

Item = dict[str, Any]

# In the user agent of ECS's own requests: what they say of services is ministack's, and what they change is a rollback.
AGENT = "local-aws-ecs"


@dataclass
class Alarmed:
    """A deployment by ministack's id, and the last completed one as clients saw it; None where there is none.

    `seconds` are the plane's for which alarms are watched once the deployment is steady. `back` is ministack's id of
    the deployment that takes it back, and `events` what ECS tells of that.
    """

    cluster: str
    service: str
    deployment: str
    before: Item | None
    alarms: tuple[str, ...]
    rolls_back: bool
    seconds: float
    state: Literal["watched", "over", "failed"] = "watched"
    steady_since: float | None = None
    back: str = ""
    events: list[Item] = field(default_factory=list)


class Watcher:
    """Looks after one deployment in a thread of its own, from its first running task to the end of its bake time."""

    def __init__(self, record: Alarmed, plane: PlaneDoor) -> None:
        self._record, self._plane = record, plane
        self._calls = Calls(plane.gateway, plane.region, AGENT)

    def start(self) -> None:
        """Watch until the deployment is over. It ends with this process."""
        threading.Thread(target=self._run, daemon=True, name=self._record.deployment).start()

    def _run(self) -> None:
        try:
            while self._record.state == "watched":
                self._look()
                self._plane.sleep(LOOK_SECONDS, least=LEAST_SECONDS)
        except (CallError, OSError) as problem:  # the emulators end, or the service is gone
            self._record.state = "over"
            print(f"alarms of {self._record.deployment}: {problem!r}", file=sys.stderr, flush=True)

    def _look(self) -> None:
        record = self._record
        deployment = self._deployment()
        if deployment is None or deployment.get("rolloutState") == "FAILED":
            record.state = "over"  # another took its place, or the circuit breaker took it back
            return
        if not deployment.get("runningCount"):
            return  # ECS looks at alarms once a task of the deployment runs
        if "ALARM" in self._calls.alarms(list(record.alarms)).values():
            self._calls.ecs("UpdateService", cluster=record.cluster, service=record.service)
            return
        if deployment.get("rolloutState") != "COMPLETED":
            return
        if record.steady_since is None:
            record.steady_since = self._plane.now()
        elif self._plane.now() - record.steady_since >= record.seconds:
            record.state = "over"

    def _deployment(self) -> Item | None:
        """The deployment as ministack has it; None once it isn't primary any more."""
        told = self._calls.ecs("DescribeServices", cluster=self._record.cluster, services=[self._record.service])
        found = [each for service in told["services"] for each in service["deployments"] if each["status"] == "PRIMARY"]
        return next((each for each in found if each["id"] == self._record.deployment), None)
