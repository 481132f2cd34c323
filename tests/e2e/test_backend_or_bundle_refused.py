"""Refusals with real Terraform: held locks, a missing backend, altered or stale bundles; and an interrupt."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import Applied, apply_bundle
from pipeline.bundle.build import NewBundle, build_bundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import find_leftovers
from pipeline.recovery.locks import find_locks, unlock
from pipeline.session import Session
from pipeline.synth.layers import Synthesis, lay_out
from pipeline.terraform import Terraform, command, forwarding_interrupts
from pipeline.work import private_dir
from tests.e2e.machines import PASSED, Machine

pytestmark = pytest.mark.slow

Outcome = Applied | SitechatError
LOCK = {"ID": "0f0e0d0c-0000-4000-8000-000000000000", "Operation": "OperationTypeApply", "Who": "ann@desk"}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture(scope="module")
def planned(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, NewBundle]:
    """Machine that has planned its first wave."""
    machine = Machine.of(tmp_path_factory.mktemp("planned"), endpoint, "race")
    machine.create_backend()
    return machine, build_bundle(machine.session, machine.synthesis(), PASSED, previews=False)


@pytest.fixture(scope="module")
def race(
    planned: tuple[Machine, NewBundle], endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Machine, list[Outcome]]:
    """Two machines that applied the same bundle at the same moment."""
    machine, bundle = planned
    machines = (machine, machine.twin(tmp_path_factory.mktemp("twin"), endpoint))
    together = threading.Barrier(len(machines))

    def go(each: Machine) -> Outcome:
        together.wait()
        return outcome(each.session, bundle.id)

    with forwarding_interrupts(), ThreadPoolExecutor(len(machines)) as pool:
        return machine, list(pool.map(go, machines))


def outcome(session: Session, bundle: str) -> Outcome:
    try:
        return apply_bundle(session, bundle)
    except SitechatError as error:
        return error


def terraform(session: Session, synthesis: Synthesis) -> Terraform:
    """Terraform in the first layer, before init."""
    directory = private_dir(session.work.terraform(session.env.name) / "first")
    lay_out(synthesis.layer("first"), directory)
    return session.terraform(directory, "first")


def refused(code: ExitCode, running: Terraform) -> SitechatError:
    """Error that init and plan end with."""

    def both() -> None:
        running.init()
        running.plan(running.dir / "tfplan")

    with pytest.raises(SitechatError) as caught:
        both()
    assert caught.value.code is code, caught.value.message
    return caught.value


def test_a_held_lock_is_named_and_can_be_released(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LOCK_SECONDS", 1)
    machine = Machine.of(tmp_path, endpoint, "held")
    machine.create_backend()
    state = machine.session.env.state_backend
    path = f"{state.bucket}/{machine.backend('first')['key']}"
    info = json.dumps({**LOCK, "Created": "2026-01-15T12:00:00Z", "Path": path, "Version": "1.11.4", "Info": ""})
    key = machine.backend("first")["key"]
    machine.session.client("s3").put_object(Bucket=state.bucket, Key=f"{key}.tflock", Body=info.encode())
    item = {"LockID": {"S": path}, "Info": {"S": info}}
    machine.session.client("dynamodb").put_item(TableName=state.table, Item=item)
    running = terraform(machine.session, machine.bare())
    error = refused(ExitCode.LOCKED, running)
    assert LOCK["ID"] in error.message
    assert "ann@desk" in error.message
    (lock,) = find_locks(machine.session)
    assert (lock.layer, lock.id, lock.places) == ("first", LOCK["ID"], ("S3", "DynamoDB"))
    unlock(machine.session, lock.id)
    assert running.plan(running.dir / "tfplan")
    assert find_locks(machine.session) == ()


def test_without_a_state_bucket_bootstrap_comes_first(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "nobucket")
    machine.create_backend(bucket=False)
    error = refused(ExitCode.MISSING, terraform(machine.session, machine.bare()))
    assert "sitechat bootstrap" in error.hint
    with pytest.raises(SitechatError, match="no state bucket") as caught:
        find_leftovers(machine.session, machine.bare())
    assert caught.value.code is ExitCode.MISSING


def test_without_a_lock_table_bootstrap_comes_first(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "notable")
    machine.create_backend(table=False)
    error = refused(ExitCode.MISSING, terraform(machine.session, machine.bare()))
    assert "sitechat bootstrap" in error.hint


def test_a_dead_endpoint_is_an_error_and_no_wait_for_ever(endpoint: Endpoint, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dead = f"http://127.0.0.1:{server.getsockname()[1]}"
    machine = Machine.of(tmp_path, endpoint, "dead", AWS_ENDPOINT_URL=dead)
    error = refused(ExitCode.MISSING, terraform(machine.session, machine.bare()))
    assert error.message.startswith("the emulated AWS is down")


def test_an_altered_bundle_is_refused_by_the_name_of_the_file(
    planned: tuple[Machine, NewBundle], endpoint: Endpoint, tmp_path: Path
) -> None:
    machine, bundle = planned
    other = machine.twin(tmp_path, endpoint)
    with (other.session.work.bundles("local") / bundle.id / "first" / "tfplan").open("ab") as plan:
        plan.write(b" ")
    with pytest.raises(SitechatError, match="first/tfplan") as caught:
        apply_bundle(other.session, bundle.id)
    assert caught.value.code is ExitCode.REFUSED


def test_of_two_applies_at_once_exactly_one_wins(race: tuple[Machine, list[Outcome]]) -> None:
    _, outcomes = race
    (winner,) = [each for each in outcomes if isinstance(each, Applied)]
    (loser,) = [each for each in outcomes if isinstance(each, SitechatError)]
    assert (winner.resources, winner.left) == (1, ("second",))
    assert loser.code in (ExitCode.LOCKED, ExitCode.REFUSED), loser.message


def test_a_bundle_that_was_applied_is_told_with_the_time(
    race: tuple[Machine, list[Outcome]], planned: tuple[Machine, NewBundle]
) -> None:
    machine, _ = race
    with pytest.raises(SitechatError, match=r"was already applied at 20\d\d-") as caught:
        apply_bundle(machine.session, planned[1].id)
    assert caught.value.code is ExitCode.REFUSED
    assert find_locks(machine.session) == ()


def test_an_interrupt_ends_with_130_and_the_next_run_goes_on(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "interrupt")
    machine.create_backend()
    begun, quick = tmp_path / "begun", tmp_path / "quick"
    wait = f"touch {begun}; test -e {quick} || sleep 120"
    slow = {"terraform_data": {"slow": {"provisioner": [{"local-exec": {"command": wait}}]}}}
    synthesis = machine.synthesis(more=slow)
    bundle = build_bundle(machine.session, synthesis, PASSED, previews=False)
    error = interrupted(machine.session, bundle.id, begun)
    assert isinstance(error, SitechatError)
    assert error.code is ExitCode.INTERRUPTED
    assert find_locks(machine.session) == ()
    assert find_leftovers(machine.session, synthesis).tainted == {"first": ("terraform_data.slow",)}
    quick.touch()
    again = build_bundle(machine.session, synthesis, PASSED, previews=False)
    assert set(apply_bundle(machine.session, again.id).done) == {"first"}
    assert not find_leftovers(machine.session, synthesis).any


def interrupted(session: Session, bundle: str, begun: Path) -> Outcome:
    """Apply, and press Ctrl-C as soon as the file `begun` is there."""
    over = threading.Event()

    def press() -> None:
        while not over.wait(0.1):
            if begun.exists():
                os.kill(os.getpid(), signal.SIGINT)
                return

    thread = threading.Thread(target=press)
    thread.start()
    try:
        return outcome(session, bundle)
    finally:
        over.set()
        thread.join()
