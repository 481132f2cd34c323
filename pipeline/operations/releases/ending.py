"""Ends of releases: the client that watches one writes it, or the next client where that one was killed.

With its end a release resumes the scaling that it has suspended, and has the alarms count that are configured then: it
may have gone without, or an apply may have left them to it. So
until somebody writes the end of one whose client was killed, scaling stays suspended: `find_left_suspended` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.aws.kept import error_line
from pipeline.clock import now, stamp
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.releases.record import Release, Result
from pipeline.operations.releases.records import (
    delete_old_releases,
    kept_releases,
    unfinished_releases,
    write_release,
)
from pipeline.operations.releases.scaling import resume, suspended_now
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.releases.strategy import Progress, Strategy
from pipeline.session import Session

# From the record of a release to its deployment passes a request or two; a client that takes longer is dead.
BEGINNING = timedelta(minutes=2)


@dataclass(frozen=True)
class LeftSuspended:
    """Scaling that a release has suspended and nobody resumes: in words, with the command that does."""

    what: str
    command: str


def being_begun(release: Release) -> bool:
    """Whether its client may be about to ask for the deployment, which no record names yet."""
    return not release.deployment and now() - datetime.fromisoformat(release.begun) < BEGINNING


def seen(session: Session, strategy: Strategy, release: Release) -> Release:
    """The release with its deployment's id, which is recorded.

    A client that was killed before it wrote that may have begun the deployment or not.
    """
    found = _with_deployment(strategy, release)
    if found != release:
        write_release(session, found)
    return found


def _with_deployment(strategy: Strategy, release: Release) -> Release:
    if release.deployment:
        return release
    found = strategy.under_way()
    if found is None or found.revision != release.task_definition:
        return release
    return replace(release, deployment=found.deployment)


def ended(release: Release, result: Result, error: str) -> Release:
    """The record of a release that ends now."""
    return replace(release, ended=stamp(now()), result=result, error=error)


def finish(
    session: Session, service: DeployedService, strategy: Strategy, release: Release, progress: Progress
) -> Release:
    """Put right what a release has switched off, scaling and alarms, and write its end. Raises SitechatError (6)."""
    assert progress.state != "running"
    if all(each.id == release.id for each in unfinished_releases(session)):  # else it is the other's end that does it
        strategy.restore_alarms()
    over = ended(release, progress.state, error_line(Exception(progress.reason)) if progress.reason else "")
    close(session, service, over)
    delete_old_releases(session)
    return over


def close(session: Session, service: DeployedService, over: Release) -> None:
    """Resume what a release has suspended, then write its end; one without an end is withdrawn, its record deleted.

    In this order, so that a client that is killed in between leaves a release that the next one ends.
    """
    left = resume_unneeded(session, service, over)
    if over.ended:
        write_release(session, over)
    else:
        kept_releases(session).delete(over.id)
    if left:  # whoever needed it may have ended meanwhile, and have left it to this one
        resume_unneeded(session, service, over)


def resume_unneeded(session: Session, service: DeployedService, release: Release) -> bool:
    """Resume what a release has suspended, but for what another one without an end has suspended as well.

    That one resumes it. Returns whether something was left to it. Raises SitechatError (6).
    """
    if not release.suspended:
        return False
    others = [each for each in unfinished_releases(session) if each.id != release.id]
    needed = {name for each in others for name in each.suspended}
    resume(session, service, [name for name in release.suspended if name not in needed])
    return not needed.isdisjoint(release.suspended)


def end_those_over(
    session: Session, service: DeployedService, strategy: Strategy
) -> tuple[tuple[Release, Progress], ...]:
    """Write the end of releases whose deployment is over; those that are under way, with how far they are.

    Raises SitechatError (6).
    """
    found: list[tuple[Release, Progress]] = []
    for each in unfinished_releases(session):
        release = seen(session, strategy, each)
        progress = strategy.watch(release.started)
        if progress.state == "running" or being_begun(release):
            found.append((release, progress))
            continue
        over = finish(session, service, strategy, release, progress)
        resumed = "; scaling is resumed" if over.suspended else ""
        err.print(f"  {over.kind} {over.id}, whose client was killed: {over.result}{resumed}", markup=False)
    return tuple(found)


def find_left_suspended(session: Session, service: DeployedService, strategy: Strategy) -> LeftSuspended | None:
    """Scaling that stays suspended after a release that is over; nothing is changed. Raises SitechatError (3, 6).

    Whoever may not ask how far a deployment is, such as a CI that plans, is told of a release without an end.
    """
    if not strategy.suspends:
        return None
    for each in unfinished_releases(session):
        if being_begun(each) or not suspended_now(session, service, each.suspended):
            continue
        try:
            progress = strategy.watch(_with_deployment(strategy, each).started)
        except SitechatError as error:
            if error.code is not ExitCode.FAILED:
                raise
            why = f"no end of {each.kind} {each.id} is recorded, and AWS doesn't say here whether it is over"
        else:
            if progress.state == "running":
                return None
            why = f"{each.kind} {each.id} is over ({progress.state}), and its client was killed"
        command = again("releases", session.env_ref, "--follow")
        return LeftSuspended(f"scaling in and scheduled actions are suspended: {why}", command)
    return None
