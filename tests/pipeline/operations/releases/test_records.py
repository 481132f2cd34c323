"""Releases in the state bucket of the emulated AWS: written, listed, found; a second one withdraws."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.aws.kept import Unreadable
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import run
from pipeline.operations.releases.records import (
    find_release,
    kept_releases,
    newest_releases,
    read_releases,
    release_ids,
    unfinished_releases,
    write_release,
)
from pipeline.session import Session, open_session
from tests.pipeline.operations.releases.test_record import RELEASE
from tests.pipeline.operations.support import Account

OTHER = replace(RELEASE, id="20260115T130000Z-0123456789abcdef", ended="", result="begun")


@pytest.fixture
def session(account: Account) -> Session:
    """A session of an environment of its own, whose account has a state bucket."""
    session = open_session(str(account.file), needs_terraform=False)
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    return session


def test_they_lie_beside_the_states(session: Session) -> None:
    assert kept_releases(session).key("id") == f"{session.env.project}/{session.env.name}/releases/id.json"


def test_what_one_writes_another_finds(session: Session) -> None:
    assert release_ids(session) == ()
    with pytest.raises(SitechatError, match=f"no release of {session.env.name} is recorded yet") as caught:
        find_release(session, "latest")
    assert caught.value.code is ExitCode.USAGE
    assert "sitechat deploy --env" in caught.value.hint
    write_release(session, RELEASE)
    write_release(session, OTHER)
    assert newest_releases(session) == (OTHER, RELEASE)
    assert unfinished_releases(session) == (OTHER,)
    assert find_release(session, "latest") == OTHER
    assert find_release(session, RELEASE.id) == RELEASE
    with pytest.raises(SitechatError, match="has no release 'last'") as caught:
        find_release(session, "last")
    assert "'latest' stands for the newest" in caught.value.hint


def test_what_is_no_release_hides_no_other(session: Session) -> None:
    write_release(session, RELEASE)
    kept_releases(session).write(OTHER.id, b"{}")
    broken, found = read_releases(session, release_ids(session))
    assert isinstance(broken, Unreadable)
    assert (broken.id, found) == (OTHER.id, RELEASE)
    assert newest_releases(session) == (RELEASE,)
    with pytest.raises(SitechatError, match="can't be read: its format is None"):
        find_release(session, "latest")


def test_without_a_state_bucket_bootstrap_is_next(session: Session) -> None:
    with pytest.raises(SitechatError, match="no state bucket, which would keep the releases") as caught:
        replace(kept_releases(session), bucket="sitechat-none").ids()
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat bootstrap" in caught.value.hint


def test_of_two_that_begin_at_once_none_sees_itself_alone(session: Session) -> None:
    """Each writes before it looks, so at least one of two sees the other."""
    write_release(session, OTHER)
    mine = replace(OTHER, id="20260115T125959Z-fedcba9876543210")
    write_release(session, mine)
    with pytest.raises(SitechatError, match=f"release {OTHER.id} by deployer, session ann") as caught:
        run._refuse_a_race(session, mine)
    assert caught.value.code is ExitCode.LOCKED
    with pytest.raises(SitechatError, match=mine.id):
        run._refuse_a_race(session, OTHER)
    kept_releases(session).delete(mine.id)
    run._refuse_a_race(session, OTHER)
