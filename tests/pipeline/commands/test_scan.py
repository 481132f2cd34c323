"""`sitechat scan --dir`: exit 0 or 4, only JSON on stdout, SARIF, JUnit, stock checkov on the exported copy."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from config import load
from pipeline.cli import main
from pipeline.errors import ExitCode
from pipeline.synth.layers import Synthesis
from tests.pipeline.scan import samples
from tests.pipeline.scan.samples import Configs

Write = Callable[[Configs], Synthesis]


@pytest.fixture
def configs() -> Configs:
    """The green configuration, as data."""
    return samples.green()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write layers, with the network proof and the lists about whole environments switched off, and read them back."""
    monkeypatch.setattr("pipeline.scan.vouching.unvouched", lambda layers, env, order: [])
    monkeypatch.setattr("policies.proof.catalogue.unproven_network", lambda account, env: ())
    # Nor does the environment make them: what a folder is compared with is the subject of test_synthesised.py.
    command = importlib.import_module("pipeline.commands.scan")
    monkeypatch.setattr(command, "_synthesise", lambda env_ref, target: (load(env_ref), None))
    return lambda configs: samples.write(tmp_path / "synth", configs)


def scan(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["scan", *arguments])
    return int(stopped.value.code or 0)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An environment without waivers: those of all environments are about resources that these few layers lack."""
    (tmp_path / "root" / "policies").mkdir(parents=True)
    (tmp_path / "root" / "policies" / "waivers.toml").touch()
    monkeypatch.setattr(importlib.import_module("pipeline.scan.gate"), "repo_root", lambda: tmp_path / "root")
    path = tmp_path / "sandbox.toml"
    path.write_text('account_id = "111111111111"\n')
    return str(path)


def test_green_is_0(configs: Configs, write: Write, environment: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(configs)
    assert scan("--env", environment, "--dir", str(write(configs).dir), "--json") == 0
    assert json.loads(capsys.readouterr().out)["resources_seen"] == 8


def test_red_is_4_and_every_file_is_written(
    configs: Configs, write: Write, environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    files = {"--sarif": tmp_path / "scan.sarif", "--junit": tmp_path / "scan.xml", "--export": tmp_path / "copy"}
    options = [text for flag, path in files.items() for text in (flag, str(path))]
    assert scan("--env", environment, "--dir", str(write(configs).dir), *options) == 4
    assert "CKV_AWS_7" in capsys.readouterr().out
    assert all(path.exists() for path in files.values())


def test_a_folder_without_a_synthesis_is_4(environment: str, tmp_path: Path) -> None:
    assert scan("--env", environment, "--dir", str(tmp_path / "nothing")) == 4


def test_a_truncated_file_is_4(configs: Configs, write: Write, environment: str) -> None:
    synthesis = write(configs)
    path = synthesis.layers[0].path
    path.write_bytes(path.read_bytes()[:-1])
    assert scan("--env", environment, "--dir", str(synthesis.dir)) == 4


@pytest.mark.slow  # stock checkov, in a process of its own that loads all its runners
def test_stock_checkov_reads_the_exported_copy(
    configs: Configs, write: Write, environment: str, tmp_path: Path
) -> None:
    """Stock checkov finds nothing in the exported copy that the gate didn't find."""
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    configs["service"]["resource"]["aws_lb"] = {"alb": {"internal": True}}
    report = tmp_path / "scan.sarif"
    copy = tmp_path / "copy"
    scan("--env", environment, "--dir", str(write(configs).dir), "--sarif", str(report), "--export", str(copy))
    stock = Path(sys.executable).with_name("checkov")
    output = subprocess.run(
        [stock, "-d", copy, "--framework", "terraform_json", "-o", "json", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"BC_SKIP_MAPPING": "TRUE"},  # otherwise checkov fetches guidelines from its vendor
    ).stdout
    failed = {check["check_id"] for check in json.loads(output)["results"]["failed_checks"]}
    ours = {result["ruleId"] for result in json.loads(report.read_text())["runs"][0]["results"]}
    assert "CKV_AWS_7" in failed
    assert failed <= ours


@pytest.mark.parametrize("option", ["--sarif", "--junit", "--export"])
def test_a_place_that_cannot_be_written_is_a_usage_error(
    option: str, configs: Configs, write: Write, environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    place = str(tmp_path / "taken" / "deeper")
    words = ("--env", environment, "--dir", str(write(configs).dir), option, place)
    assert scan(*words) == ExitCode.USAGE
    assert f"{option} {place} can't be written" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--sarif", "--junit", "--export"])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_a_pipe_a_device_and_a_folder_are_refused_before_the_scan(
    option: str, kind: str, environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / ("main.tf.json" if option == "--export" else "place")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to("/dev/full")
    else:
        place.mkdir()
    given = str(place.parent if option == "--export" else place)
    assert scan("--env", environment, "--dir", str(tmp_path / "nothing"), option, given) == ExitCode.USAGE
    assert f"{option} {given} can't be written" in capsys.readouterr().err


def test_one_file_for_two_reports_is_refused(
    environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to("one")
    words = ("--env", environment, "--sarif", str(tmp_path / "one"), "--junit", str(tmp_path / "link"))
    assert scan(*words) == ExitCode.USAGE
    assert "--junit names the same file as --sarif" in capsys.readouterr().err


KEY = "infrastructure/aws_kms_key.main"


def test_waive_prints_the_entry_that_accepts_a_finding_once_it_is_filled_in(
    configs: Configs, write: Write, environment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As printed the gate refuses it; with a reason and an owner it is green."""
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    words = ("--env", environment, "--dir", str(write(configs).dir))
    assert scan(*words, "--waive", KEY, "CKV_AWS_7") == 0
    shown = capsys.readouterr()
    assert "paste it into policies/waivers.toml" in shown.err
    assert "move" in shown.err  # the file is outside environments/
    file = tmp_path / "root" / "policies" / "waivers.toml"
    file.write_text(shown.out)
    assert scan(*words, "--json") == ExitCode.GATE
    assert "reason must be a non-empty str" in capsys.readouterr().out
    filled = shown.out.replace('reason = ""', 'reason = "this key is replaced by hand every year"')
    file.write_text(filled.replace('owner = ""', 'owner = "platform"'))
    assert scan(*words) == 0


def test_waive_with_json_prints_one_object(
    configs: Configs, write: Write, environment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    assert scan("--env", environment, "--dir", str(write(configs).dir), "--waive", KEY, "CKV_AWS_7", "--json") == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["address"], entry["check"], entry["paste_into"]) == (KEY, "CKV_AWS_7", "policies/waivers.toml")
    assert tomllib.loads(entry["entry"])["waiver"][0]["environments"] == ["sandbox"]


@pytest.mark.parametrize(
    ("address", "check", "hint"),
    [
        (KEY, "CKV_AWS_338", "Findings there: CKV_AWS_7"),
        ("infrastructure/aws_kms_key.other", "CKV_AWS_7", f"CKV_AWS_7 is found at: {KEY}"),
        ("nowhere", "nothing", "lists what there is"),
    ],
)
def test_waive_refuses_a_finding_that_is_not_there(
    address: str, check: str, hint: str, configs: Configs, write: Write, environment: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    del configs["infrastructure"]["resource"]["aws_kms_key"]["main"]["enable_key_rotation"]
    words = ("--env", environment, "--dir", str(write(configs).dir))
    assert scan(*words, "--waive", address, check) == ExitCode.USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert hint in " ".join(shown.err.split())
