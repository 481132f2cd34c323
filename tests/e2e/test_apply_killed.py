"""Recovery after a killed apply. Of Terraform: lock named, orphans imported, nothing made twice. Of us: it finishes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, start, stop
from pipeline.aws.kept import error_line
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import build_bundle
from pipeline.bundle.entries import find_entry
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import find_leftovers
from pipeline.recovery.locks import unlock
from pipeline.recovery.matching import Import
from pipeline.recovery.repair import Proposal, repair
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.terraform import Terraform, process
from pipeline.terraform.runs import settle_runs
from pipeline.terraform.runs.record import RECORD, KeptRun, kept_runs
from pipeline.work import repo_root
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


# Applies bundle 4 of project 3, on the machine in folder 1, in the emulated AWS of folder 2.
APPLY = """
import sys
from pathlib import Path
from local_aws import status
from pipeline.bundle.apply import apply_bundle
from tests.e2e.machines import Machine
machine = Machine.of(Path(sys.argv[1]), status(Path(sys.argv[2])), sys.argv[3])
apply_bundle(machine.session, sys.argv[4])
"""


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Endpoint]]:
    """The folder of the emulated AWS, and its endpoint."""
    folder = tmp_path_factory.mktemp("local")
    yield folder, start(folder)
    stop(folder)


@pytest.fixture
def endpoint(emulated: tuple[Path, Endpoint]) -> Endpoint:
    return emulated[1]


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
    wait = {
        "local-exec": {"command": f"touch {begun}; for i in $(seq 600); do test -e {quick} && exit; sleep 0.2; done"}
    }
    return {**made, "terraform_data": {"slow": {"depends_on": needs, "provisioner": [wait]}}}


class KilledError(Exception):
    """In place of SIGKILL."""


def killed_after(imports: int, real: Callable[..., None]) -> Callable[..., None]:
    """An import in place of the `real` one, which works that often and then kills its caller."""
    done: list[str] = []

    def once_more(terraform: Terraform, address: str, import_id: str) -> None:
        if len(done) == imports:
            raise KilledError
        real(terraform, address, import_id)
        done.append(address)

    return once_more


def test_a_killed_apply_is_recovered_to_the_last_orphan(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine.of(tmp_path, endpoint, "killed")
    machine.create_backend()
    begun, quick = tmp_path / "begun", tmp_path / "quick"
    synthesis = machine.synthesis(more=resources(machine, begun, quick))
    bundle = build_bundle(machine.session, synthesis, PASSED, previews=False)
    error = killed(machine.session, bundle.id, begun)
    assert error.code is ExitCode.FAILED
    assert "sitechat recover --env local" in error.hint

    failed = find_entry(machine.twin(tmp_path / "elsewhere", endpoint).session, bundle.id)
    assert (failed.command, failed.result, failed.layers["first"].status) == ("apply", "failed", "begun")
    assert failed.error == error_line(error)
    assert ("add", "first/aws_iam_role.task") in failed.addresses

    left = find_leftovers(machine.session, synthesis)
    (lock,) = left.locks
    assert lock.layer == "first"
    assert len(left.orphans) == 4, left.orphans
    unlock(machine.session, lock.id)
    offered: list[Import] = []

    def agree(proposal: Proposal) -> bool:
        offered.extend(proposal.imports)
        return True

    left = find_leftovers(machine.session, synthesis)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.recovery.repair.import_together", lambda *given: ())  # so that some are left
        patch.setattr(Terraform, "import_resource", killed_after(2, Terraform.import_resource))
        with pytest.raises(KilledError):
            repair(machine.session, synthesis, left, agree)
    assert {each.arn for each in offered} == {orphan.arn for orphan in left.orphans}
    offered.clear()
    rest = find_leftovers(machine.session, synthesis)
    assert [each.address for each in rest.imports] == ["aws_iam_role.task", "aws_sns_topic.here"], (
        "and only what is left"
    )
    gone = replace(rest.imports[0], id="nobody", arn="")
    done = repair(machine.session, synthesis, replace(rest, imports=(gone, *rest.imports)), agree)
    assert offered == [gone, *rest.imports]
    assert (done.imported, done.absent, done.failed) == (rest.imports, (gone,), ())
    assert (done.left.any, done.left.not_looked) == (False, ())

    quick.touch()
    again = build_bundle(machine.session, synthesis, PASSED, previews=False)
    creates = [address for address, acts in changes(again.plans[0].plan).items() if "create" in acts]
    assert creates == ["terraform_data.slow"]
    apply_bundle(machine.session, again.id)
    assert find_entry(machine.session, "latest").result == "succeeded"
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


def left_alone(machine: Machine, folder: Path, tmp_path: Path) -> tuple[Synthesis, KeptRun]:
    """Kill `sitechat` alone in the middle of an apply; what is left of it is a run in which Terraform goes on."""
    begun = tmp_path / "begun"
    synthesis = machine.synthesis(more=resources(machine, begun, tmp_path / "quick"))
    bundle = build_bundle(machine.session, synthesis, PASSED, only=["first"], previews=False)
    project = machine.session.env.project
    words: list[str | Path] = [sys.executable, "-c", APPLY, machine.root, folder, project, bundle.id]
    child = subprocess.Popen(words, cwd=repo_root(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not begun.exists():
        assert child.poll() is None
        time.sleep(0.1)
    child.kill()
    child.wait()
    (run,) = (each for each in kept_runs(machine.session.work.logs("local")) if each.unfinished)
    assert [each.command for each in run.processes() if each.alive] == ["apply"]
    return synthesis, run


def test_terraform_outlives_a_killed_apply_and_the_next_command_waits_for_it(
    emulated: tuple[Path, Endpoint], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, endpoint = emulated
    machine = Machine.of(tmp_path, endpoint, "outlived")
    machine.create_backend()
    synthesis, run = left_alone(machine, folder, tmp_path)
    waiting = threading.Timer(1, (tmp_path / "quick").touch)
    waiting.start()
    settle_runs(machine.session.work.logs("local"), "local")
    told = capsys.readouterr().err
    assert "Apply complete! Resources: 5 added, 0 changed, 0 destroyed." in told
    assert "recover" not in told
    assert (tmp_path / "quick").exists(), "it was waited for"
    assert not any(each.unfinished for each in kept_runs(run.folder.parent))
    settle_runs(machine.session.work.logs("local"), "local")
    assert capsys.readouterr().err == "", "it is told once"

    assert not find_leftovers(machine.session, synthesis).any
    (first,) = build_bundle(machine.session, synthesis, PASSED, only=["first"], previews=False).plans
    assert not first.counts.any
    topics = machine.session.client("sns").list_topics()["Topics"]
    assert len([each for each in topics if "outlived" in each["TopicArn"]]) == 1


def test_the_next_command_ends_what_is_past_its_time_limit(
    emulated: tuple[Path, Endpoint], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, endpoint = emulated
    machine = Machine.of(tmp_path, endpoint, "overdue")
    machine.create_backend()
    synthesis, run = left_alone(machine, folder, tmp_path)
    (apply,) = (each for each in run.processes() if each.alive)
    record = apply.stem.with_name(apply.stem.name + RECORD)
    record.write_text(json.dumps(json.loads(record.read_bytes()) | {"deadline": time.time() - 1}))
    settle_runs(machine.session.work.logs("local"), "local")
    assert "first, apply: stopped at its time limit" in capsys.readouterr().err
    (log,) = run.folder.glob("*-apply.log")
    assert log.read_text().count("Interrupt received.") == 1

    left = find_leftovers(machine.session, synthesis)
    assert (left.locks, left.errored, left.orphans) == ((), {}, ())
    (first,) = build_bundle(machine.session, synthesis, PASSED, only=["first"], previews=False).plans
    assert list(changes(first.plan)) == ["terraform_data.slow"]
