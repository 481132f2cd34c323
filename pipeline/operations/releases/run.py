"""Carry out releases: begin one, watch it, take it up after a killed client, and go back to an earlier one."""

from __future__ import annotations

import time
from dataclasses import replace

from pipeline.aws.kept import error_line, new_id
from pipeline.aws.record import of_commit, of_this_run
from pipeline.clock import now, stamp
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.operations.registry import find_repository
from pipeline.operations.releases.choosing import Wanted, choose_strategy
from pipeline.operations.releases.definitions import Revision, is_unreleased, register, revision_name
from pipeline.operations.releases.ending import (
    BEGINNING,
    LeftSuspended,
    being_begun,
    close,
    end_those_over,
    ended,
    find_left_suspended,
    finish,
    seen,
)
from pipeline.operations.releases.images import find_image, image_reference
from pipeline.operations.releases.kept_images import keep_image
from pipeline.operations.releases.record import Kind, Release
from pipeline.operations.releases.records import newest_releases, unfinished_releases, write_release
from pipeline.operations.releases.scaling import suspend, to_suspend
from pipeline.operations.releases.service import DeployedService, deployed_service, find_service
from pipeline.operations.releases.strategy import Progress, Started, Strategy
from pipeline.operations.releases.watching import pause, progress_line, watch
from pipeline.session import Session

RUNBOOK = "docs/runbooks/failed-release.md"
# Characters of the reason for ignoring alarms, which is kept in the release's record.
REASON_LENGTH = 300


def open_service(session: Session, *, ignore_alarms: str | None = None) -> tuple[DeployedService, Strategy]:
    """The service that a release goes to, with its strategy. `ignore_alarms` is the reason for which it is to do so.

    Raises SitechatError: 2 for alarms to ignore where there are none, or for no reason, or one of several lines or of
    more than REASON_LENGTH characters; 3 before it is deployed, 5 for a parked one.
    """
    if ignore_alarms is not None and not 0 < len(ignore_alarms.strip()) <= REASON_LENGTH:
        raise SitechatError(
            f"--ignore-alarms: a reason of {counted(len(ignore_alarms.strip()), 'character')}",
            hint=f"Say why in 1 to {REASON_LENGTH} characters: the record of the release keeps it.",
            code=ExitCode.USAGE,
        )
    if ignore_alarms is not None and not ignore_alarms.isprintable():
        raise SitechatError(
            "--ignore-alarms: the reason has line breaks or control characters",
            hint="Say why on one line: `sitechat releases` shows it to others.",
            code=ExitCode.USAGE,
        )
    if session.env.service.parked:
        raise SitechatError(
            f"the service of {session.env.name} is parked and runs no task: nothing can be released",
            hint=f"Set `service.parked = false`, then `{again('deploy', session.env_ref)}`.",
            code=ExitCode.REFUSED,
        )
    service = find_service(session)
    strategy = choose_strategy(session, service)
    if ignore_alarms and not strategy.has_alarms:
        raise SitechatError(
            f"--ignore-alarms: no alarm takes a {strategy.name} release back",
            hint="Leave it out.",
            code=ExitCode.USAGE,
        )
    return service, strategy


def look_for_left_suspended(session: Session) -> LeftSuspended | None:
    """Scaling that a release left suspended; nothing before a service is deployed. Raises SitechatError (3, 6)."""
    service = deployed_service(session)
    return None if service is None else find_left_suspended(session, service, choose_strategy(session, service))


def refuse_a_second(session: Session, service: DeployedService, strategy: Strategy) -> None:
    """Refuse to begin while a release or another deployment is under way; write the end of those that are over.

    Raises SitechatError (7) that names it.
    """
    if under_way := end_those_over(session, service, strategy):
        release, progress = under_way[0]
        raise _under_way(session, f"{release.kind} {release.id} by {release.who}", release.task_definition, progress)
    found = strategy.under_way()
    if found is not None:
        raise _under_way(session, "a deployment that no release began", found.revision, strategy.watch(found))


def carry_out(
    session: Session,
    service: DeployedService,
    strategy: Strategy,
    wanted: Wanted,
    *,
    commit: str,
    ignore_alarms: str = "",
) -> Release:
    """Put what is wanted into service and watch it. The record says at every moment how far it is.

    Raises SitechatError: 5 for an alarm that is on, before anything is registered or tagged, 6 with the service's own
    words where it fails, 7 where another release came first, 130 where a person ended it or let it go on alone.
    """
    ignored = bool(ignore_alarms) or (wanted.kind == "rollback" and not strategy.watches_rollbacks)
    strategy.judge_alarms(ignore=ignored)
    release = replace(
        _begun(session, wanted.kind, strategy, commit),
        image=wanted.image,
        digest=wanted.digest,
        task_definition=wanted.revision or register(service, wanted.newest, wanted.image),
        before=wanted.running.arn,
        image_before=wanted.running.image,
        goes_to=wanted.goes_to,
        alarms_ignored=ignore_alarms,
        suspended=to_suspend(session, service) if strategy.suspends else (),
    )
    write_release(session, release)
    try:
        _refuse_a_race(session, release)
        keep_image(find_repository(session), release.digest, release.id)
        suspend(session, service, release.suspended)
        deployment = strategy.start(release.task_definition, at_least=session.env.fewest_tasks, ignore_alarms=ignored)
    except SitechatError as error:
        withdrawn = error.code in (ExitCode.LOCKED, ExitCode.REFUSED)
        close(session, service, release if withdrawn else ended(release, "failed", error_line(error)))
        raise
    release = replace(release, deployment=deployment)
    write_release(session, release)
    return follow(session, service, strategy, release, may_roll_back=not wanted.running.unreleased)


def record_creation(
    session: Session, service: DeployedService, strategy: Strategy, running: Revision, *, commit: str
) -> Release | None:
    """Record the deployment that created the service, and watch it; None where a record has this revision already.

    Raises SitechatError as `carry_out` does.
    """
    started = strategy.creation()
    if started is None or started.revision != running.arn:
        return None
    if any(each.task_definition == running.arn for each in newest_releases(session)):
        return None
    repository, image = find_image(session, image_reference(running.image))
    release = replace(
        _begun(session, "creation", strategy, commit),
        image=f"{repository.uri}@{image.digest}",
        digest=image.digest,
        task_definition=running.arn,
        deployment=started.deployment,
    )
    write_release(session, release)
    keep_image(repository, image.digest, release.id)
    return follow(session, service, strategy, release, may_roll_back=False)


def _begun(session: Session, kind: Kind, strategy: Strategy, commit: str) -> Release:
    """The record of a release that begins now; what it puts into service has to be filled in."""
    begun = now()
    fields = of_this_run(session.env, session.caller(), stamp(begun)) | of_commit(commit)
    return Release(id=new_id(begun), kind=kind, strategy=strategy.name, **fields)


def _refuse_a_race(session: Session, release: Release) -> None:
    """Withdraw where another client has written a release meanwhile: each writes before it looks, so one sees it."""
    for each in unfinished_releases(session):
        if each.id != release.id:
            raise SitechatError(
                f"{each.kind} {each.id} by {each.who} was begun at the same time; this one is withdrawn",
                hint=f"Follow it with `{again('releases', session.env_ref, '--follow')}`. Where that finds none, both "
                "have withdrawn, and nothing is under way: run this again.",
                code=ExitCode.LOCKED,
            )


def follow(
    session: Session, service: DeployedService, strategy: Strategy, release: Release, *, may_roll_back: bool = True
) -> Release:
    """Watch a recorded release to its end, and write it. Raises SitechatError as `carry_out` does."""
    release = seen(session, strategy, release)

    def roll_back() -> Started:
        nonlocal release
        release = seen(session, strategy, release)
        if taken_back := strategy.roll_back(release.started):
            release = replace(release, taken_back=taken_back)
            write_release(session, release)
        return release.started

    title = f"{release.kind} {release.shown_image} as {revision_name(release.task_definition)}"
    progress = watch(session, strategy, release.started, title, roll_back=roll_back if may_roll_back else None)
    release = finish(session, service, strategy, release, progress)
    raise_unless_well(session, release, progress.reason)
    return release


def follow_unfinished(session: Session) -> Release | None:
    """Watch the release that is under way, or any other deployment, to its end; None where there is none.

    A release whose client was killed gets its end so. Raises SitechatError as `carry_out` does.
    """
    service = find_service(session)
    strategy = choose_strategy(session, service)
    release = _newest_begun(session, strategy)
    if release is not None and not release.ended:
        has_way_back = bool(release.before) and not is_unreleased(release.image_before)
        return follow(session, service, strategy, release, may_roll_back=has_way_back)
    if release is not None:
        raise_unless_well(session, release)
        return release
    started = strategy.under_way()
    if started is not None:
        name = revision_name(started.revision)
        progress = watch(session, strategy, started, f"deployment of {name} that no release began")
        if progress.state != "succeeded":
            raise failed(session, f"the deployment of {name} {progress.state}: {progress.reason}")
    return None


def _newest_begun(session: Session, strategy: Strategy) -> Release | None:
    """The newest release without an end, once its client has begun the deployment, or can't be about to any more.

    One that came to its end while it was waited for is given as well; one that was withdrawn isn't.
    """
    until, waited = time.monotonic() + BEGINNING.total_seconds(), ""
    while unfinished := unfinished_releases(session):
        release = seen(session, strategy, unfinished[0])
        if not being_begun(release) or time.monotonic() >= until:
            return release
        if strategy.watch(release.started).state in ("running", "succeeded"):  # known by its revision, and begun
            return release
        if release.id != waited:
            waited = release.id
            err.print(f"  {release.kind} {release.id} by {release.who} is about to begin", markup=False)
        pause(session)
    if not waited:
        return None
    found = next((each for each in newest_releases(session) if each.id == waited), None)
    if found is None:
        err.print(f"  {waited} was withdrawn: nothing of it was begun", markup=False)
    return found


def raise_unless_well(session: Session, release: Release, reason: str = "") -> None:
    """Raise SitechatError for a release that didn't succeed: 130 where a person took it back, else 6.

    `reason` is the service's own, whole; the record may have it shortened.
    """
    if release.result == "succeeded":
        return
    if release.result == "rolled back":
        raise SitechatError(
            f"{release.kind} {release.id} was taken back: {revision_name(release.before)} is in service again",
            code=ExitCode.INTERRUPTED,
        )
    raise failed(session, f"{release.kind} {release.id} {release.result}: {reason or release.error}")


def failed(session: Session, message: str) -> SitechatError:
    """Error (6) of a deployment that failed, with where to look."""
    return SitechatError(
        message,
        hint=f"{RUNBOOK} tells what the reasons mean. The application's log: "
        f"`aws logs tail {session.env.names.path('app')} --since 1h --region {session.env.region}`.",
        code=ExitCode.FAILED,
    )


def _under_way(session: Session, what: str, revision: str, progress: Progress) -> SitechatError:
    return SitechatError(
        f"{what} is under way: {revision_name(revision)}, {progress_line(progress)}",
        hint=f"Follow it with `{again('releases', session.env_ref, '--follow')}`, then run this again.",
        code=ExitCode.LOCKED,
    )
