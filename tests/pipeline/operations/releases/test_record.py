"""A release's record: it comes back as it was stored, and what is none is refused in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.operations.releases.record import Release, parse_release
from pipeline.operations.releases.strategy import Started

ARN = "arn:aws:ecs:us-east-1:222222222222:task-definition/sitechat-dev-app"
RELEASE = Release(
    id="20260115T120000Z-0123456789abcdef",
    env="dev",
    account="222222222222",
    region="us-east-1",
    kind="release",
    strategy="rolling",
    begun="2026-01-15T12:00:00Z",
    role="deployer",
    session="ann",
    commit="c" * 40,
    dirty=True,
    image=f"registry/app@sha256:{'a' * 64}",
    digest=f"sha256:{'a' * 64}",
    task_definition=f"{ARN}:2",
    before=f"{ARN}:1",
    image_before="registry/app:v1",
    deployment="ecs-svc/2",
    ended="2026-01-15T12:01:10Z",
    result="succeeded",
    suspended=("scale in",),
)


def changed(**changes: Any) -> bytes:
    return json.dumps(RELEASE.to_json() | changes).encode()


def test_it_comes_back_as_it_was_stored() -> None:
    assert parse_release(RELEASE.stored()) == RELEASE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no JSON"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON"),
        (changed(format=2), "its format is 2"),
        (changed(more="x"), "other fields"),
        (changed(result="well"), "another form"),
        (changed(kind="deploy"), "another form"),
        (changed(begun="yesterday"), "another form"),
        (changed(dirty="no"), "another form"),
        (changed(image=7), "another form"),
        (changed(suspended="all"), "another form"),
    ],
)
def test_what_is_no_release_is_refused_in_words(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_release(text)


def test_people_see_who_what_and_which_commit() -> None:
    assert (RELEASE.who, RELEASE.shown_commit, RELEASE.shown_image) == (
        "deployer, session ann",
        "ccccccc+",
        "sha256:aaaaaaaaaaaa",
    )


def test_its_deployment_is_looked_at_with_the_time_of_the_record() -> None:
    assert RELEASE.started == Started("ecs-svc/2", f"{ARN}:2", f"{ARN}:1")
    assert RELEASE.started.begun == datetime(2026, 1, 15, 12, tzinfo=UTC)
