"""Failures in the middle of a run (AWS, disk, provider): exit code, next step, and the state after that step."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import build_bundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import find_leftovers
from pipeline.recovery.locks import find_locks, unlock
from pipeline.recovery.repair import repair
from pipeline.synth.layers import Synthesis
from tests.e2e.fault_proxy import Asked, Fault, FaultProxy, fault_proxy
from tests.e2e.machines import PASSED, Machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture
def proxy(endpoint: Endpoint) -> Iterator[FaultProxy]:
    with fault_proxy(endpoint) as made:
        yield made


def machine_behind(proxy: FaultProxy, endpoint: Endpoint, root: Path, project: str) -> Machine:
    machine = Machine.of(root, endpoint, project, AWS_ENDPOINT_URL=proxy.url)
    machine.create_backend()
    return machine


def applied(machine: Machine, synthesis: Synthesis) -> int:
    """Plan and apply the first wave; return the number of changed resources."""
    bundle = build_bundle(machine.session, synthesis, PASSED, previews=False)
    return apply_bundle(machine.session, bundle.id).resources


def failed(machine: Machine, synthesis: Synthesis, code: ExitCode) -> SitechatError:
    """Error that applying the first wave ends with."""
    with pytest.raises(SitechatError) as caught:
        applied(machine, synthesis)
    assert caught.value.code is code, caught.value.message
    return caught.value


def creates_topic(asked: Asked) -> bool:
    return asked.operation == "CreateTopic"


def stores_state(asked: Asked) -> bool:
    return asked.method == "PUT" and ".tfstate" in asked.path and ".tflock" not in asked.path


def test_throttling_without_end_says_so_and_some_is_only_repeated(
    proxy: FaultProxy, endpoint: Endpoint, tmp_path: Path
) -> None:
    machine = machine_behind(proxy, endpoint, tmp_path, "choked")
    proxy.inject(Fault(creates_topic, 400, "Throttling"))
    error = failed(machine, machine.synthesis(), ExitCode.FAILED)
    assert "too many requests" in error.message
    assert find_locks(machine.session) == ()
    proxy.heal()
    proxy.inject(Fault(creates_topic, 400, "Throttling", times=1))
    before = len([asked for asked in proxy.asked if creates_topic(asked)])
    assert applied(machine, machine.synthesis()) == 1
    assert len([asked for asked in proxy.asked if creates_topic(asked)]) == before + 2
    assert not find_leftovers(machine.session, machine.synthesis()).any


def test_a_state_that_could_not_be_stored_is_kept_and_stored_by_recover(
    proxy: FaultProxy, endpoint: Endpoint, tmp_path: Path
) -> None:
    machine = machine_behind(proxy, endpoint, tmp_path, "unstored")
    synthesis = machine.synthesis()
    proxy.inject(Fault(stores_state, 500, "InternalError"))
    error = failed(machine, synthesis, ExitCode.FAILED)
    assert "sitechat recover --env local --repair" in error.hint
    proxy.heal()
    assert find_locks(machine.session) == ()
    left = find_leftovers(machine.session, synthesis)
    assert set(left.errored) == {"first"}
    done = repair(machine.session, synthesis, left, lambda proposal: True)
    assert (done.left.any, done.left.not_looked, done.imported) == (False, (), ())
    assert [(each.layer, each.source) for each in done.restored] == [("first", "errored")]
    assert not left.errored["first"].exists(), "it would be taken for one that waits"
    (first, _) = build_bundle(machine.session, synthesis, PASSED, previews=False).plans
    assert not first.counts.any


def test_credentials_that_expire_half_way_leave_nothing_that_recover_does_not_clear(
    proxy: FaultProxy, endpoint: Endpoint, tmp_path: Path
) -> None:
    machine = machine_behind(proxy, endpoint, tmp_path, "expired")
    more = {"aws_sns_topic_policy": {"late": {"arn": "${aws_sns_topic.here.arn}", "policy": "{}"}}}
    synthesis = machine.synthesis(more=more)
    begun: list[Asked] = []

    def expired(asked: Asked) -> bool:
        if creates_topic(asked):
            begun.append(asked)
            return False
        return bool(begun)

    proxy.inject(Fault(expired, 403, "ExpiredToken"))
    error = failed(machine, synthesis, ExitCode.MISSING)
    assert "Sign in" in error.hint
    assert "sitechat recover --env local --repair" in error.hint
    proxy.heal()
    (lock,) = find_locks(machine.session)
    behind = repair(machine.session, synthesis, find_leftovers(machine.session, synthesis), lambda proposal: True)
    assert (behind.locked, behind.restored, behind.imported) == (("first",), (), ())
    unlock(machine.session, lock.id)
    done = repair(machine.session, synthesis, find_leftovers(machine.session, synthesis), lambda proposal: True)
    assert (done.left.locks, done.left.states, done.left.orphans, done.left.not_looked) == ((), (), (), ())


def test_a_full_disk_is_named(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "full")
    machine.create_backend()
    small = tmp_path / "terraform"
    binary = shlex.quote(str(machine.session.binary))
    small.write_text(f'#!/bin/sh\n[ "$1" = plan ] && ulimit -f 1\nexec {binary} "$@"\n')
    small.chmod(0o755)
    full = replace(machine, session=replace(machine.session, binary=small))
    error = failed(full, machine.synthesis(), ExitCode.FAILED)
    assert "could not be written whole" in error.message
    assert "Free some space" in error.hint
    assert find_locks(machine.session) == ()


def test_a_provider_that_disappeared_is_installed_again(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "gone")
    machine.create_backend()
    synthesis = machine.synthesis()
    terraform = machine.session.terraform(machine.session.work.terraform("local") / "first", "first")
    build_bundle(machine.session, synthesis, PASSED, only=["first"])
    for found in (terraform.dir / ".terraform" / "providers").rglob("linux_*"):
        found.unlink() if found.is_symlink() else None
    error = failed(machine, synthesis, ExitCode.MISSING)
    assert "Run the command again" in error.hint
    assert applied(machine, synthesis) == 1


def test_a_provider_that_is_not_the_published_one_is_refused(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Machine.of(tmp_path / "before", endpoint, "genuine")
    before.create_backend()
    build_bundle(before.session, before.synthesis(), PASSED, only=["first"])
    installed = before.session.work.terraform("local") / "first" / ".terraform" / "providers"
    (genuine,) = installed.glob("*/hashicorp/aws/*/*")
    package = tmp_path / "mirror" / genuine.relative_to(installed)
    package.mkdir(parents=True)
    for file in genuine.iterdir():
        (package / file.name).symlink_to(file.resolve())
    (package / "added").write_text("a file that nobody published")
    monkeypatch.setenv("SITECHAT_PROVIDER_MIRROR", str(tmp_path / "mirror"))
    machine = Machine.of(tmp_path / "after", endpoint, "forged")
    machine.create_backend()
    error = failed(machine, machine.synthesis(), ExitCode.REFUSED)
    assert "not the published one" in error.message
    (package / "added").unlink()
    assert applied(machine, machine.synthesis()) == 1


def test_a_lock_file_with_other_checksums_ends_the_plan_and_is_made_anew(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "altered")
    machine.create_backend()
    synthesis = machine.synthesis()
    build_bundle(machine.session, synthesis, PASSED, only=["first"])
    lock_file = machine.session.work.terraform("local") / "first" / ".terraform.lock.hcl"
    lock_file.write_text(re.sub(r'"h1:.+"', f'"h1:{"A" * 43}="', lock_file.read_text()))
    error = failed(machine, synthesis, ExitCode.MISSING)
    assert "Run the command again" in error.hint
    assert applied(machine, synthesis) == 1
