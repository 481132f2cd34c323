"""The deployment that creates the service is recorded once, as the first of the releases, and watched to its end."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import choosing, run
from pipeline.operations.releases.definitions import Revision
from pipeline.operations.releases.record import Release
from pipeline.operations.releases.records import newest_releases
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.session import Session, open_session
from tests.pipeline.operations.support import Account

FIRST = "arn:aws:ecs:us-east-1:222222222222:task-definition/app:1"
DIGEST = f"sha256:{'a' * 64}"
RUNNING = Revision(FIRST, {}, (), f"registry/app@{DIGEST}")
CREATION = Started("ecs-svc/1", FIRST, "")
SERVICE: Any = SimpleNamespace()


@dataclass
class Created:
    """A strategy whose service was created by a deployment that ends so."""

    end: Progress
    started: Started | None = CREATION
    name: str = "rolling"
    always_ends: bool = False

    def creation(self) -> Started | None:
        return self.started

    def restore_alarms(self) -> bool:
        return False

    def watch(self, started: Started) -> Progress:
        assert started == self.started
        return self.end


@pytest.fixture
def session(account: Account, monkeypatch: pytest.MonkeyPatch) -> Session:
    tags: list[tuple[str, str]] = []
    repository = SimpleNamespace(
        uri="registry/app", name="app", tags=tags, add_tag=lambda digest, tag: tags.append((digest, tag))
    )
    found = (repository, SimpleNamespace(digest=DIGEST))
    monkeypatch.setattr(run, "find_image", lambda session, wanted: found)
    session = open_session(str(account.file), needs_terraform=False)
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    return session


def record(session: Session, strategy: Created) -> Release | None:
    return run.record_creation(session, SERVICE, strategy, RUNNING, commit="c" * 40 + "+")  # type: ignore[arg-type]


def test_it_is_recorded_once(session: Session) -> None:
    strategy = Created(Progress("succeeded", 0, 2, 2))
    release = record(session, strategy)
    assert release is not None
    assert (release.kind, release.result, release.dirty) == ("creation", "succeeded", True)
    assert (release.image, release.digest) == (f"registry/app@{DIGEST}", DIGEST)
    assert (release.task_definition, release.before, release.deployment) == (FIRST, "", "ecs-svc/1")
    assert newest_releases(session) == (release,)
    assert run.find_image(session, "")[0].tags == [(DIGEST, f"release-{release.id}")]  # type: ignore[attr-defined]
    assert record(session, strategy) is None
    assert newest_releases(session) == (release,)


def test_one_that_fails_is_recorded_so_and_ends_the_command(session: Session) -> None:
    with pytest.raises(SitechatError, match="failed: the circuit breaker was triggered") as caught:
        record(session, Created(Progress("failed", 0, 0, 2, reason="the circuit breaker was triggered")))
    assert caught.value.code is ExitCode.FAILED
    assert [each.result for each in newest_releases(session)] == ["failed"]


@pytest.mark.parametrize("started", [None, Started("ecs-svc/1", f"{FIRST}7", "")])
def test_what_something_else_brought_is_no_creation(session: Session, started: Started | None) -> None:
    assert record(session, Created(Progress("succeeded", 0, 2, 2), started)) is None
    assert newest_releases(session) == ()


def test_there_is_no_way_back_from_it(session: Session) -> None:
    record(session, Created(Progress("succeeded", 0, 2, 2)))
    with pytest.raises(SitechatError, match="nothing to go back to") as caught:
        choosing._before(session, RUNNING)
    assert caught.value.code is ExitCode.USAGE
