"""Rolling releases: ECS itself starts new tasks, waits until they are healthy, and ends old ones.

ECS's circuit breaker takes back what doesn't start, and alarms what answers badly: ECS looks at them while a deployment
is in progress, and some minutes longer once the old tasks are gone ("How CloudWatch alarms detect Amazon ECS deployment
failures", ECS developer guide). Each release says anew which alarms, because one may go without.

ECS stops scaling in while a deployment runs ("Troubleshooting service auto scaling", ECS developer guide), and more
tasks don't disturb it, so nothing is suspended for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases.definitions import revision_name
from pipeline.operations.releases.failures import stopped_reasons
from pipeline.operations.releases.judging import alarms_on, refuse_unwatched
from pipeline.operations.releases.service import DeployedService, deployed_service
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.session import Session

# Events of the service that are looked at; ECS keeps the last hundred.
_EVENTS = 20
# Word of ECS's reason where an alarm failed a deployment, in its events and in what it says of the roll-out.
_ALARMED = "alarm"
_FAILED = "deployment failed: "
ALARM = "aws_cloudwatch_metric_alarm"
# ECS begins the first deployment of a service as it creates it.
AT_CREATION = timedelta(seconds=10)


@dataclass(frozen=True)
class Rolling:
    """Releases of a service whose deployment controller is ECS. `alarms` take one back.

    `alarms_now` reads anew which ones the state has: an apply may have changed that while a release was watched.
    """

    service: DeployedService
    alarms: tuple[str, ...] = ()
    cloudwatch: Any = field(repr=False, compare=False, default=None)
    alarms_now: Callable[[], tuple[str, ...]] | None = field(repr=False, compare=False, default=None)
    name: str = "rolling"
    suspends: bool = False
    watches_rollbacks: bool = False
    always_ends: bool = False

    @property
    def has_alarms(self) -> bool:
        """Whether alarms were built for its releases."""
        return bool(self.alarms)

    def under_way(self) -> Started | None:
        """The deployment that is under way, whoever began it."""
        found = self.service.look()
        primary = _primary(found)
        if primary.get("rolloutState") != "IN_PROGRESS":
            return None
        others = [each for each in found["deployments"] if each is not primary]
        before = str(others[0]["taskDefinition"]) if others else ""
        return Started(str(primary["id"]), str(primary["taskDefinition"]), before)

    def creation(self) -> Started | None:
        """The primary deployment, where it is as old as the service."""
        found = self.service.look()
        primary = _primary(found)
        if primary["createdAt"] - found["createdAt"] > AT_CREATION:
            return None
        return Started(str(primary["id"]), str(primary["taskDefinition"]), "")

    def judge_alarms(self, *, ignore: bool) -> None:
        """Raise SitechatError (5) for an alarm that is on already: ECS would then watch none."""
        if not ignore:
            refuse_unwatched(self.cloudwatch, self.alarms)

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        """Put a revision into service, also the one that failed to start there before.

        More tasks are asked for only where the service wants too few. Raises SitechatError: 5 for an alarm that is on,
        6.
        """
        self.judge_alarms(ignore=ignore_alarms)
        found = self.service.look()
        more = {"desiredCount": at_least} if found["desiredCount"] < at_least else {}
        anew = {"forceNewDeployment": True} if found["taskDefinition"] == revision else {}
        return self._update(revision, **more, **anew, **self._heeding(found, alarms=not ignore_alarms))

    def watch(self, started: Started) -> Progress:
        """Look once at how far it is."""
        found = self.service.look()
        if started.taken_back:
            return _taken_back(found, started)
        progress = self._with_alarms(_progress(found, started))
        if progress.state == "failed":
            stopped = stopped_reasons(self.service, started.revision)
            return replace(progress, reason="; ".join((progress.reason, *stopped)))
        if progress.state == "running" and _failing(found, started):
            stopped = stopped_reasons(self.service, started.revision)
            return replace(progress, waiting=": ".join(filter(None, (progress.waiting, "; ".join(stopped)))))
        return progress

    def go_on(self, started: Started) -> None:
        """Refused: a rolling deployment waits for nobody."""
        raise SitechatError("a rolling release waits for nobody: it goes on by itself", code=ExitCode.USAGE)

    def roll_back(self, started: Started) -> str:
        """Put what ran before into service again, also after a release that has just succeeded.

        The way back heeds no alarm: those that the tasks ring that are taken back may still be on.
        """
        found = self.service.look()
        if _progress(found, started).state in ("failed", "replaced"):
            return ""
        return self._update(started.before, **self._heeding(found, alarms=False))

    def stop(self, started: Started) -> None:
        """Refused: ECS replaces tasks until all are of one revision."""
        raise SitechatError("a rolling release can't be stopped half way, only taken back", code=ExitCode.USAGE)

    def restore_alarms(self) -> bool:
        """Have the service name its alarms as they are configured, which begins no deployment."""
        present = replace(self, alarms=self.alarms_now()) if self.alarms_now else self
        change = present._heeding(self.service.look(), alarms=True)
        if change:
            asked(
                self.service.ecs.update_service,
                otherwise=failed_to("have alarms take releases back again"),
                cluster=self.service.cluster,
                service=self.service.name,
                **change,
            )
        return bool(change)

    def _heeding(self, found: Mapping[str, Any], *, alarms: bool) -> dict[str, Any]:
        """What an update has to say so that its deployment heeds the alarms, or none; empty where that stands there."""
        configured = found.get("deploymentConfiguration") or {}
        now = configured.get("alarms") or {}
        # The names stay where none is heeded for a while: a person who looks sees which ones are meant.
        on = alarms and self.has_alarms
        wanted = {"alarmNames": list(self.alarms), "enable": on, "rollback": on}
        if all(_comparable(now.get(key) or type(value)()) == _comparable(value) for key, value in wanted.items()):
            return {}
        return {"deploymentConfiguration": {**configured, "alarms": wanted}}

    def _with_alarms(self, progress: Progress) -> Progress:
        """Progress with the alarms that are on: ECS says that one was detected, and not which."""
        if progress.state == "succeeded" or not (on := alarms_on(self.cloudwatch, self.alarms)):
            return progress
        words = f"alarms on: {', '.join(on)}"
        if _ALARMED in progress.reason:
            return replace(progress, reason=f"{progress.reason}; {words}")
        return replace(progress, waiting=f"{progress.waiting}, {words}") if progress.waiting else progress

    def _update(self, revision: str, **more: Any) -> str:
        answer = asked(
            self.service.ecs.update_service,
            otherwise=failed_to(f"put {revision_name(revision)} into service"),
            cluster=self.service.cluster,
            service=self.service.name,
            taskDefinition=revision,
            **more,
        )
        return str(_primary(answer["service"])["id"])


def _progress(found: Mapping[str, Any], started: Started) -> Progress:
    """How far a deployment is, from what ECS says of the service."""
    deployments, primary = found["deployments"], _primary(found)
    own = next((each for each in deployments if each["id"] == started.deployment), None)
    settled = primary.get("rolloutState") == "COMPLETED"
    if own is None and primary["taskDefinition"] == started.revision and not _ran_before(primary, started):
        own = primary  # begun anew with the same revision, as Terraform does with another network
    old = sum(each["runningCount"] for each in deployments if each is not own)
    new, wanted = (own["runningCount"], own["desiredCount"]) if own else (0, 0)
    events = _events(found, started.deployment)
    if own is primary and settled:
        return Progress("succeeded", old, new, wanted, events=events)
    if own is primary and own["rolloutState"] == "FAILED":
        return Progress("failed", old, new, wanted, reason=_reason(own), events=events)
    if own is primary:
        return Progress("running", old, new, wanted, waiting=_waiting(found, own, old), events=events)
    went_back = primary["taskDefinition"] == started.before or (own or {}).get("rolloutState") == "FAILED"
    if not went_back:
        reason = f"another deployment took its place: {revision_name(primary['taskDefinition'])}"
        return Progress("replaced", old, new, wanted, reason=reason, events=events)
    if not settled:
        waiting = f"ECS goes back to {revision_name(primary['taskDefinition'])}"
        return Progress("running", old, new, wanted, waiting, _reason(own) if own else "", events)
    reason = _reason(own) if own else _taken_back_so(events) if started.deployment else "ECS was never asked for it"
    return Progress("failed", old, new, wanted, reason=reason, events=events)


def _ran_before(primary: Mapping[str, Any], started: Started) -> bool:
    """Whether a release that nobody saw begin was to start anew what the primary deployment had brought before it."""
    anew = not started.deployment and started.revision == started.before
    return anew and started.begun is not None and bool(primary["createdAt"] < started.begun)


def _taken_back(found: Mapping[str, Any], started: Started) -> Progress:
    """How far a person's rollback is."""
    back = Started(started.taken_back, started.before, started.revision)
    progress = _progress(found, back)
    state = "rolled back" if progress.state == "succeeded" else progress.state
    waiting = progress.waiting and f"back to {revision_name(started.before)}: {progress.waiting}"
    return Progress(state, progress.new, progress.old, progress.wanted, waiting, progress.reason, progress.events)


def _waiting(found: Mapping[str, Any], own: Mapping[str, Any], old: int) -> str:
    """What a deployment that is under way waits for."""
    if own["runningCount"] < own["desiredCount"]:
        return "new tasks have to start and be healthy"
    if old:
        return "old tasks end"
    watched = ((found.get("deploymentConfiguration") or {}).get("alarms") or {}).get("enable")
    return "ECS watches the alarms a while longer" if watched else "ECS has to find the service steady"


def _taken_back_so(events: tuple[str, ...]) -> str:
    """Why a deployment failed that ECS lists no more, as its events say."""
    return next((_words(each) for each in reversed(events) if _FAILED in each), "ECS took it back")


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _reason(deployment: Mapping[str, Any]) -> str:
    return _words(str(deployment.get("rolloutStateReason") or "ECS gives no reason"))


def _words(told: str) -> str:
    """Why a deployment failed, of a sentence of ECS's."""
    return told.rpartition(_FAILED)[2].rstrip(".")


def _failing(found: Mapping[str, Any], started: Started) -> bool:
    """Whether tasks of the deployment have failed, which ECS starts anew until its circuit breaker ends that."""
    return any(each["id"] == started.deployment and each.get("failedTasks") for each in found["deployments"])


def _primary(service: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(each for each in service["deployments"] if each["status"] == "PRIMARY")


def _events(found: Mapping[str, Any], deployment: str) -> tuple[str, ...]:
    """Messages of the service that name the deployment, the oldest first."""
    messages = [str(each["message"]) for each in found.get("events", ())[:_EVENTS]]
    return tuple(each for each in reversed(messages) if deployment and deployment in each)


def find_rolling(session: Session, service: DeployedService) -> Rolling:
    """The strategy of a service whose tasks ECS replaces, with the alarms that the state of its layer has for it."""

    def alarms_now() -> tuple[str, ...]:
        found = deployed_service(session)
        return release_alarms(session, service if found is None else found)

    alarms = release_alarms(session, service)
    return Rolling(service, alarms, session.client("cloudwatch"), alarms_now)


def release_alarms(session: Session, service: DeployedService) -> tuple[str, ...]:
    """Names of the alarms that the state of the service's layer has for its releases."""
    prefix = session.env.names.resource("release")
    held = (str(each["alarm_name"]) for each in service.held.get(ALARM, ()))
    return tuple(sorted(each for each in held if each.startswith(f"{prefix}-")))
