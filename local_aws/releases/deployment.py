"""One deployment: what was asked for, how far it is, and how CodeDeploy's API tells it."""

from __future__ import annotations

import hashlib
import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.releases.appspec import AppSpec
from local_aws.releases.shifting import Shift

Item = dict[str, Any]
# The events of an ECS deployment in their order ("What happens during an Amazon ECS deployment", user guide).
EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
_ENDED = ("Succeeded", "Failed", "Stopped")
_LETTERS = string.ascii_uppercase + string.digits


@dataclass
class Event:
    """A lifecycle event; times by the plane's clock."""

    name: str
    status: str = "Pending"
    started: float | None = None
    ended: float | None = None
    message: str = ""

    def described(self) -> Item:
        """The event as LifecycleEvent."""
        times = {"startTime": self.started, "endTime": self.ended}
        told = {name: value for name, value in times.items() if value is not None}
        failed = {"errorCode": "UnknownError", "scriptName": "", "message": self.message, "logTail": ""}
        diagnostics = {"diagnostics": failed} if self.status == "Failed" else {}
        return {"lifecycleEventName": self.name, "status": self.status, **told, **diagnostics}


@dataclass(frozen=True)
class Place:
    """Where a deployment shifts traffic: names of cluster and service, the pair's target groups, listeners' ARNs."""

    cluster: str
    service: str
    target_groups: tuple[str, ...]
    production: str
    test: str


@dataclass(frozen=True)
class Wish:
    """What CreateDeployment asked for, with the group's settings of that moment.

    Attributes:
        group: the deployment group as GetDeploymentGroup tells it.
        shifts: shares of traffic with their minutes.
        alarms: names of the alarms that stop the deployment.
        rollback_events: what is rolled back by itself, as AutoRollbackConfiguration names it.
    """

    application: str
    group: Mapping[str, Any]
    config: str
    spec: AppSpec | None
    content: str
    shifts: tuple[Shift, ...]
    alarms: tuple[str, ...]
    ignores_unreadable_alarms: bool
    rollback_events: frozenset[str]
    described: Mapping[str, Any]


@dataclass
class Deployment:
    """A deployment under way or over; `created`, `started` and `completed` are by the plane's clock."""

    wish: Wish
    place: Place
    created: float
    creator: str = "user"
    config: str = ""
    id: str = field(default_factory=lambda: "d-" + "".join(secrets.choice(_LETTERS) for _ in range(9)))
    status: str = "Created"
    started: float | None = None
    completed: float | None = None
    error: Item | None = None
    rollback: Item = field(default_factory=dict)
    events: list[Event] = field(default_factory=lambda: [Event(name) for name in EVENTS])
    task_sets: list[Item] = field(default_factory=list)
    hooks: dict[str, str] = field(default_factory=dict)
    waits_to_terminate: bool = False
    # Whether to roll back, once somebody has stopped it; None while nobody has.
    stopped: bool | None = None
    continued: threading.Event = field(default_factory=threading.Event)

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.status in _ENDED

    @property
    def target_id(self) -> str:
        """Id of its one target."""
        return f"{self.place.cluster}:{self.place.service}"

    def revision(self) -> Item:
        """Its revision: the content is never told (GetDeployment, API reference)."""
        digest = hashlib.sha256(self.wish.content.encode()).hexdigest()
        return {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}}

    def info(self) -> Item:
        """The deployment as DeploymentInfo."""
        group = self.wish.group
        kept = ("deploymentStyle", "blueGreenDeploymentConfiguration", "loadBalancerInfo")
        times = {"startTime": self.started, "completeTime": self.completed}
        events = sorted(self.wish.rollback_events)
        return {
            "applicationName": self.wish.application,
            "deploymentGroupName": group["deploymentGroupName"],
            "deploymentConfigName": self.config or self.wish.config,
            "deploymentId": self.id,
            "revision": self.revision(),
            "status": self.status,
            "createTime": self.created,
            "deploymentOverview": self._overview(),
            "creator": self.creator,
            "ignoreApplicationStopFailures": False,
            "autoRollbackConfiguration": {"enabled": bool(events), "events": events},
            "updateOutdatedInstancesOnly": False,
            "instanceTerminationWaitTimeStarted": self.waits_to_terminate,
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "ECS",
            **{name: group[name] for name in kept if name in group},
            **{name: value for name, value in times.items() if value is not None},
            **({"errorInformation": self.error} if self.error else {}),
            **({"rollbackInfo": self.rollback} if self.rollback else {}),
            **self.wish.described,
        }

    def target(self, service_arn: str) -> Item:
        """Its target as DeploymentTarget."""
        moments = [at for each in self.events for at in (each.started, each.ended) if at is not None]
        target = {
            "deploymentId": self.id,
            "targetId": self.target_id,
            "targetArn": service_arn,
            "lastUpdatedAt": max(moments, default=self.created),
            "lifecycleEvents": [each.described() for each in self.events],
            "status": self._target_status(),
            "taskSetsInfo": self.task_sets,
        }
        return {"deploymentTargetType": "ECSTarget", "ecsTarget": target}

    def _target_status(self) -> str:
        if self.status in ("Created", "Queued"):
            return "Pending"
        # TargetStatus has no Stopped; one that was stopped has a failed event.
        return "Failed" if self.status == "Stopped" else self.status

    def _overview(self) -> Item:
        counted = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
        counted[self._target_status()] += 1
        return counted
