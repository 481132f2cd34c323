"""Targets of a group as the load balancer knows them: their health, what runs on them, and how they leave."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from local_aws.traffic.balancer.deployed import HealthCheck, Target, TargetGroup

State = Literal["initial", "healthy", "unhealthy", "draining", "unused"]
_INITIAL = ("Elb.InitialHealthChecking", "Initial health checks in progress")
_DRAINING = ("Target.DeregistrationInProgress", "Target deregistration is in progress")
_UNUSED = ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
_OTHER_ZONE = ("Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer")
_NONE = ("", "")


@dataclass(frozen=True)
class TargetHealth:
    """Health of a target in the words of DescribeTargetHealth; a healthy one has neither reason nor description."""

    target: Target
    state: State
    reason: str
    description: str
    check_port: int


@dataclass(frozen=True)
class Failure:
    """Why a health check failed, in those words."""

    reason: str
    description: str


@dataclass
class KnownTarget:
    """A target with its health, and the cuts of the answers that run on it."""

    target: Target
    state: State
    why: tuple[str, str]
    check_at: float
    passed: int = 0
    failed: int = 0
    checking: bool = False
    gone_at: float | None = None
    running: set[Callable[[], None]] = field(default_factory=set)

    def checked(self, check: HealthCheck, failure: Failure | None) -> None:
        """Count the result of a health check. A new target is healthy after one that passes (ELB guide)."""
        self.checking = False
        if self.state not in ("initial", "healthy", "unhealthy"):
            return
        if failure is None:
            self.passed, self.failed = self.passed + 1, 0
            if self.state == "initial" or self.passed >= check.healthy_threshold:
                self.state, self.why = "healthy", _NONE
            return
        self.passed, self.failed = 0, self.failed + 1
        if self.state == "unhealthy" or self.failed >= check.unhealthy_threshold:
            self.state, self.why = "unhealthy", (failure.reason, failure.description)

    def drain(self, until: float) -> None:
        """Take no new requests; what runs may end until then."""
        self.state, self.why, self.gone_at = "draining", _DRAINING, until

    def cut(self) -> None:
        """End all that still runs."""
        for end in tuple(self.running):
            end()


class KnownGroup:
    """A target group's targets over time."""

    def __init__(self, group: TargetGroup) -> None:
        self.group = group
        self._known: dict[Target, KnownTarget] = {}

    def update(self, group: TargetGroup, now: float, drain_seconds: float, elsewhere: Collection[Target] = ()) -> None:
        """Take over what is registered: new targets start, missing ones drain, drained ones go.

        `elsewhere` are the targets in zones where no load balancer of the group is.
        """
        self.group = group
        for target in group.targets:
            known = self._known.get(target)
            if known is None or known.state == "draining":
                self._known[target] = self._new(target, now, known)
        for target, known in list(self._known.items()):
            if target not in group.targets and known.gone_at is None:
                known.drain(now + drain_seconds)
            if known.gone_at is not None and now >= known.gone_at:
                known.cut()
                del self._known[target]
        for known in self._known.values():
            self._use(known, now, known.target in elsewhere)

    @property
    def empty(self) -> bool:
        """Whether there is no target, not even a draining one."""
        return not self._known

    def due(self, now: float) -> Iterator[KnownTarget]:
        """Targets whose next health check is due; each is then marked as being checked."""
        check = self.group.check
        for known in self._known.values():
            if known.state not in ("initial", "healthy", "unhealthy") or known.checking or now < known.check_at:
                continue
            # The time a target takes to answer doesn't move the next check (ELB guide, "Health check settings").
            planned = known.check_at + check.interval_seconds
            known.check_at = planned if planned > now else now + check.interval_seconds
            known.checking = True
            yield known

    def all(self) -> list[KnownTarget]:
        """Every target, draining ones included, in the order of address and port."""
        return [self._known[each] for each in sorted(self._known)]

    def health(self) -> list[TargetHealth]:
        """Health of every target."""
        port = self.group.check.port
        return [TargetHealth(each.target, each.state, *each.why, port or each.target.port) for each in self.all()]

    def _new(self, target: Target, now: float, before: KnownTarget | None) -> KnownTarget:
        """A target that was registered now; what still runs on it from before goes on."""
        new = KnownTarget(target, "initial", _INITIAL, now)
        if before is not None:
            new.running = before.running
        return new

    def _use(self, known: KnownTarget, now: float, elsewhere: bool) -> None:
        if known.state == "draining":
            return
        if elsewhere or not self.group.balancers:
            known.state, known.why = "unused", _OTHER_ZONE if elsewhere else _UNUSED
        elif known.state == "unused" and self.group.check.enabled:
            known.state, known.why, known.check_at = "initial", _INITIAL, now
        elif not self.group.check.enabled:
            known.state, known.why = "healthy", _NONE
