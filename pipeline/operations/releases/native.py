"""Releases by ECS's own blue-green, canary and linear deployments (`deployment.controller = "ecs"`).

How visitors are shifted, how long is waited, which function tries new tasks and which alarms take them back stands in
the service; a release updates its task definition, and ECS makes a service deployment of that. Answers are those of the
ECS API reference. The pinned botocore doesn't know all of them: `pipeline/aws/newer/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.aws import asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.definitions import revision_name
from pipeline.operations.releases.failures import stopped_reasons
from pipeline.operations.releases.judging import alarms_on, refuse_unwatched, words_of_the_test
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.releases.strategy import Progress, Started, State
from pipeline.session import Session

UNDER_WAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_GOES_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
# ServiceDeploymentLifecycleStage, and what is waited for meanwhile.
_WORDS = {
    "RECONCILE_SERVICE": "ECS brings the service in order",
    "PRE_SCALE_UP": "new tasks are about to start",
    "SCALE_UP": "new tasks have to start and be healthy",
    "POST_SCALE_UP": "new tasks are healthy",
    "TEST_TRAFFIC_SHIFT": "new tasks get test traffic",
    "POST_TEST_TRAFFIC_SHIFT": "new tasks are tested",
    "PRE_PRODUCTION_TRAFFIC_SHIFT": "visitors are about to be moved",
    "PRODUCTION_TRAFFIC_SHIFT": "visitors are moved",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "visitors have been moved",
    "BAKE_TIME": "alarms are watched, then old tasks end",
    "CLEAN_UP": "old tasks end",
}
# Deployments that are looked at to find one by its revision; ECS lists the newest first.
_LOOKED = 20


@dataclass(frozen=True)
class Native:
    """Releases of a service that ECS shifts by itself.

    `name` is the strategy, `alarms` take a release back, and `hook_log` is where the function that tries new tasks
    writes what it found; empty where there is none.
    """

    service: DeployedService
    name: str
    alarms: tuple[str, ...]
    cloudwatch: Any = field(repr=False, compare=False)
    logs: Any = field(repr=False, compare=False, default=None)
    hook_log: str = ""
    # ECS holds scaling in by itself ("Troubleshooting service auto scaling", its guide), and takes back what stays
    # a day in one stage ("Deployment lifecycle stages", there).
    suspends: bool = False
    watches_rollbacks: bool = True
    always_ends: bool = True

    @property
    def has_alarms(self) -> bool:
        """Whether the service's deployments watch alarms."""
        return bool(self.alarms)

    def under_way(self) -> Started | None:
        """The deployment that is under way, whoever began it."""
        found = self._listed(UNDER_WAY)
        return self._started(found[0]) if found else None

    def creation(self) -> Started | None:
        """The newest deployment, where there was nothing before it."""
        found = self._listed(())
        told = self._deployment(str(found[0]["serviceDeploymentArn"])) if found else None
        return self._started(found[0]) if told and not told.get("sourceServiceRevisions") else None

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        """Update the service, and find the deployment that ECS makes of it; empty while ECS hasn't made it yet.

        Raises SitechatError: 5 for an alarm that is on, and for alarms to ignore where none is; 7, 6.
        """
        self.judge_alarms(ignore=ignore_alarms)
        if self._listed(UNDER_WAY):
            raise SitechatError("ECS has a deployment of this service under way", code=ExitCode.LOCKED)
        found = self.service.look()
        more: dict[str, Any] = {"desiredCount": at_least} if found["desiredCount"] < at_least else {}
        if found["taskDefinition"] == revision:
            more["forceNewDeployment"] = True
        asked(
            self.service.ecs.update_service,
            otherwise=failed_to(f"put {revision_name(revision)} into service"),
            cluster=self.service.cluster,
            service=self.service.name,
            taskDefinition=revision,
            **more,
        )
        made = self._find(revision, UNDER_WAY)
        return made.deployment if made else ""

    def watch(self, started: Started) -> Progress:
        """Look once at how far it is."""
        if not started.deployment:
            made = self._find(started.revision, ())
            if made is None:
                return self._not_there_yet(started)
            started = replace(started, deployment=made.deployment)
        told = self._deployment(started.deployment)
        if told is None:
            return Progress("failed", 0, 0, 0, reason="ECS knows this deployment no more")
        progress = self._progress(told, started)
        if progress.state == "running" and progress.new < progress.wanted:
            stopped = "; ".join(stopped_reasons(self.service, started.revision))
            return replace(progress, waiting=": ".join(filter(None, (progress.waiting, stopped))))
        if progress.state != "failed":
            return progress
        stopped_ = stopped_reasons(self.service, started.revision)
        tried = str((told.get("targetServiceRevision") or {}).get("arn", ""))
        words = words_of_the_test(self.logs, self.hook_log, "revision", tried)
        return replace(progress, reason="; ".join((progress.reason, *words, *stopped_)))

    def go_on(self, started: Started) -> None:
        """Continue a deployment that a pause holds. Raises SitechatError (2) where none does."""
        told = self._deployment(started.deployment) or {}
        hooks = [each for each in told.get("lifecycleHookDetails", ()) if each.get("status") == "AWAITING_ACTION"]
        if not hooks:
            raise SitechatError("no pause holds this deployment: it goes on by itself", code=ExitCode.USAGE)
        asked(
            self.service.ecs.continue_service_deployment,
            otherwise=failed_to("continue the deployment"),
            serviceDeploymentArn=started.deployment,
            hookId=hooks[0]["hookId"],
            action="CONTINUE",
        )

    def roll_back(self, started: Started) -> str:
        """Have ECS go back to what ran before: the same deployment tells how that goes."""
        return started.deployment if self._stop(started, "ROLLBACK") else ""

    def stop(self, started: Started) -> None:
        """Stop where it is."""
        self._stop(started, "ABORT")

    def _stop(self, started: Started, how: str) -> bool:
        """Whether it was there to stop: one that has just come to its end is told by the next look at it."""
        answer = asked_for(
            self.service.ecs.stop_service_deployment,
            absent=("ConflictException", "ServiceDeploymentNotFoundException"),
            otherwise=failed_to("stop the deployment"),
            serviceDeploymentArn=started.deployment,
            stopType=how,
        )
        return answer is not None

    def judge_alarms(self, *, ignore: bool) -> None:
        """With an alarm on at its beginning, a deployment is watched by none (deployment-alarm-failure, ECS guide).

        So one that is on has to be meant, and while none is, nothing can be ignored.
        """
        if not ignore:
            refuse_unwatched(self.cloudwatch, self.alarms)
        elif not alarms_on(self.cloudwatch, self.alarms):
            raise SitechatError(
                "no alarm is on: ECS leaves alarms out of a deployment only where one is on as it begins",
                hint="Leave --ignore-alarms out. Without alarms at all: `deployment.rollback_alarms = false`.",
                code=ExitCode.REFUSED,
            )

    def restore_alarms(self) -> bool:
        """Nothing: the service names its alarms always."""
        return False

    def _not_there_yet(self, started: Started) -> Progress:
        """ECS has begun with a revision once the service names it; else its client was killed before it asked."""
        found = self.service.look()
        if found["taskDefinition"] != started.revision:
            return Progress("failed", 0, 0, 0, reason="ECS was never asked for it")
        return Progress("running", 0, 0, int(found["desiredCount"]), "ECS takes it up")

    def _progress(self, told: Mapping[str, Any], started: Started) -> Progress:
        target, sources = told.get("targetServiceRevision") or {}, told.get("sourceServiceRevisions") or ()
        old = sum(int(each.get("runningTaskCount", 0)) for each in sources)
        new, wanted = (int(target.get(each, 0)) for each in ("runningTaskCount", "requestedTaskCount"))
        status, reason = str(told["status"]), _reason(told)
        if status in _GOES_BACK:
            return Progress("running", old, new, wanted, f"ECS goes back to {revision_name(started.before)}", reason)
        if status in UNDER_WAY:
            return Progress("running", old, new, wanted, self._waiting(told, target))
        state, words = _ended(status, reason, asked_back=bool(started.taken_back))
        return Progress(state, old, new, wanted, reason=words)

    def _waiting(self, told: Mapping[str, Any], target: Mapping[str, Any]) -> str:
        if told["status"] == "STOP_REQUESTED":
            return "ECS stops it"
        stage = str(told.get("lifecycleStage", ""))
        words = _WORDS.get(stage, stage) or "ECS takes it up"
        paused = any(each.get("status") == "AWAITING_ACTION" for each in told.get("lifecycleHookDetails", ()))
        weight = target.get("requestedProductionTrafficWeight")
        on = (told.get("alarms") or {}).get("triggeredAlarmNames") or ()
        return "".join(
            (
                words,
                ", which waits for a person" if paused else "",
                f", {weight:.0f} % of the visitors have new tasks" if weight else "",
                f", alarms on: {', '.join(on)}" if on else "",
            )
        )

    def _listed(self, statuses: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """Deployments of the service with one of these statuses, or any; the newest first."""
        some: dict[str, Any] = {"status": list(statuses)} if statuses else {}
        answer = asked(
            self.service.ecs.list_service_deployments,
            otherwise=failed_to("list the deployments"),
            cluster=self.service.cluster,
            service=self.service.name,
            maxResults=_LOOKED,
            **some,
        )
        return sorted(answer["serviceDeployments"], key=lambda each: each["createdAt"], reverse=True)

    def _find(self, revision: str, statuses: tuple[str, ...]) -> Started | None:
        """The newest deployment that brings a task definition."""
        found = self._listed(statuses)
        brought = self._definitions(str(each["targetServiceRevisionArn"]) for each in found)
        for each in found:
            if brought.get(str(each["targetServiceRevisionArn"])) == revision:
                return Started(str(each["serviceDeploymentArn"]), revision, "")
        return None

    def _started(self, listed: Mapping[str, Any]) -> Started:
        told = self._deployment(str(listed["serviceDeploymentArn"])) or {}
        sources = [str(each["arn"]) for each in told.get("sourceServiceRevisions") or ()]
        target = str(listed["targetServiceRevisionArn"])
        brought = self._definitions([target, *sources])
        before = next((brought[each] for each in sources if each in brought), "")
        return Started(str(listed["serviceDeploymentArn"]), brought.get(target, ""), before)

    def _deployment(self, arn: str) -> Mapping[str, Any] | None:
        answer = asked(
            self.service.ecs.describe_service_deployments,
            otherwise=failed_to("describe the deployment"),
            serviceDeploymentArns=[arn],
        )
        return dict(answer["serviceDeployments"][0]) if answer["serviceDeployments"] else None

    def _definitions(self, revisions: Iterator[str] | list[str]) -> dict[str, str]:
        """Task definitions of service revisions."""
        arns = list(dict.fromkeys(revisions))
        if not arns:
            return {}
        answer = asked(
            self.service.ecs.describe_service_revisions,
            otherwise=failed_to("describe what a deployment brings"),
            serviceRevisionArns=arns,
        )
        return {str(each["serviceRevisionArn"]): str(each["taskDefinition"]) for each in answer["serviceRevisions"]}


def find_native(session: Session, service: DeployedService) -> Native | None:
    """The strategy of a service that ECS shifts by itself, from the state of its layer; None where it rolls."""
    held = service.held
    name, alarms = strategy_of((held.get("aws_ecs_service") or [{}])[0])
    if name in ("", "rolling"):
        return None
    hook_log = session.env.names.path("release", "test")
    groups = {str(each["name"]) for each in held.get("aws_cloudwatch_log_group", ())}
    return Native(
        service,
        name,
        alarms,
        session.client("cloudwatch"),
        session.client("logs"),
        hook_log if hook_log in groups else "",
    )


def strategy_of(service: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Strategy and rollback alarms of a service, from its attributes in the state; an older provider has neither."""
    blocks = service.get("deployment_configuration") or [{}]
    alarms = [
        str(name)
        for each in service.get("alarms") or ()
        if each.get("enable")
        for name in each.get("alarm_names") or ()
    ]
    return str(blocks[0].get("strategy") or "").lower(), tuple(sorted(alarms))


def _ended(status: str, reason: str, *, asked_back: bool) -> tuple[State, str]:
    """State and reason of a deployment that is over."""
    if status == "SUCCESSFUL":
        return "succeeded", ""
    if status == "ROLLBACK_SUCCESSFUL":
        return ("rolled back", "") if asked_back else ("failed", reason)
    if status == "ROLLBACK_FAILED":
        return "failed", f"{reason}; and the way back failed"
    return "failed", f"{reason}; it was stopped and not taken back"


def _reason(told: Mapping[str, Any]) -> str:
    """Why it failed, in ECS's words: those of the rollback, of the deployment, and which alarms were on."""
    on = (told.get("alarms") or {}).get("triggeredAlarmNames") or ()
    alarms = f"alarms on: {', '.join(on)}" if on else ""
    words = ((told.get("rollback") or {}).get("reason"), told.get("statusReason"), alarms)
    return "; ".join(dict.fromkeys(str(each) for each in words if each)) or f"ECS says {told['status']} and no reason"
