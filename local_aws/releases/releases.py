"""The deployments of a run: each goes on in a thread of its own, whatever becomes of who asked for it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

from local_aws.releases.calls import Calls
from local_aws.releases.deployment import Deployment, Place, Wish
from local_aws.releases.life_cycle import LifeCycle
from local_aws.releases.listeners import Listeners
from local_aws.releases.plane import PlaneDoor
from local_aws.releases.rollback import roll_back, rollback_of
from local_aws.releases.watch import EndedError

_INTERNAL = "INTERNAL_ERROR"


class Releases:
    """Starts deployments on the data plane, in its region, and keeps them. They end with this process."""

    def __init__(self, plane: PlaneDoor) -> None:
        self.plane = plane
        self.calls = Calls(plane.gateway, plane.region)
        self.listeners = Listeners(self.calls)
        self._deployments: dict[str, Deployment] = {}

    def __iter__(self) -> Iterator[Deployment]:
        """All deployments, the newest first."""
        return iter(tuple(reversed(self._deployments.values())))

    def find(self, deployment_id: str) -> Deployment | None:
        """A deployment by its id."""
        return self._deployments.get(deployment_id)

    def start(self, wish: Wish, place: Place) -> Deployment:
        """Start a deployment."""
        deployment = Deployment(wish, place, self.plane.now())
        self._deployments[deployment.id] = deployment
        threading.Thread(target=self._run, args=(deployment,), daemon=True, name=deployment.id).start()
        return deployment

    def _run(self, deployment: Deployment) -> None:
        cycle = LifeCycle(deployment, self.calls, self.plane)
        try:
            cycle.run()
            self._end(deployment, "Succeeded")
            return
        except EndedError as problem:
            end = problem
        except Exception as problem:  # a thread that ends without a word would leave its deployment in progress
            end = EndedError("Failed", _INTERNAL, repr(problem), "DEPLOYMENT_FAILURE")
        print(f"deployment {deployment.id}: {end.code}: {end.message}", file=sys.stderr, flush=True)
        deployment.error = {"code": end.code, "message": end.message}
        for event in deployment.events:
            if event.status == "Pending":
                event.status = "Skipped"
        by_itself = end.event in deployment.wish.rollback_events
        wanted = by_itself if end.rolls_back is None else end.rolls_back
        # "A rollback is not possible at this point" of the hook BeforeInstall (user guide): nothing was changed.
        if wanted and cycle.blue is not None and deployment.events[1].started is not None:
            self._roll_back(deployment, cycle, end.status)
        else:
            self._end(deployment, end.status)

    def _roll_back(self, deployment: Deployment, cycle: LifeCycle, status: str) -> None:
        assert cycle.blue is not None
        back = rollback_of(deployment, self.plane)
        # Kept before the first one ends: between the two nobody else may begin.
        self._deployments[back.id] = back
        self._end(deployment, status)
        try:
            roll_back(back, cycle.blue, cycle.green, self.calls, self.plane)
            cycle.share_is(0)
            back.task_sets = deployment.task_sets
            self._end(back, "Succeeded")
        except Exception as problem:  # as above
            back.error = {"code": _INTERNAL, "message": repr(problem)}
            print(f"rollback {back.id}: {problem!r}", file=sys.stderr, flush=True)
            self._end(back, "Failed")

    def _end(self, deployment: Deployment, status: str) -> None:
        deployment.completed = self.plane.now()
        deployment.status = status
