"""`sitechat releases`: who released what, when, from which commit, and how it ended; and the one that is under way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.history import result_and_time, shown_time
from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError, again

if TYPE_CHECKING:
    from pipeline.aws.kept import Unreadable
    from pipeline.operations.releases.record import Release

MOST = 500
SHOWN = 10
ReleaseId = Annotated[str | None, typer.Argument(metavar="[RELEASE|latest]", help="Show this release whole.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most this many releases.")]
Follow = Annotated[bool, typer.Option("--follow", help="Watch the one that is under way to its end.")]


def command(
    release: ReleaseId = None,
    env: EnvRef = DEFAULT_ENV,
    limit: Limit = SHOWN,
    follow: Follow = False,
    as_json: Json = False,
) -> None:
    """Show who released what, the newest first. It lies beside the states.

    With --follow it exits as the release would have: 6 when it failed.
    """
    if release is not None and follow:
        raise SitechatError("RELEASE and --follow exclude each other", hint="Give one of them.", code=ExitCode.USAGE)
    if follow:
        _follow(env, as_json=as_json)
    elif release is not None:
        _one(env, release, as_json=as_json)
    else:
        _list(env, limit, as_json=as_json)


def _follow(env_ref: str, *, as_json: bool) -> None:
    from pipeline.commands.release import tell
    from pipeline.operations.releases.run import follow_unfinished
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    found = follow_unfinished(session)
    if found is not None:
        tell(session, found, as_json=as_json)
    elif as_json:
        print(json.dumps({"env": session.env.name, "release": None}))
    else:
        out.print(f"{session.env.name}: no release is under way.", markup=False)


def _list(env_ref: str, limit: int, *, as_json: bool) -> None:
    from pipeline.operations.releases.records import read_releases, release_ids
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    ids = release_ids(session)
    found = read_releases(session, ids[:limit])
    if as_json:
        print(json.dumps({"env": session.env.name, "releases": [_as_json(each) for each in found], "kept": len(ids)}))
        return
    if not found:
        out.print(f"No release of {session.env.name} is recorded yet.", markup=False)
    for each in found:
        for line in release_lines(each):
            out.print(line, markup=False)
    if len(ids) > len(found):
        more = again("releases", env_ref, f"--limit {min(len(ids), MOST)}")
        out.print(f"{len(ids) - len(found)} older: {more}", markup=False)


def _one(env_ref: str, wanted: str, *, as_json: bool) -> None:
    from pipeline.operations.releases.records import find_release
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    release = find_release(session, wanted)
    if as_json:
        print(json.dumps({"env": session.env.name, "release": release.to_json()}))
        return
    for line in whole_release(release):
        out.print(line, markup=False)


def _as_json(release: Release | Unreadable) -> dict[str, Any]:
    from pipeline.aws.kept import Unreadable

    if isinstance(release, Unreadable):
        return {"id": release.id, "unreadable": release.reason}
    return release.to_json()


def release_lines(release: Release | Unreadable) -> Iterator[str]:
    """A release of the list: when and how it ended; what, from which commit, by whom."""
    from pipeline.aws.kept import Unreadable
    from pipeline.operations.releases.definitions import revision_name

    if isinstance(release, Unreadable):
        yield f"{release.id}: can't be read: {release.reason}"
        return
    yield f"{shown_time(release.begun)}  {release.kind} {ended(release)}  {release.id}"
    name = revision_name(release.task_definition)
    yield f"  {release.shown_image} as {name}, {release.shown_commit}, by {release.who}"
    if release.error:
        yield f"  {release.error}"


def whole_release(release: Release) -> Iterator[str]:
    """Everything that a record holds, for people."""
    from pipeline.operations.releases.definitions import revision_name

    yield f"{release.kind} of {release.env}, {release.id}"
    yield f"  began      {shown_time(release.begun)}, by {release.who}"
    yield f"  result     {ended(release)}" + (f": {release.error}" if release.error else "")
    yield f"  place      account {release.account}, {release.region}"
    yield f"  commit     {release.commit or 'none'}" + (", with uncommitted changes" if release.dirty else "")
    yield f"  image      {release.image}"
    before = f", before it {revision_name(release.before)}" if release.before else ", the first of the service"
    yield f"  revision   {revision_name(release.task_definition)}{before}"
    if release.image_before:
        yield f"  before     {release.image_before}"
    yield f"  strategy   {release.strategy}, deployment {release.deployment or 'never begun'}"
    if release.goes_to:
        yield f"  goes to    release {release.goes_to}"
    if release.suspended:
        yield f"  suspended  {', '.join(release.suspended)}"
    if release.alarms_ignored:
        yield f"  alarms     ignored: {release.alarms_ignored}"


def ended(release: Release) -> str:
    """How a release ended, and how long it took."""
    return result_and_time(release.result, release.begun, release.ended)
