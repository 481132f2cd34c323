"""ECS services: with the CODE_DEPLOY deployment controller ministack has no task sets, with ECS's own no alarms."""

from __future__ import annotations

from contextlib import nullcontext
from threading import RLock

from local_aws.messages import Request, Response, error_response
from local_aws.releases.plane import PlaneDoor
from local_aws.shims.base import Forward, ShimError
from local_aws.shims.forgotten_settings import EcsServices
from local_aws.shims.shells import OPERATION, Sessions, execute_command
from local_aws.shims.task_sets.alarmed_updates import AlarmedDeployments
from local_aws.shims.task_sets.changes import Changes
from local_aws.shims.task_sets.known import Known
from local_aws.shims.task_sets.ministack import Answer, Ministack, RefusedError
from local_aws.shims.task_sets.readings import Readings, stopped_by_scheduler


class EcsTaskSets(EcsServices):
    """ministack forgets whether a service is rebalanced over the zones, and to replace a task that StopTask ended.
    It has no task sets: those of a service that CodeDeploy deploys are hidden services here. It opens a shell in any
    task: ExecuteCommand is refused here as ECS does, and noted in the log group of the cluster's sessions. It looks at
    no alarm of a rolling deployment.
    """

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self._sessions = sessions
        self._known = Known()
        self._alarmed = AlarmedDeployments()
        self._changes = Changes(self._known).operations()
        self._readings = Readings(self._known).operations()
        # Held through a change of a service or its task sets, which takes several requests.
        self._changing = RLock()

    def plane_runs(self, plane: PlaneDoor) -> None:
        self._known.plane = self._alarmed.plane = plane

    def answer(self, request: Request, forward: Forward) -> Response | None:
        def repaired(asked: Request) -> Response:
            given = EcsServices.answer(self, asked, forward)
            return forward(asked) if given is None else given

        change = self._changes.get(request.operation)
        answering = change or self._readings.get(request.operation)
        if answering is None and request.operation != OPERATION:
            return super().answer(request, forward)
        try:
            if answering is None:
                return execute_command(request, forward, self._sessions)
            with self._changing if change else nullcontext():
                given = self._given(answering, Ministack(request, forward, repaired))
        except ShimError as refusal:
            return error_response(request, refusal.status, refusal.code, str(refusal))
        except RefusedError as refusal:
            return refusal.answer
        if given is None:
            given = super().answer(request, forward)
        corrected = {"DescribeServices": self._alarmed.told, "DescribeTasks": stopped_by_scheduler}
        correct = corrected.get(request.operation)
        if correct is None:
            return given
        told = forward(request) if given is None else given
        return correct(request, told) if told.status < 300 else told

    def _given(self, answering: Answer, asked: Ministack) -> Response | None:
        """What CodeDeploy's services get, else what those of ECS's own deployments do; None for ministack's answer."""
        body = asked.request.json()
        given = answering(asked, body)
        if given is None and asked.request.operation == "CreateService":
            self._alarmed.create(asked.request, body)
        if given is None and asked.request.operation == "UpdateService":
            return self._alarmed.update(asked, body)
        return given
