"""Recovery after Terraform was killed during an apply: lock named, orphans imported, nothing made twice."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import build_bundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import find_leftovers
from pipeline.recovery.locks import unlock
from pipeline.recovery.matching import Import
from pipeline.recovery.repair import Proposal, repair
from pipeline.session import Session
from pipeline.terraform import process
from tests.e2e.checkout import changes
from tests.e2e.machines import PASSED, Machine

pytestmark = pytest.mark.slow

WHO = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
}
ASSUME = json.dumps({"Version": "2012-10-17", "Statement": [WHO]})


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


def resources(machine: Machine, begun: Path, quick: Path) -> dict[str, Any]:
    """Resources that can't be created twice, and one that keeps Terraform busy once they exist."""
    tags, stem = machine.tags, f"{machine.session.env.project}-local"
    rules = {each: {"name": f"{stem}-{each}", "schedule_expression": f"rate(1 {each})"} for each in ("hour", "day")}
    made: dict[str, dict[str, Any]] = {
        "aws_cloudwatch_event_rule": rules,
        "aws_iam_role": {"task": {"name": f"{stem}-task", "assume_role_policy": ASSUME}},
    }
    for block in (block for named in made.values() for block in named.values()):
        block["tags"] = tags
    needs = ["aws_sns_topic.here", *(f"{kind}.{name}" for kind, named in made.items() for name in named)]
    wait = {"local-exec": {"command": f"touch {begun}; test -e {quick} || sleep 120"}}
    return {**made, "terraform_data": {"slow": {"depends_on": needs, "provisioner": [wait]}}}


def test_a_killed_apply_is_recovered_to_the_last_orphan(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "killed")
    machine.create_backend()
    begun, quick = tmp_path / "begun", tmp_path / "quick"
    synthesis = machine.synthesis(more=resources(machine, begun, quick))
    bundle = build_bundle(machine.session, synthesis, PASSED, previews=False)
    error = killed(machine.session, bundle.id, begun)
    assert error.code is ExitCode.FAILED
    assert "sitechat recover --env local" in error.hint

    left = find_leftovers(machine.session, synthesis)
    (lock,) = left.locks
    assert lock.layer == "first"
    assert len(left.orphans) == 4, left.orphans
    unlock(machine.session, lock.id)
    offered: list[Import] = []

    def agree(proposal: Proposal) -> bool:
        offered.extend(proposal.imports)
        return True

    done = repair(machine.session, synthesis, find_leftovers(machine.session, synthesis), agree)
    assert done.imported == tuple(offered)
    assert {each.arn for each in done.imported} == {orphan.arn for orphan in left.orphans}
    assert (done.failed, done.absent, done.left.any, done.left.not_looked) == ((), (), False, ())

    quick.touch()
    again = build_bundle(machine.session, synthesis, PASSED, previews=False)
    creates = [address for address, acts in changes(again.plans[0].plan).items() if "create" in acts]
    assert creates == ["terraform_data.slow"]
    apply_bundle(machine.session, again.id)
    assert not find_leftovers(machine.session, synthesis).any


def killed(session: Session, bundle: str, begun: Path) -> SitechatError:
    """Apply, and kill Terraform with all its children as soon as the file `begun` is there; the error that follows."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.1):
            if begun.exists():
                for running in tuple(process._running):
                    os.killpg(running.pid, signal.SIGKILL)
                return

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with pytest.raises(SitechatError) as caught:
            apply_bundle(session, bundle)
        return caught.value
    finally:
        over.set()
        thread.join()
