"""The releases of an environment, beside its states: objects `PROJECT/ENV/releases/ID.json` in the state bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.aws.kept import KeptRecords, Unreadable
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.releases.record import Release, parse_release
from pipeline.session import Session

FOLDER = "releases"
LATEST = "latest"
# Records in which one without an end is looked for. Every release ends those before it, so it is among the newest.
_SEARCHED = 20


def kept_releases(session: Session) -> KeptRecords:
    """The records, as objects."""
    return session.kept_records(FOLDER, "the releases")


def write_release(session: Session, release: Release) -> None:
    """Store a release, in place of the same one as it was before. Raises SitechatError (3, 6)."""
    kept_releases(session).write(release.id, release.stored())


def delete_old_releases(session: Session) -> None:
    """Delete records that are too many or too old. Raises SitechatError (6)."""
    kept_releases(session).delete_old(now())


def release_ids(session: Session) -> tuple[str, ...]:
    """Ids of all releases, the newest first. Raises SitechatError: 3 without a state bucket, 6 for no answer."""
    return kept_releases(session).ids()


def read_releases(session: Session, ids: Sequence[str]) -> tuple[Release | Unreadable, ...]:
    """Read these releases, in their order. Raises SitechatError (6)."""
    return tuple(
        each if isinstance(each, Unreadable) else _parsed(release_id, each)
        for release_id, each in zip(ids, kept_releases(session).read(ids), strict=True)
    )


def newest_releases(session: Session) -> tuple[Release, ...]:
    """The newest releases that can be read, the newest first. Raises SitechatError (3, 6)."""
    found = read_releases(session, release_ids(session)[:_SEARCHED])
    return tuple(each for each in found if isinstance(each, Release))


def every_release(session: Session) -> Iterator[Release]:
    """All releases that can be read, the newest first; older ones are read as they are asked for.

    Raises SitechatError (3, 6).
    """
    ids = release_ids(session)
    for start in range(0, len(ids), _SEARCHED):
        found = read_releases(session, ids[start : start + _SEARCHED])
        yield from (each for each in found if isinstance(each, Release))


def unfinished_releases(session: Session) -> tuple[Release, ...]:
    """Releases whose end is not known, the newest first. Raises SitechatError (3, 6)."""
    return tuple(each for each in newest_releases(session) if not each.ended)


def find_release(session: Session, wanted: str) -> Release:
    """The release with this id, or the "latest" one. Raises SitechatError: 2 when there is none, 3, 6."""
    ids = release_ids(session)
    if not ids:
        raise SitechatError(
            f"no release of {session.env.name} is recorded yet",
            hint=f"The first one is recorded by `{again('deploy', session.env_ref)}` with an image in [image].",
            code=ExitCode.USAGE,
        )
    chosen = ids[0] if wanted == LATEST else wanted
    if chosen not in ids:
        hint = f"See what there is with `{again('releases', session.env_ref)}`; {LATEST!r} stands for the newest."
        raise SitechatError(f"{session.env.name} has no release {wanted!r}", hint=hint, code=ExitCode.USAGE)
    (found,) = read_releases(session, [chosen])
    if isinstance(found, Unreadable):
        raise SitechatError(f"the release {found.id} can't be read: {found.reason}", code=ExitCode.FAILED)
    return found


def _parsed(release_id: str, text: bytes) -> Release | Unreadable:
    try:
        release = parse_release(text)
    except ValueError as error:
        return Unreadable(release_id, str(error))
    return release if release.id == release_id else Unreadable(release_id, "it has the id of another one")
