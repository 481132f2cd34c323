"""Calls to Terraform and the handling of its output. Scripts stand in for Terraform."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform import Terraform
from pipeline.terraform.command import PROVIDERS
from tests.pipeline.conftest import FakeTool
from tests.support import shared

# Records its call, then does what the test prescribes.
LOG = 'echo "$@" >> calls\n'


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "first"
    (folder / ".terraform").mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": {"s3": {"bucket": "states"}}}}))
    return folder


def terraform(work: Path, tool: Path) -> Terraform:
    return Terraform(work, dict(os.environ), tool, "dev", "first")


def calls(work: Path) -> list[str]:
    return (work / "calls").read_text().splitlines()


def test_init_is_repeated_only_when_something_changed(work: Path, fake_tool: FakeTool) -> None:
    subject = terraform(work, fake_tool("terraform", LOG))
    assert [subject.init(), subject.init()] == [True, False]
    (work / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": {"s3": {"bucket": "others"}}}}))
    assert subject.init()
    assert calls(work) == ["init -input=false -no-color -reconfigure"] * 2


def test_init_starts_from_the_checksums_of_the_published_providers(work: Path, fake_tool: FakeTool) -> None:
    subject = terraform(
        work, fake_tool("terraform", LOG + "cp .terraform.lock.hcl seen; echo more >> .terraform.lock.hcl")
    )
    (work / ".terraform.lock.hcl").write_text("somebody's")
    assert subject.init()
    assert (work / "seen").read_bytes() == PROVIDERS.read_bytes()
    assert not subject.init()
    assert (work / ".terraform.lock.hcl").read_text().endswith("more\n"), "what Terraform added stays"


def test_the_locked_provider_is_the_one_that_layers_require() -> None:
    version = required_version()
    text = PROVIDERS.read_text()
    assert re.findall(r"(?:version|constraints) += \"(.+)\"", text) == [version, version]
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', text))) == 15, "one archive a platform, and the manifest"


def required_version() -> str:
    (layer, *_) = shared.synthesis("local").layers
    return str(layer.config["terraform"]["required_providers"]["aws"]["version"])


def test_a_failed_init_is_tried_again(work: Path, fake_tool: FakeTool) -> None:
    subject = terraform(work, fake_tool("terraform", LOG + "exit 1"))
    for _ in range(2):
        with pytest.raises(SitechatError):
            subject.init()
    assert len(calls(work)) == 2


def test_state_moves_only_when_asked(work: Path, fake_tool: FakeTool) -> None:
    terraform(work, fake_tool("terraform", LOG)).init(migrate=True)
    assert calls(work) == ["init -input=false -no-color -migrate-state -force-copy"]


@pytest.mark.parametrize(("status", "changes"), [(0, False), (2, True)])
def test_a_plan_says_whether_there_are_changes_and_is_private(
    work: Path, fake_tool: FakeTool, tmp_path: Path, status: int, changes: bool
) -> None:
    out = tmp_path / "bundle" / "tfplan"
    tool = fake_tool("terraform", LOG + f"umask 022; echo plan > {out}; exit {status}")
    assert terraform(work, tool).plan(out, destroy=True, targets=("aws_vpc.net",)) is changes
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    call = calls(work)[0]
    assert call.startswith(f"plan -input=false -no-color -out={out} -detailed-exitcode -lock-timeout=")
    assert call.endswith("-destroy -target=aws_vpc.net")


def test_an_errored_plan_leaves_no_file(work: Path, fake_tool: FakeTool, tmp_path: Path) -> None:
    out = tmp_path / "bundle" / "tfplan"
    tool = fake_tool("terraform", f"echo plan > {out}; exit 1")
    with pytest.raises(SitechatError) as caught:
        terraform(work, tool).plan(out)
    assert caught.value.code is ExitCode.FAILED
    assert not out.exists()


def test_a_plan_that_calls_itself_errored_is_refused(work: Path, fake_tool: FakeTool) -> None:
    with pytest.raises(SitechatError, match="incomplete") as caught:
        terraform(work, fake_tool("terraform", """echo '{"errored": true}'""")).show_plan(work / "tfplan")
    assert caught.value.code is ExitCode.REFUSED


def test_a_warning_on_stdout_does_not_spoil_a_plan(work: Path, fake_tool: FakeTool) -> None:
    tool = fake_tool("terraform", """printf 'Warning: Deprecated Parameter\\n\\n{"complete": true}\\n'""")
    assert terraform(work, tool).show_plan(work / "tfplan") == {"complete": True}


def test_progress_counts_what_is_done(work: Path, fake_tool: FakeTool) -> None:
    script = "echo 'aws_vpc.net: Creating...'; echo 'aws_vpc.net: Creation complete after 1s [id=vpc-1]'"
    said: list[str] = []
    subject = Terraform(work, dict(os.environ), fake_tool("terraform", script), "dev", "first", said.append)
    subject.apply(work / "tfplan", total=3)
    assert said == ["0/3 aws_vpc.net", "1/3 aws_vpc.net"]


def test_apply_takes_the_saved_plan_and_never_asks(work: Path, fake_tool: FakeTool) -> None:
    terraform(work, fake_tool("terraform", LOG)).apply(work / "tfplan")
    assert calls(work)[0].startswith("apply -input=false -no-color -lock-timeout=")
    assert calls(work)[0].endswith(str(work / "tfplan"))


def test_validate_reports_terraforms_error(work: Path, fake_tool: FakeTool) -> None:
    tool = fake_tool("terraform", "printf '╷\\n│ Error: Unsupported argument\\n╵\\n' >&2; exit 1")
    with pytest.raises(SitechatError, match="Error: Unsupported argument"):
        terraform(work, tool).validate()


def test_import_names_what_it_takes_and_waits_for_the_lock(work: Path, fake_tool: FakeTool) -> None:
    subject = terraform(work, fake_tool("terraform", LOG))
    subject.import_resource("aws_sns_topic.alarms", "arn:aws:sns:x")
    (imported,) = calls(work)
    assert imported.startswith("import -input=false -no-color -lock-timeout=")
    assert imported.endswith("aws_sns_topic.alarms arn:aws:sns:x")


def test_after_a_failure_the_next_run_connects_anew(work: Path, fake_tool: FakeTool) -> None:
    subject = terraform(work, fake_tool("terraform", LOG + '[ "$1" = init ]'))
    assert subject.init()
    assert not subject.init()
    with pytest.raises(SitechatError):
        subject.validate()
    assert subject.init()


def test_a_killed_terraform_is_told_from_a_failed_one(work: Path, fake_tool: FakeTool) -> None:
    with pytest.raises(SitechatError, match="was killed") as caught:
        terraform(work, fake_tool("terraform", "kill -9 $$")).apply(work / "tfplan")
    assert caught.value.code is ExitCode.FAILED
    assert "recover" in caught.value.hint
