"""Damaged, deleted or locked states, missing credentials, and protected resources, with real Terraform."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import build_bundle
from pipeline.bundle.entries import entry_ids, read_entries
from pipeline.bundle.entry import Entry
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.locks import find_locks
from pipeline.terraform import Terraform, command
from tests.e2e.machines import LOGS, PASSED, Machine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


def connected(machine: Machine, **resource: object) -> Terraform:
    """Terraform in the first layer of a machine that has no provider."""
    synthesis = machine.bare(**resource)
    terraform = machine.session.opened(synthesis.layer("first"))
    terraform.init()
    return terraform


def planned(terraform: Terraform) -> bool:
    """Plan; return whether there are changes."""
    return terraform.plan(terraform.dir / "tfplan")


def fails(terraform: Terraform, code: ExitCode, words: str) -> SitechatError:
    with pytest.raises(SitechatError, match=words) as caught:
        planned(terraform)
    assert caught.value.code is code, caught.value.message
    assert not (terraform.dir / "tfplan").exists()
    return caught.value


def test_a_state_that_was_cut_off_or_deleted_is_noticed_and_restored(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "damaged")
    machine.create_backend()
    terraform = connected(machine)
    assert planned(terraform)
    terraform.apply(terraform.dir / "tfplan")
    s3, place = machine.session.client("s3"), machine.backend("first")
    where = {"Bucket": place["bucket"], "Key": place["key"]}
    whole = s3.get_object(**where)["Body"].read()
    s3.put_object(**where, Body=whole[: len(whole) // 2])
    fails(terraform, ExitCode.FAILED, "not the one the lock table remembers")
    s3.delete_object(**where)
    fails(terraform, ExitCode.FAILED, "not the one the lock table remembers")
    s3.put_object(**where, Body=whole)
    assert not planned(terraform)
    assert find_locks(machine.session) == ()


def test_a_lock_file_alone_keeps_others_out_and_is_named(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LOCK_SECONDS", 1)
    machine = Machine.of(tmp_path, endpoint, "lockfile")
    machine.create_backend()
    terraform = connected(machine)
    place = machine.backend("first")
    info = {"ID": "11111111-0000-4000-8000-000000000000", "Who": "ann@desk", "Operation": "OperationTypePlan"}
    body = json.dumps(info | {"Created": "2026-01-15T12:00:00Z", "Version": "1.11.4", "Info": "", "Path": "x"}).encode()
    machine.session.client("s3").put_object(Bucket=place["bucket"], Key=f"{place['key']}.tflock", Body=body)
    fails(terraform, ExitCode.LOCKED, info["ID"])
    (lock,) = find_locks(machine.session)
    assert (lock.id, lock.places) == (info["ID"], ("S3",))


def test_a_plan_that_ended_with_an_error_leaves_nothing_to_apply(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "errored")
    machine.create_backend()
    wrong = {"condition": '${terraform.workspace == "nowhere"}', "error_message": "not here"}
    fails(connected(machine, lifecycle={"precondition": [wrong]}), ExitCode.FAILED, "not here")
    assert find_locks(machine.session) == ()


def test_without_credentials_signing_in_comes_first(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "nobody")
    machine.create_backend()
    nobody = Machine.of(
        tmp_path,
        endpoint,
        "nobody",
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_EC2_METADATA_DISABLED="true",
    )
    with pytest.raises(SitechatError, match="no credentials") as caught:
        connected(nobody)
    assert caught.value.code is ExitCode.MISSING
    assert "Sign in" in caught.value.hint


def test_what_holds_data_and_vanished_from_the_code_goes_only_when_it_is_named(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    machine = Machine.of(tmp_path, endpoint, "guarded", protection=True)
    machine.create_backend()
    logs = {"aws_cloudwatch_log_group": {"app": {"name": "/guarded/app", **LOGS}}}
    apply_bundle(
        machine.session, build_bundle(machine.session, machine.synthesis(more=logs), PASSED, only=["first"]).id
    )
    without = build_bundle(machine.session, machine.synthesis(), PASSED, only=["first"])
    with pytest.raises(SitechatError, match=r"first: aws_cloudwatch_log_group\.app") as caught:
        apply_bundle(machine.session, without.id)
    assert caught.value.code is ExitCode.REFUSED
    option, text = shlex.split(caught.value.hint.partition(": ")[2])
    groups = machine.session.client("logs")
    assert groups.describe_log_groups(logGroupNamePrefix="/guarded")["logGroups"]
    assert (option, apply_bundle(machine.session, without.id, allow=[text]).resources) == ("--allow", 1)
    assert groups.describe_log_groups(logGroupNamePrefix="/guarded")["logGroups"] == []
    history_is_seen_elsewhere(machine, machine.twin(tmp_path / "elsewhere", endpoint), without.id)


def history_is_seen_elsewhere(machine: Machine, other: Machine, last: str) -> None:
    """Both applies are recorded for another machine; what was refused before it began isn't."""
    ids = entry_ids(other.session)
    newest, first = read_entries(other.session, ids)
    assert isinstance(newest, Entry)
    assert isinstance(first, Entry)
    assert (newest.command, newest.result, newest.bundles) == ("apply", "succeeded", (last,))
    assert newest.addresses == (("destroy", "first/aws_cloudwatch_log_group.app"),)
    assert (first.counts.add, first.layers["first"].status) == (2, "done")
    assert newest.role
    assert "@" not in newest.role + newest.session
    assert find_locks(machine.session) == ()
