"""Damaged, deleted or locked states, missing credentials, and protected resources, with real Terraform."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import build_bundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import Leftovers, find_leftovers
from pipeline.recovery.locks import find_locks
from pipeline.recovery.repair import Repaired, repair
from pipeline.recovery.state_objects import StateStore
from pipeline.synth.layers import Synthesis
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


@dataclass(frozen=True)
class Kept:
    """A layer that was applied twice, the second time with one resource more, and its state in the bucket."""

    machine: Machine
    synthesis: Synthesis
    terraform: Terraform
    versions: tuple[str, str]

    @property
    def where(self) -> dict[str, str]:
        place = self.machine.backend("first")
        return {"Bucket": place["bucket"], "Key": place["key"]}

    def look(self) -> Leftovers:
        """What is left; nothing that could not be looked at."""
        left = find_leftovers(self.machine.session, self.synthesis)
        assert left.not_looked == ()
        return left

    def mend(self, **choices: str) -> Repaired:
        """Repair, and look again: nothing is left, and Terraform takes the state."""
        assert self.look().states, "there was nothing to mend"
        done = repair(self.machine.session, self.synthesis, self.look(), lambda proposal: True, choices)
        assert (done.failed, done.left.any, done.left.not_looked) == ((), False, ())
        return done


@pytest.fixture(scope="module")
def kept(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    machine = Machine.of(tmp_path_factory.mktemp("damaged"), endpoint, "damaged")
    machine.create_backend()
    for text in ("before", "now"):
        terraform = connected(machine, input=text)
        assert planned(terraform)
        terraform.apply(terraform.dir / "tfplan")
    key = machine.backend("first")["key"]
    newest, before = StateStore.of(machine.session).versions(key)[key]
    return Kept(machine, machine.bare(input="now"), terraform, (before.id, newest.id))


def test_a_state_that_was_cut_off_is_noticed_and_restored(kept: Kept) -> None:
    s3 = kept.machine.session.client("s3")
    whole = s3.get_object(**kept.where)["Body"].read()
    s3.put_object(**kept.where, Body=whole[: len(whole) // 2])
    error = fails(kept.terraform, ExitCode.FAILED, "not the one the lock table remembers")
    assert "`sitechat recover --env local`" in error.hint
    (restored,) = kept.mend().restored
    assert (restored.layer, restored.source) == ("first", kept.versions[1])
    assert not planned(kept.terraform)


def test_a_state_that_was_deleted_is_noticed_and_restored(kept: Kept) -> None:
    kept.machine.session.client("s3").delete_object(**kept.where)
    kept.mend()
    assert not planned(kept.terraform)


def test_where_the_digest_is_of_no_version_a_person_chooses_and_terraform_takes_it(kept: Kept) -> None:
    s3 = kept.machine.session.client("s3")
    s3.put_object(**kept.where, Body=s3.get_object(**kept.where, VersionId=kept.versions[0])["Body"].read())
    state = kept.machine.session.env.state_backend
    row = {"LockID": {"S": f"{state.bucket}/{kept.where['Key']}-md5"}, "Digest": {"S": "f" * 32}}
    kept.machine.session.client("dynamodb").put_item(TableName=state.table, Item=row)
    (finding,) = kept.look().states
    assert finding.chosen is None
    serial = max(each.serial for each in finding.candidates)
    done = kept.mend(first=kept.versions[0])
    assert [each.serial for each in done.restored] == [serial + 1]
    assert planned(kept.terraform), "it is the state before the last change"
    kept.terraform.apply(kept.terraform.dir / "tfplan")
    assert not kept.look().any


def test_an_empty_state_is_taken_where_every_copy_is_lost(endpoint: Endpoint, tmp_path: Path) -> None:
    machine = Machine.of(tmp_path, endpoint, "lost")
    machine.create_backend()
    state = machine.session.env.state_backend
    row = {"LockID": {"S": f"{state.bucket}/{machine.backend('first')['key']}-md5"}, "Digest": {"S": "f" * 32}}
    machine.session.client("dynamodb").put_item(TableName=state.table, Item=row)
    synthesis = machine.bare(input="one")
    left = find_leftovers(machine.session, synthesis)
    done = repair(machine.session, synthesis, left, lambda proposal: True, {"first": "empty"})
    assert not done.left.any
    assert planned(connected(machine, input="one"))


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
