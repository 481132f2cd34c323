"""After an apply: watch the deployment that it has started, release the first image, and tell what waits for a release.

Terraform waits for no task, so without this an apply would be reported as done that ECS takes back a minute later.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.clock import now
from pipeline.console import err
from pipeline.errors import SitechatError
from pipeline.operations.releases.choosing import choose_release, choose_strategy
from pipeline.operations.releases.definitions import read_revision, revision_name
from pipeline.operations.releases.ending import end_those_over
from pipeline.operations.releases.images import image_reference
from pipeline.operations.releases.pending import Pending, find_pending, there, what_lacks
from pipeline.operations.releases.record import Release
from pipeline.operations.releases.records import newest_releases, unfinished_releases
from pipeline.operations.releases.run import carry_out, failed, record_creation, refuse_a_second
from pipeline.operations.releases.scaling import resume, suspend, suspended_now
from pipeline.operations.releases.service import DeployedService, deployed_service
from pipeline.operations.releases.strategy import Strategy
from pipeline.operations.releases.watching import watch
from pipeline.session import Session

# A plan older than a day isn't applied (pipeline/bundle/build.py).
PLANS_LAST = timedelta(days=1)


@dataclass(frozen=True)
class Settled:
    """What came of the service after an apply: the first release, or creation, and what waits for the next one."""

    release: Release | None = None
    pending: Pending | None = None

    def to_json(self) -> dict[str, Any]:
        """Both as plain data."""
        return {
            "release": self.release.to_json() if self.release else None,
            "pending": self.pending.to_json() if self.pending else None,
        }


def settle_service(session: Session, *, changed: bool, commit: str) -> Settled:
    """Bring the service to where the configuration wants it. `changed` says whether its layer was changed just now.

    Raises SitechatError as a release does: 6 where the deployment failed, with ECS's words.
    """
    service = deployed_service(session)
    if service is None or session.env.service.parked or not session.env.image.released:
        return Settled()
    strategy = choose_strategy(session, service)
    running, newest = read_revision(service, service.running), read_revision(service, service.newest)
    if not there(session, running) and there(session, newest):
        refuse_a_second(session, service, strategy)
        wanted = choose_release(session, service, image_reference(newest.image))
        return Settled(release=carry_out(session, service, strategy, wanted, commit=commit))
    if strategy.suspends:
        _set_scaling_right(session, service, strategy, changed=changed)
    lacking = what_lacks(session, running)
    if not changed:
        return Settled(pending=lacking or find_pending(session, service))
    release = None
    try:
        if lacking is None:
            release = record_creation(session, service, strategy, running, commit=commit)
            if release is None:
                _watch_what_it_started(session, service, strategy)
    except SitechatError:
        with suppress(SitechatError):  # why the deployment failed is what has to be told
            _set_alarms_right(session, strategy)
        raise
    _set_alarms_right(session, strategy)
    return Settled(release, lacking or find_pending(session, service))


def _set_scaling_right(session: Session, service: DeployedService, strategy: Strategy, *, changed: bool) -> None:
    """End releases that are over, and suspend or resume scaling as the newest release left it.

    An apply that changes the limits writes back what its plan has read: a plan from before a release resumes scaling
    under it, and one from meanwhile leaves it suspended for good.
    """
    under_way = [release for release, _ in end_those_over(session, service, strategy) if release.suspended]
    if not changed:
        return
    for release in under_way:
        if set(suspended_now(session, service, release.suspended)) != set(release.suspended):
            suspend(session, service, release.suspended)
            err.print("  scaling is suspended again: a release is under way", markup=False)
    if under_way:
        return
    newest = next((each for each in newest_releases(session) if each.suspended), None)
    if newest is None or not newest.ended or now() - datetime.fromisoformat(newest.ended) >= PLANS_LAST:
        return
    if left := suspended_now(session, service, newest.suspended):
        resume(session, service, left)
        err.print("  scaling is resumed again: the plan was made while a release had suspended it", markup=False)


def _set_alarms_right(session: Session, strategy: Strategy) -> None:
    """Have the service name the alarms as they are configured now, which Terraform leaves to releases."""
    if strategy.under_way() is not None or unfinished_releases(session):
        return  # the end of a release does it; that of a deployment of nobody's the next apply or release
    if strategy.restore_alarms():
        told = "take a release back from now on" if strategy.has_alarms else "take no release back any more"
        err.print(f"  alarms {told}", markup=False)


def _watch_what_it_started(session: Session, service: DeployedService, strategy: Strategy) -> None:
    started = strategy.under_way()
    if started is None:
        return
    name = revision_name(started.revision)
    progress = watch(session, strategy, started, f"deployment of {name} that the apply began")
    if progress.state != "succeeded":
        raise failed(session, f"applied, but the deployment of {name} {progress.state}: {progress.reason}")
