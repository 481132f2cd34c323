"""The running data plane as deployments see it: its clock, and the health of targets."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from local_aws.endpoint import LOOPBACK

_SECONDS = 10


@dataclass(frozen=True)
class PlaneDoor:
    """Address of the emulated AWS and control port of its data plane, which acts in one region.

    Times are seconds since the epoch by the plane's clock, durations seconds of that clock.
    """

    gateway: str
    control_port: int
    region: str

    @cached_property
    def factor(self) -> float:
        """Seconds of the plane in one second of the machine."""
        return self._began[2]

    def now(self) -> float:
        """The plane's time."""
        at, then, factor = self._began
        return then + (time.monotonic() - at) * factor

    def sleep(self, seconds: float, *, least: float = 0.0) -> None:
        """Wait for seconds of the plane, or for `least` seconds of the machine if that is longer."""
        time.sleep(max(seconds / self.factor, least))

    def target_states(self, target_group: str) -> list[str]:
        """States of a group's targets, as the load balancer found them; none for a group that isn't known yet."""
        status, told = self._get(f"/target-health/{quote(target_group)}")
        return [str(each["state"]) for each in told] if status == http.client.OK else []

    @cached_property
    def _began(self) -> tuple[float, float, float]:
        """A moment by the machine's monotonic clock and by the plane's, and how fast the latter runs."""
        _, told = self._get("/health")
        return time.monotonic(), float(told["clock_now"]), float(told["clock_factor"])

    def _get(self, path: str) -> tuple[int, Any]:
        with closing(http.client.HTTPConnection(LOOPBACK, self.control_port, timeout=_SECONDS)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
