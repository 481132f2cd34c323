"""The life cycle of an ECS deployment, step by step.

Sources: "What happens during an Amazon ECS deployment" and "Troubleshoot Amazon ECS deployment issues", CodeDeploy user
guide; "Blue/green deployment considerations", ECS developer guide.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from local_aws.releases.calls import CallError, Calls
from local_aws.releases.deployment import Deployment, Event
from local_aws.releases.listeners import BalancerError, Listeners
from local_aws.releases.plane import PlaneDoor
from local_aws.releases.task_sets import TaskSet, TaskSets
from local_aws.releases.watch import EndedError, Watch, failed

_MINUTE = 60
# How long CodeDeploy waits for a steady task set, and for the result of a hook.
_STEADY_SECONDS = _HOOK_SECONDS = 60 * _MINUTE
# How long traffic shifts on while a service that scales isn't steady.
_UNSTEADY_SECONDS = 5 * _MINUTE
_NOT_HEALTHY = (
    "The deployment timed out while waiting for the replacement task set to become healthy. "
    "This time out period is 60 minutes."
)
_NO_CALLBACK = (
    "The deployment timed out while waiting for a status callback. "
    "CodeDeploy expects a status callback within one hour after a deployment hook is invoked."
)
_HOOK_FAILED = "The deployment failed because one or more of the lifecycle event validation functions failed."
_NOT_CONTINUED = (
    "The deployment timed out while waiting for a notification to continue. This time out period is {} minutes."
)
# ECS's guide says that such a deployment is marked as failed; CodeDeploy's words for it aren't documented.
_UNSTEADY = "The service didn't reach a steady state within 5 minutes of a scaling event."


class LifeCycle:
    """Takes one deployment from its first event to its end. What it raises is left to who runs it."""

    def __init__(self, deployment: Deployment, calls: Calls, plane: PlaneDoor) -> None:
        self._deployment, self._calls, self._plane = deployment, calls, plane
        self._listeners = Listeners(calls)
        self._task_sets = TaskSets(calls, deployment.place)
        self._watch = Watch(deployment, calls, plane)
        self._share = 0
        self._steady_at = 0.0
        self.blue: TaskSet | None = None
        self.green = ""

    def run(self) -> None:
        """Run all events, wait, and remove the original task set. Raises EndedError."""
        deployment = self._deployment
        deployment.status, deployment.started = "InProgress", self._plane.now()
        self.blue = self._task_sets.primary()
        self._hook("BeforeInstall")
        self._watch.alarms_on = True
        with self._event("Install"):
            self._install()
        self._hook("AfterInstall")
        with self._event("AllowTestTraffic"):
            if deployment.place.test:
                self._listeners.shift(deployment.place.test, self._weights(100))
        self._hook("AfterAllowTestTraffic")
        if deployment.place.test:
            # Where all is shifted at once, the load balancer checks the new tasks only since they got test traffic: a
            # hook may have been quicker.
            self._listeners.settle()
            self._until_healthy()
        self._wait_to_reroute()
        self._hook("BeforeAllowTraffic")
        with self._event("AllowTraffic"):
            self._allow_traffic()
        self._hook("AfterAllowTraffic")
        self._terminate()

    def share_is(self, share: int) -> None:
        """Note which share of the traffic, in percent, the new task set has got by a rollback."""
        self._share = share
        self.note_task_sets()

    def note_task_sets(self) -> list[TaskSet]:
        """Keep what the task sets are like now, for GetDeploymentTarget."""
        found = self._task_sets.all()
        self._deployment.task_sets = [self._told(each) for each in found]
        return found

    def _install(self) -> None:
        assert self.blue is not None
        assert self._deployment.wish.spec is not None
        place = self._deployment.place
        self._watch.look()
        # A listener for tests may lead elsewhere before: it is common that it begins at the second group.
        self._listeners.require(place.production, self.blue.target_group)
        group = self._task_sets.other_group(self.blue.target_group)
        self.green = self._task_sets.create(self._deployment.wish.spec, group, self._deployment.id)
        if len(self._deployment.wish.shifts) > 1:
            # With canary and linear the load balancer checks the new tasks now, all at once only under traffic.
            self._listeners.shift(place.production, self._weights(0))
        self._until_healthy()

    def _until_healthy(self) -> None:
        if not self._watch.wait(_STEADY_SECONDS, self._green_is_steady):
            raise failed("TIMEOUT", _NOT_HEALTHY)

    def _allow_traffic(self) -> None:
        production = self._deployment.place.production
        self._steady_at = self._plane.now()
        for share, minutes in self._deployment.wish.shifts:
            self._watch.look()
            self._listeners.shift(production, self._weights(share))
            self._share = share
            self._watch.wait(minutes * _MINUTE, self._check_steady)
        self._task_sets.promote(self.green)
        self.note_task_sets()

    def _wait_to_reroute(self) -> None:
        """Wait for ContinueDeployment, where the group says so."""
        blue_green = self._deployment.wish.group.get("blueGreenDeploymentConfiguration") or {}
        option = blue_green.get("deploymentReadyOption") or {}
        if option.get("actionOnTimeout") != "STOP_DEPLOYMENT":
            return
        minutes = int(option.get("waitTimeInMinutes") or 0)
        self._deployment.continued.clear()
        self._deployment.status = "Ready"
        if not self._watch.wait(minutes * _MINUTE, self._is_continued):
            message = _NOT_CONTINUED.format(minutes)
            raise EndedError("Stopped", "TIMEOUT", message, "DEPLOYMENT_FAILURE")
        self._deployment.status = "InProgress"

    def _terminate(self) -> None:
        assert self.blue is not None
        blue_green = self._deployment.wish.group.get("blueGreenDeploymentConfiguration") or {}
        option = blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}
        self._deployment.continued.clear()
        self._deployment.waits_to_terminate = True
        self._watch.wait(int(option.get("terminationWaitTimeInMinutes") or 0) * _MINUTE, self._is_continued)
        self._listeners.settle()
        self._task_sets.delete(self.blue.id)
        self.note_task_sets()

    def _hook(self, name: str) -> None:
        """Run the event of a hook; nothing is done where the AppSpec names no function for it."""
        with self._event(name):
            assert self._deployment.wish.spec is not None
            function = self._deployment.wish.spec.hooks.get(name)
            if function is None:
                return
            execution = str(uuid.uuid4())
            self._deployment.hooks[execution] = ""
            told = {"DeploymentId": self._deployment.id, "LifecycleEventHookExecutionId": execution}
            try:
                self._calls.invoke(function, told)
            except CallError as problem:
                raise failed("HOOK_EXECUTION_FAILURE", f"{_HOOK_FAILED} {problem}") from None
            if not self._watch.wait(_HOOK_SECONDS, lambda: self._has_result(execution)):
                raise failed("TIMEOUT", _NO_CALLBACK)
            if self._deployment.hooks[execution] != "Succeeded":
                raise failed("HOOK_EXECUTION_FAILURE", _HOOK_FAILED)

    def _has_result(self, execution: str) -> bool:
        self.note_task_sets()
        return bool(self._deployment.hooks[execution])

    def _is_continued(self) -> bool:
        self.note_task_sets()
        return self._deployment.continued.is_set()

    def _green_is_steady(self) -> bool:
        return any(each.steady for each in self.note_task_sets() if each.id == self.green)

    def _check_steady(self) -> bool:
        """Raise EndedError when the service hasn't been steady for too long."""
        now = self._plane.now()
        if all(each.steady for each in self.note_task_sets()):
            self._steady_at = now
        elif now - self._steady_at > _UNSTEADY_SECONDS:
            raise failed("TIMEOUT", _UNSTEADY)
        return False

    def _weights(self, share: int) -> dict[str, int]:
        """Weights of both target groups when a share of the traffic, in percent, goes to the new one."""
        assert self.blue is not None
        old = self.blue.target_group
        return {old: 100 - share, self._task_sets.other_group(old): share}

    def _told(self, found: TaskSet) -> dict[str, object]:
        green = found.id == self.green
        return {
            "identifer": found.id,  # the API's own spelling
            "desiredCount": found.desired,
            "pendingCount": found.pending,
            "runningCount": found.running,
            "status": found.status,
            "trafficWeight": float(self._share if green else 100 - self._share),
            "targetGroup": {"name": found.target_group.split("/")[-2]},
            "taskSetLabel": "Green" if green else "Blue",
        }

    @contextmanager
    def _event(self, name: str) -> Iterator[None]:
        event = next(each for each in self._deployment.events if each.name == name)
        event.status, event.started = "InProgress", self._plane.now()
        try:
            self._watch.look()
            yield
        except EndedError as end:
            self._end_event(event, "Failed", end.message)
            raise
        except (BalancerError, CallError, LookupError) as problem:
            refused = _refused(problem)
            self._end_event(event, "Failed", refused.message)
            raise refused from problem
        self._end_event(event, "Succeeded", "")

    def _end_event(self, event: Event, status: str, message: str) -> None:
        event.status, event.ended, event.message = status, self._plane.now(), message


def _refused(problem: Exception) -> EndedError:
    """The end of a deployment because a service refused something."""
    if isinstance(problem, BalancerError):
        return failed("ELASTIC_LOAD_BALANCING_INVALID", str(problem))
    if isinstance(problem, CallError) and problem.service == "ecs":
        said = f"{problem} (Service: AmazonECS; Status Code: {problem.status}; Error Code: {problem.code})"
        return failed(
            "ECS_UPDATE_ERROR",
            f"The ECS service cannot be updated due to an unexpected error: {said}. Check your ECS service status.",
        )
    if isinstance(problem, CallError):
        message = f"The ELB could not be updated due to the following error: {problem}"
        return failed("ELASTIC_LOAD_BALANCING_INVALID", message)
    return failed("INVALID_ECS_SERVICE", str(problem))
