"""What ends a deployment before its time: an alarm, a person, a service that doesn't become steady."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from local_aws.releases.calls import CallError, Calls
from local_aws.releases.deployment import Deployment
from local_aws.releases.plane import PlaneDoor

# How often a waiting deployment looks, in seconds of the plane, and of the machine at least.
LOOK_SECONDS, LEAST_SECONDS = 5.0, 0.1
_ALARMED = (
    "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected "
    "deployments have been stopped. Activated alarms: "
)
_UNREADABLE = "The state of the deployment's alarms could not be retrieved from Amazon CloudWatch: "
_STOPPED = "The deployment was stopped by StopDeployment."


@dataclass
class EndedError(Exception):
    """The end of a deployment that doesn't succeed.

    `event` is what AutoRollbackConfiguration calls it; `rolls_back` overrules that configuration where it isn't None.
    """

    status: str
    code: str
    message: str
    event: str
    rolls_back: bool | None = None


def failed(code: str, message: str) -> EndedError:
    """The end of a deployment that failed by itself."""
    return EndedError("Failed", code, message, "DEPLOYMENT_FAILURE")


class Watch:
    """Looks after one deployment while it waits."""

    def __init__(self, deployment: Deployment, calls: Calls, plane: PlaneDoor) -> None:
        self._deployment, self._calls, self._plane = deployment, calls, plane
        self.alarms_on = False

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait until something is so, or for seconds of the plane; whether it was so. Raises EndedError."""
        end = self._plane.now() + seconds
        while True:
            self.look()
            if until():
                return True
            if self._plane.now() >= end:
                return False
            self._plane.sleep(min(LOOK_SECONDS, max(end - self._plane.now(), 0)), least=LEAST_SECONDS)

    def look(self) -> None:
        """Raise EndedError once the deployment was stopped, or one of its alarms is on."""
        if (rolls_back := self._deployment.stopped) is not None:
            raise EndedError("Stopped", "MANUAL_STOP", _STOPPED, "DEPLOYMENT_STOP_ON_REQUEST", rolls_back)
        names = list(self._deployment.wish.alarms)
        if not self.alarms_on or not names:
            return
        try:
            states = self._calls.alarms(names)
            missing = [name for name in names if name not in states]
        except CallError as problem:
            states, missing = {}, [str(problem)]
        if missing and not self._deployment.wish.ignores_unreadable_alarms:
            # The reference says that the deployment stops, and no more.
            message = _UNREADABLE + ", ".join(missing)
            raise EndedError("Stopped", "ALARM_ACTIVE", message, "DEPLOYMENT_STOP_ON_ALARM")
        if on := [name for name in names if states.get(name) == "ALARM"]:
            message = _ALARMED + " ".join(f"<{name}>" for name in on)
            raise EndedError("Stopped", "ALARM_ACTIVE", message, "DEPLOYMENT_STOP_ON_ALARM")
