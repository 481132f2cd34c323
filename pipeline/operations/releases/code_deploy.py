"""Releases by CodeDeploy: a second set of tasks beside the first one, tested, then given the visitors.

What is shifted when, how long is waited, and which alarms take it back stands in the deployment group; a deployment
names the revision and the function that tests it. CodeDeploy's answers are those of its API reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pipeline.aws import asked, asked_for, failed_to
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import placement
from pipeline.operations.releases.definitions import revision_name
from pipeline.operations.releases.failures import stopped_reasons
from pipeline.operations.releases.judging import alarms_on, words_of_the_test
from pipeline.operations.releases.service import DeployedService, serving
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.session import Session

# The event at which new tasks have test traffic and no visitor ("AppSpec 'hooks' section", CodeDeploy user guide).
TEST_EVENT = "AfterAllowTestTraffic"
# Type of traffic routing (TrafficRoutingType) -> the name in `[deployment] strategy`.
STRATEGIES = {"TimeBasedCanary": "canary", "TimeBasedLinear": "linear", "AllAtOnce": "blue_green"}
# Beginning of the ids of task sets, which CodeDeploy's deployments don't have.
TASK_SET = "ecs-svc/"
# From the end of a deployment that is taken back until it names the one that does; no document has a time.
ROLLBACK_APPEARS = timedelta(minutes=2)
# As long as CodeDeploy waits for the tasks of a deployment.
FIRST_TASKS = timedelta(hours=1)
UNDER_WAY = ("Created", "Queued", "InProgress", "Baking", "Ready")
_WORDS = {
    "BeforeInstall": "the deployment begins",
    "Install": "new tasks have to start and be healthy",
    "AfterInstall": "new tasks have to start and be healthy",
    "AllowTestTraffic": "new tasks get test traffic",
    TEST_EVENT: "new tasks are tested",
    "BeforeAllowTraffic": "visitors are about to be moved",
    "AllowTraffic": "visitors are moved",
    "AfterAllowTraffic": "alarms are watched, then old tasks end",
}


@dataclass(frozen=True)
class DeploymentGroup:
    """What Terraform built for the deployments of a service: names, strategy, rollback alarms, and the test function.

    `hook` is empty where there is none.
    """

    application: str
    name: str
    strategy: str
    alarms: tuple[str, ...]
    hook: str


@dataclass(frozen=True)
class CodeDeploy:
    """Releases of a service whose deployment controller is CODE_DEPLOY."""

    service: DeployedService
    group: DeploymentGroup
    client: Any = field(repr=False, compare=False)
    cloudwatch: Any = field(repr=False, compare=False)
    logs: Any = field(repr=False, compare=False, default=None)
    hook_log: str = ""
    suspends: bool = True
    watches_rollbacks: bool = True
    always_ends: bool = True

    @property
    def name(self) -> str:
        """The strategy, as the deployment group has it."""
        return self.group.strategy

    @property
    def has_alarms(self) -> bool:
        """Whether the group watches alarms."""
        return bool(self.group.alarms)

    def under_way(self) -> Started | None:
        """The deployment that is under way, whoever began it."""
        found = asked(
            self.client.list_deployments,
            otherwise=failed_to("list the deployments"),
            applicationName=self.group.application,
            deploymentGroupName=self.group.name,
            includeOnlyStatuses=list(UNDER_WAY),
        )["deployments"]
        if not found:
            return None
        sets = self.service.look().get("taskSets", ())
        new = (str(each["taskDefinition"]) for each in sets if each.get("externalId") == found[0])
        old = (str(each["taskDefinition"]) for each in sets if each["status"] == "PRIMARY")
        return Started(found[0], next(new, ""), next(old, ""))

    def creation(self) -> Started | None:
        """The first task set: ECS starts it with the service, and CodeDeploy, whose task sets name it, never had it."""
        primary = serving(self.service.look())
        if primary.get("externalId") or not str(primary.get("id", "")).startswith(TASK_SET):
            return None
        return Started(str(primary["id"]), str(primary["taskDefinition"]), "")

    def judge_alarms(self, *, ignore: bool) -> None:
        """Raise SitechatError (5) for an alarm that is on already."""
        if not ignore and (on := alarms_on(self.cloudwatch, self.group.alarms)):
            raise SitechatError(
                f"{', '.join(on)}: on already, so CodeDeploy would take this release back at once",
                hint="See why first. A release or rollback that repairs it goes in with `--ignore-alarms REASON`.",
                code=ExitCode.REFUSED,
            )

    def restore_alarms(self) -> bool:
        """Nothing: a deployment overrides the group's alarms for itself alone."""
        return False

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        """Begin a deployment. Raises SitechatError: 5 for an alarm that is on, 7 while another one is under way, 6."""
        self.judge_alarms(ignore=ignore_alarms)
        found = self.service.look()
        if not found["desiredCount"]:
            self._want_tasks(at_least)
        second = SitechatError("CodeDeploy has a deployment of this service under way", code=ExitCode.LOCKED)
        override: dict[str, Any] = {"overrideAlarmConfiguration": {"enabled": False}} if ignore_alarms else {}
        answer = asked(
            self.client.create_deployment,
            otherwise=failed_to(f"put {revision_name(revision)} into service"),
            known={"DeploymentLimitExceededException": second},
            applicationName=self.group.application,
            deploymentGroupName=self.group.name,
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": appspec(found, revision, self.group.hook, self.service.placement)},
            },
            **override,
        )
        return str(answer["deploymentId"])

    def _want_tasks(self, number: int) -> None:
        """Have the service want tasks: CodeDeploy starts as many as it wants. From the first on scaling keeps enough.

        Whoever may do no more than release may not do this (policies/rights/releases.py).
        """
        denied = SitechatError(
            f"{self.service.name} wants no task, so CodeDeploy would start none, and whoever runs this may not change "
            "that (ecs:UpdateService)",
            hint="Somebody who may change the service, as whoever deploys, types `sitechat release` once; from then on "
            "scaling keeps the number of tasks, and this role can release.",
            code=ExitCode.FAILED,
        )
        asked(
            self.service.ecs.update_service,
            otherwise=failed_to("raise the number of tasks"),
            known={"AccessDeniedException": denied},
            cluster=self.service.cluster,
            service=self.service.name,
            desiredCount=number,
        )

    def watch(self, started: Started) -> Progress:
        """Look once at how far it is, and at the deployment that takes it back where there is one."""
        if not started.deployment:
            return Progress("failed", 0, 0, 0, reason="CodeDeploy was never asked for it")
        if started.deployment.startswith(TASK_SET):
            return self._first_tasks(started)
        told = self._deployment(started.deployment)
        progress = self._progress(started.deployment, told)
        back = str((told.get("rollbackInfo") or {}).get("rollbackDeploymentId", ""))
        if progress.state == "running" and progress.new < progress.wanted:
            # CodeDeploy waits an hour for tasks that fail to start: say so before.
            stopped = "; ".join(stopped_reasons(self.service, started.revision))
            return replace(progress, waiting=": ".join(filter(None, (progress.waiting, stopped))))
        if progress.state != "failed":
            return progress
        words = words_of_the_test(self.logs, self.hook_log, "deployment", started.deployment)
        reason = "; ".join((_reason(told, self._target(started.deployment)), *words))
        if not back:
            if _goes_back_soon(told, asked_back=bool(started.taken_back)):
                waiting = f"CodeDeploy is about to go back to {revision_name(started.before)}"
                return replace(progress, state="running", waiting=waiting, reason=reason)
            if started.taken_back:
                return replace(progress, state="failed", reason=f"{reason}; it was stopped and not taken back")
            return self._with_stopped(progress, started.revision, reason)
        return self._going_back(progress, started, back, reason)

    def _first_tasks(self, started: Started) -> Progress:
        """How far the tasks are that ECS starts when the service is created: nothing takes them back, and no alarm."""
        found = self.service.look()
        own = next((each for each in found.get("taskSets", ()) if each["id"] == started.deployment), None)
        if own is None:
            return Progress("replaced", 0, 0, 0, reason="another task set took its place")
        new, wanted = int(own["runningCount"]), int(own["computedDesiredCount"])
        if own.get("stabilityStatus") == "STEADY_STATE" and new >= wanted:
            return Progress("succeeded", 0, new, wanted)
        stopped = "; ".join(stopped_reasons(self.service, started.revision))
        if now() - own["createdAt"] > FIRST_TASKS:
            reason = ": ".join(filter(None, ("its tasks aren't steady after an hour", stopped)))
            return Progress("failed", 0, new, wanted, reason=reason)
        waiting = ": ".join(filter(None, ("new tasks have to start and be healthy", stopped)))
        return Progress("running", 0, new, wanted, waiting)

    def go_on(self, started: Started) -> None:
        """Continue a deployment that waits before it moves visitors, or before it ends old tasks."""
        told = self._deployment(started.deployment)
        wait = "TERMINATION_WAIT" if told.get("instanceTerminationWaitTimeStarted") else "READY_WAIT"
        asked(
            self.client.continue_deployment,
            otherwise=failed_to("continue the deployment"),
            deploymentId=started.deployment,
            deploymentWaitType=wait,
        )

    def roll_back(self, started: Started) -> str:
        """Stop it and have it taken back; CodeDeploy gives that deployment an id once it has stopped."""
        return started.deployment if self._stop(started, back=True) else ""

    def stop(self, started: Started) -> None:
        """Stop where it is."""
        self._stop(started, back=False)

    def _stop(self, started: Started, *, back: bool) -> bool:
        """Whether it was there to stop: one that has just come to its end is told by the next look at it."""
        answer = asked_for(
            self.client.stop_deployment,
            absent=("DeploymentAlreadyCompletedException",),
            otherwise=failed_to("stop the deployment"),
            deploymentId=started.deployment,
            autoRollbackEnabled=back,
        )
        return answer is not None

    def _going_back(self, progress: Progress, started: Started, back: str, reason: str) -> Progress:
        told = self._deployment(back)
        if told["status"] in UNDER_WAY:
            waiting = f"CodeDeploy goes back to {revision_name(started.before)}"
            return replace(progress, state="running", waiting=waiting, reason=reason)
        if told["status"] != "Succeeded":
            ended = _reason(told, {})
            return replace(progress, state="failed", reason=f"{reason}; and the way back {back} failed: {ended}")
        if started.taken_back:
            return replace(progress, state="rolled back", reason="")
        return self._with_stopped(progress, started.revision, reason)

    def _with_stopped(self, progress: Progress, revision: str, reason: str) -> Progress:
        stopped = stopped_reasons(self.service, revision)
        return replace(progress, state="failed", reason="; ".join((reason, *stopped)))

    def _progress(self, deployment: str, told: Mapping[str, Any]) -> Progress:
        target = self._target(deployment)
        sets = {str(each.get("taskSetLabel")): each for each in target.get("taskSetsInfo", ())}
        blue, green = sets.get("Blue", {}), sets.get("Green", {})
        old, new = (int(each.get("runningCount", 0)) for each in (blue, green))
        wanted = int(green.get("desiredCount", 0))
        events = tuple(
            f"{each['lifecycleEventName']} {each['status'].lower()}"
            for each in target.get("lifecycleEvents", ())
            if each.get("status") in ("Succeeded", "Failed")
        )
        if told["status"] == "Succeeded":
            return Progress("succeeded", old, new, wanted, events=events)
        if told["status"] not in UNDER_WAY:
            return Progress("failed", old, new, wanted, events=events)
        return Progress("running", old, new, wanted, self._waiting(target, green, told), events=events)

    def _waiting(self, target: Mapping[str, Any], green: Mapping[str, Any], told: Mapping[str, Any]) -> str:
        events = target.get("lifecycleEvents", ())
        going = [str(each["lifecycleEventName"]) for each in events if each.get("status") == "InProgress"]
        if told.get("instanceTerminationWaitTimeStarted"):
            going = ["AfterAllowTraffic"]
        words = _WORDS.get(going[0], going[0]) if going else "CodeDeploy takes it up"
        weight = green.get("trafficWeight")
        shifted = f", {weight:.0f} % of the visitors have new tasks" if weight else ""
        on = alarms_on(self.cloudwatch, self.group.alarms)
        alarms = f", alarms on: {', '.join(on)}" if on else ""
        return f"{words}{shifted}{alarms}"

    def _deployment(self, deployment: str) -> Mapping[str, Any]:
        answer = asked(
            self.client.get_deployment, otherwise=failed_to("describe the deployment"), deploymentId=deployment
        )
        return dict(answer["deploymentInfo"])

    def _target(self, deployment: str) -> Mapping[str, Any]:
        """Its one target; empty before CodeDeploy has begun."""
        absent = ("DeploymentNotStartedException", "DeploymentTargetDoesNotExistException")
        otherwise = failed_to("describe the deployment's target")
        found = asked_for(
            self.client.list_deployment_targets, absent=absent, otherwise=otherwise, deploymentId=deployment
        )
        if not found or not found.get("targetIds"):
            return {}
        (target, *_) = found["targetIds"]
        answer = asked_for(
            self.client.get_deployment_target,
            absent=absent,
            otherwise=otherwise,
            deploymentId=deployment,
            targetId=target,
        )
        return dict(answer["deploymentTarget"]["ecsTarget"]) if answer else {}


def find_group(session: Session, service: DeployedService) -> CodeDeploy:
    """The strategy of a service that CodeDeploy deploys, from the state of its layer. Raises SitechatError (3)."""
    held = service.held
    groups = held.get("aws_codedeploy_deployment_group", ())
    if not groups:
        raise SitechatError(
            f"the service {service.name} has no deployment group in the state of its layer",
            hint=f"`sitechat deploy --env {session.env_ref}` builds it.",
            code=ExitCode.MISSING,
        )
    wanted, hook_log = session.env.names.resource("release-hook"), session.env.names.path("release", "hook")
    functions = [str(each["function_name"]) for each in held.get("aws_lambda_function", ())]
    return CodeDeploy(
        service,
        group_of(groups[0], held.get("aws_codedeploy_deployment_config", ()), wanted if wanted in functions else ""),
        session.client("codedeploy"),
        session.client("cloudwatch"),
        session.client("logs"),
        hook_log if hook_log in {str(each["name"]) for each in held.get("aws_cloudwatch_log_group", ())} else "",
    )


def group_of(group: Mapping[str, Any], configs: Sequence[Mapping[str, Any]], hook: str) -> DeploymentGroup:
    """A deployment group from its attributes in the state, and those of the configurations beside it."""
    used = [each for each in configs if each.get("deployment_config_name") == group.get("deployment_config_name")]
    routing = [each for config in used for each in config.get("traffic_routing_config") or ()]
    kind = str(routing[0].get("type", "")) if routing else "AllAtOnce"
    alarms = [
        name
        for each in group.get("alarm_configuration") or ()
        if each.get("enabled")
        for name in each.get("alarms") or ()
    ]
    strategy = STRATEGIES.get(kind, kind)
    return DeploymentGroup(
        str(group["app_name"]), str(group["deployment_group_name"]), strategy, tuple(sorted(alarms)), hook
    )


def appspec(service: Mapping[str, Any], revision: str, hook: str, configured: Mapping[str, Any]) -> str:
    """The AppSpec of a deployment, as JSON: the revision, in the place that is configured, else where tasks run now.

    "AppSpec 'resources' section for Amazon ECS deployments" and "... 'hooks' section", CodeDeploy user guide.
    """
    balancer = (serving(service).get("loadBalancers") or service["loadBalancers"])[0]
    properties: dict[str, Any] = {
        "TaskDefinition": revision,
        "LoadBalancerInfo": {
            "ContainerName": balancer["containerName"],
            "ContainerPort": balancer["containerPort"],
        },
        **(configured or placement.running(service)),
    }
    found: dict[str, Any] = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    if hook:
        found["Hooks"] = [{TEST_EVENT: hook}]
    return json.dumps(found)


def _goes_back_soon(told: Mapping[str, Any], *, asked_back: bool) -> bool:
    """Whether the deployment that takes back an ended one may just not be there yet."""
    expected = asked_back or bool((told.get("autoRollbackConfiguration") or {}).get("enabled"))
    completed = told.get("completeTime")
    return expected and completed is not None and abs(now() - completed) < ROLLBACK_APPEARS


def _reason(told: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Why a deployment failed: CodeDeploy's code and words, and those of the events that failed."""
    error = told.get("errorInformation") or {}
    failed = [each for each in target.get("lifecycleEvents", ()) if each.get("status") == "Failed"]
    events = [
        f"{each['lifecycleEventName']}: {said}"
        for each in failed
        if (said := str((each.get("diagnostics") or {}).get("message", "")))
    ]
    words = [f"{error['code']}: {error.get('message', '')}"] if error.get("code") else []
    return "; ".join((*words, *events)) or f"CodeDeploy says {told['status']} and no reason"
