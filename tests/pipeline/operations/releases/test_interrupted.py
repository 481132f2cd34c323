"""Ctrl-C at a release that runs in a process of its own: it goes on alone, or a person at a terminal takes it back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.releases.ending import end_those_over
from pipeline.operations.releases.records import newest_releases
from pipeline.operations.releases.scaling import SUSPENDED, suspended_now
from pipeline.session import Session
from pipeline.work import repo_root
from tests.pipeline.operations.releases.doubles import DIGEST, SERVICE, Scripted, open_scaled
from tests.pipeline.operations.support import Account

REASON = "it repairs what they ring for"
PATIENCE = 120


@pytest.fixture
def session(account: Account) -> Session:
    return open_scaled(account)


@contextmanager
def releasing(session: Session, folder: Path, stdin: int) -> Iterator[tuple[subprocess.Popen[str], TextIO]]:
    """A client that watches its release, and what it says with each look."""
    looks = folder / "looks"
    os.mkfifo(looks)
    given = ("release", "--env", session.env_ref, "--image", DIGEST, "--ignore-alarms", REASON)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.operations.releases.client", looks, *given],
        cwd=repo_root(),
        stdin=stdin,
        stderr=subprocess.PIPE,
        text=True,
        # What a shell starts in the background ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as client:
        try:
            with looks.open() as told:
                assert told.readline() == "runs\n"
                yield client, told
        finally:
            client.kill()


def test_without_a_terminal_it_goes_on_alone_and_the_next_client_ends_it(session: Session, tmp_path: Path) -> None:
    with releasing(session, tmp_path, subprocess.DEVNULL) as (client, _):
        client.send_signal(signal.SIGINT)
        said = client.communicate(timeout=PATIENCE)[1]
    assert client.returncode == ExitCode.INTERRUPTED, said
    assert "AWS goes on with it" in said
    assert f"sitechat releases --env {session.env_ref} --follow" in said
    (left,) = newest_releases(session)
    assert (left.result, left.deployment, left.ended) == ("begun", "d-NEW", "")
    assert (left.alarms_ignored, left.suspended) == (REASON, SUSPENDED)
    assert suspended_now(session, SERVICE, SUSPENDED) == SUSPENDED
    assert end_those_over(session, SERVICE, Scripted()) == ()
    assert newest_releases(session)[0].result == "succeeded"
    assert suspended_now(session, SERVICE, SUSPENDED) == ()


def test_at_a_terminal_a_person_takes_it_back(session: Session, tmp_path: Path) -> None:
    screen, keyboard = os.openpty()
    try:
        with releasing(session, tmp_path, keyboard) as (client, told):
            client.send_signal(signal.SIGINT)
            os.write(screen, b"y\n")
            assert "d-BACK\n" in told.readlines()
            said = client.communicate(timeout=PATIENCE)[1]
    finally:
        os.close(screen)
        os.close(keyboard)
    assert client.returncode == ExitCode.INTERRUPTED, said
    assert "Take this release back?" in said
    assert "was taken back" in said
    (release,) = newest_releases(session)
    assert (release.result, release.taken_back) == ("rolled back", "d-BACK")
    assert suspended_now(session, SERVICE, SUSPENDED) == ()
