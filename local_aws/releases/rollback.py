"""The rollback of an ECS deployment: traffic back to the original task set, by a deployment of its own.

CodeDeploy makes a second deployment for it, which names the first and shifts all at once ("Redeployments and deployment
rollbacks", CodeDeploy user guide); its lifecycle events aren't documented, so it tells none.
"""

from __future__ import annotations

from local_aws.releases.calls import Calls
from local_aws.releases.deployment import Deployment
from local_aws.releases.listeners import Listeners
from local_aws.releases.plane import PlaneDoor
from local_aws.releases.shifting import ALL_AT_ONCE
from local_aws.releases.task_sets import TaskSet, TaskSets


def rollback_of(deployment: Deployment, plane: PlaneDoor) -> Deployment:
    """The deployment that rolls another one back; each names the other."""
    made = Deployment(deployment.wish, deployment.place, plane.now(), creator="codeDeployRollback", events=[])
    made.config = ALL_AT_ONCE
    deployment.rollback = {
        "rollbackDeploymentId": made.id,
        "rollbackMessage": f"Deployment {deployment.id} terminated. "
        f"Automatic rollback is triggered with a DeploymentId {made.id}.",
    }
    made.rollback = {
        "rollbackTriggeringDeploymentId": deployment.id,
        "rollbackMessage": f"Deployment {made.id} is triggered to roll back deployment {deployment.id}.",
    }
    return made


def roll_back(deployment: Deployment, blue: TaskSet, green: str, calls: Calls, plane: PlaneDoor) -> None:
    """Give all traffic to the original task set and remove the new one, if there is one. Raises CallError."""
    deployment.status, deployment.started = "InProgress", plane.now()
    place, listeners, task_sets = deployment.place, Listeners(calls), TaskSets(calls, deployment.place)
    other = task_sets.other_group(blue.target_group)
    for listener in filter(None, (place.production, place.test)):
        if other in listeners.forward(listener).weights:
            listeners.shift(listener, {blue.target_group: 100, other: 0})
    if green:
        task_sets.promote(blue.id)
        listeners.settle()
        task_sets.delete(green)
