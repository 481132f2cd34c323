"""Deployments of CodeDeploy: asked for, told, stopped, continued, and the results of their hooks."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Request
from local_aws.releases import Deployment, Releases
from local_aws.shims.base import Handler, Item, ShimError
from local_aws.shims.code_deploy.configs import Configs
from local_aws.shims.code_deploy.groups import Groups
from local_aws.shims.code_deploy.wishes import Wishes

# Most of one BatchGetDeployments and BatchGetDeploymentTargets (API reference).
_MOST = 25


class Deployments:
    """The operations on deployments. Without `releases` none is made: nothing would shift traffic."""

    def __init__(self, groups: Groups, configs: Configs) -> None:
        self.releases: Releases | None = None
        self._groups = groups
        self._wishes = Wishes(configs)

    def handlers(self) -> Mapping[str, Handler]:
        """The operations by their names."""
        return {
            "CreateDeployment": self._create,
            "GetDeployment": lambda request, body: {"deploymentInfo": self._find(body["deploymentId"]).info()},
            "BatchGetDeployments": self._batch,
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
            "ContinueDeployment": self._continue,
            "GetDeploymentTarget": self._target,
            "ListDeploymentTargets": self._list_targets,
            "BatchGetDeploymentTargets": self._batch_targets,
            "PutLifecycleEventHookExecutionStatus": self._hook_result,
        }

    def _create(self, request: Request, body: Item) -> Item:
        group = self._groups.group(request, body)
        if self.releases is None or request.region != self.releases.plane.region:
            raise _unknown(
                "CreateDeployment needs the data plane, in its region: without it nothing would shift traffic"
            )
        for each in self.releases:
            if not each.over and _of_group(each, body["applicationName"], group["deploymentGroupName"]):
                name = group["deploymentGroupName"]
                message = f"The Deployment Group '{name}' already has an active Deployment '{each.id}'"
                raise ShimError("DeploymentLimitExceededException", message)
        wish, place = self._wishes.of(request, body, group, self.releases)
        return {"deploymentId": self.releases.start(wish, place).id}

    def _batch(self, request: Request, body: Item) -> Item:
        names = body["deploymentIds"][:_MOST]
        return {"deploymentsInfo": [self._find(each).info() for each in names]}

    def _list(self, request: Request, body: Item) -> Item:
        found = list(self.releases or ())
        if name := body.get("applicationName"):
            group = self._groups.group(request, body)["deploymentGroupName"]
            found = [each for each in found if _of_group(each, name, group)]
        if statuses := body.get("includeOnlyStatuses"):
            found = [each for each in found if each.status in statuses]
        times = body.get("createTimeRange") or {}
        first, last = times.get("start"), times.get("end")
        found = [each for each in found if (first is None or each.created >= first)]
        return {"deployments": [each.id for each in found if last is None or each.created <= last]}

    def _stop(self, request: Request, body: Item) -> Item:
        deployment = self._find(body["deploymentId"])
        if deployment.over:
            message = f"The deployment {deployment.id} is already completed"
            raise ShimError("DeploymentAlreadyCompletedException", message)
        if not deployment.events:
            raise _unknown("what becomes of a rollback that is stopped isn't documented")
        rolls_back = body.get("autoRollbackEnabled")
        if rolls_back is None:
            rolls_back = "DEPLOYMENT_STOP_ON_REQUEST" in deployment.wish.rollback_events
        deployment.stopped = bool(rolls_back)
        # The event that runs has to end first.
        return {"status": "Pending", "statusMessage": "Deployment is stopping"}

    def _continue(self, request: Request, body: Item) -> Item:
        deployment = self._find(body["deploymentId"])
        kind = body.get("deploymentWaitType")
        if deployment.over:
            message = f"The deployment {deployment.id} is already completed"
            raise ShimError("DeploymentAlreadyCompletedException", message)
        if kind not in ("READY_WAIT", "TERMINATION_WAIT"):
            raise ShimError("InvalidDeploymentWaitTypeException", f"no type of wait: {kind}")
        if kind == "READY_WAIT" and deployment.status != "Ready":
            raise ShimError("DeploymentIsNotInReadyStateException", f"deployment {deployment.id} isn't ready")
        if kind == "TERMINATION_WAIT" and not deployment.waits_to_terminate:
            message = f"deployment {deployment.id} doesn't wait to terminate its original task set"
            raise ShimError("InvalidDeploymentStatusException", message)
        deployment.continued.set()
        return {}

    def _target(self, request: Request, body: Item) -> Item:
        (found,) = self._targets(request, body["deploymentId"], [body["targetId"]])
        return {"deploymentTarget": found}

    def _list_targets(self, request: Request, body: Item) -> Item:
        deployment = self._started(body["deploymentId"])
        wanted = (body.get("targetFilters") or {}).get("TargetStatus")
        status = deployment.target("")["ecsTarget"]["status"]
        return {"targetIds": [deployment.target_id] if not wanted or status in wanted else []}

    def _batch_targets(self, request: Request, body: Item) -> Item:
        return {"deploymentTargets": self._targets(request, body["deploymentId"], body["targetIds"][:_MOST])}

    def _targets(self, request: Request, deployment_id: str, names: list[str]) -> list[Item]:
        deployment = self._started(deployment_id)
        for name in names:
            if name != deployment.target_id:
                message = f"deployment {deployment.id} has no target {name}"
                raise ShimError("DeploymentTargetDoesNotExistException", message)
        place = deployment.place
        arn = f"arn:aws:ecs:{request.region}:{ACCOUNT_ID}:service/{place.cluster}/{place.service}"
        return [deployment.target(arn) for _ in names]

    def _hook_result(self, request: Request, body: Item) -> Item:
        deployment = self._find(body["deploymentId"])
        execution, status = body.get("lifecycleEventHookExecutionId", ""), body.get("status")
        if execution not in deployment.hooks:
            message = f"deployment {deployment.id} has no hook execution {execution}"
            raise ShimError("InvalidLifecycleEventHookExecutionIdException", message)
        if status not in ("Succeeded", "Failed"):
            message = f"a hook's status is Succeeded or Failed, not {status}"
            raise ShimError("InvalidLifecycleEventHookExecutionStatusException", message)
        if deployment.hooks[execution] or deployment.over:
            message = f"hook execution {execution} is over"
            raise ShimError("LifecycleEventAlreadyCompletedException", message)
        deployment.hooks[execution] = status
        return {"lifecycleEventHookExecutionId": execution}

    def _find(self, deployment_id: str) -> Deployment:
        found = self.releases.find(deployment_id) if self.releases else None
        if found is None:
            message = f"The deployment {deployment_id} could not be found"
            raise ShimError("DeploymentDoesNotExistException", message)
        return found

    def _started(self, deployment_id: str) -> Deployment:
        found = self._find(deployment_id)
        if found.started is None and not found.over:
            raise ShimError("DeploymentNotStartedException", f"deployment {deployment_id} hasn't started")
        return found


def _of_group(deployment: Deployment, application: str, group: str) -> bool:
    wish = deployment.wish
    return (wish.application, wish.group["deploymentGroupName"]) == (application, group)


def _unknown(message: str) -> ShimError:
    return ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
