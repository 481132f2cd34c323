"""Scaling while a release runs and after it: an apply that wrote an older plan's state back is set right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.clock import now, stamp
from pipeline.operations.releases import after_apply, scaling
from pipeline.operations.releases.record import Release
from pipeline.operations.releases.records import newest_releases, write_release
from pipeline.operations.releases.scaling import SUSPENDED
from pipeline.operations.releases.strategy import Progress
from pipeline.session import Session
from tests.pipeline.operations.releases.doubles import FAILED, RUNNING, SERVICE, SUCCEEDED, Scripted, open_scaled
from tests.pipeline.operations.releases.test_record import RELEASE
from tests.pipeline.operations.support import Account

UNDER_WAY = replace(RELEASE, suspended=SUSPENDED, ended="", result="begun")


def ended(hours: float, **changes: Any) -> Release:
    return replace(RELEASE, suspended=SUSPENDED, ended=stamp(now() - timedelta(hours=hours)), **changes)


@pytest.fixture
def session(account: Account) -> Session:
    return open_scaled(account)


def suspended(session: Session) -> tuple[str, ...]:
    return scaling.suspended_now(session, SERVICE, SUSPENDED)


@pytest.mark.parametrize(
    ("release", "progress", "before", "after"),
    [
        (UNDER_WAY, RUNNING, (), SUSPENDED),
        (UNDER_WAY, RUNNING, SUSPENDED, SUSPENDED),
        (UNDER_WAY, SUCCEEDED, SUSPENDED, ()),
        (UNDER_WAY, SUCCEEDED, (), ()),
        (ended(1), SUCCEEDED, SUSPENDED, ()),
        (ended(1), SUCCEEDED, (), ()),
        (ended(30), SUCCEEDED, SUSPENDED, SUSPENDED),
        (ended(1, result="failed"), FAILED, SUSPENDED, ()),
        (replace(RELEASE, suspended=()), SUCCEEDED, SUSPENDED, SUSPENDED),
    ],
    ids=[
        "resumed under a release",
        "as it is",
        "over, its client killed",
        "over, and resumed by hand",
        "left suspended",
        "resumed",
        "by a person",
        "after a failure",
        "rolling",
    ],
)
def test_scaling_is_as_the_newest_release_left_it(
    session: Session, release: Release, progress: Progress, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    write_release(session, release)
    scaling.suspend(session, SERVICE, before)
    after_apply._set_scaling_right(session, SERVICE, Scripted([progress]), changed=True)
    assert suspended(session) == after
    assert [bool(each.ended) for each in newest_releases(session)] == [progress is not RUNNING]


def test_what_a_person_suspended_before_a_release_stays(session: Session) -> None:
    scaling.suspend(session, SERVICE, SUSPENDED)
    write_release(session, replace(ended(1), suspended=SUSPENDED[:1]))
    after_apply._set_scaling_right(session, SERVICE, Scripted(), changed=True)
    assert suspended(session) == SUSPENDED[1:]


def test_an_apply_that_changed_nothing_ends_a_release_as_well(session: Session) -> None:
    write_release(session, UNDER_WAY)
    scaling.suspend(session, SERVICE, SUSPENDED)
    after_apply._set_scaling_right(session, SERVICE, Scripted(), changed=False)
    assert suspended(session) == ()
