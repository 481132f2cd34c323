"""Record what the provider asks of AWS for each resource type: `python -m tests.e2e.record_rights`, an hour.

Deploys two environments to the emulated AWS, changes and destroys them; together they have every resource type of any
environment, of the backend and of the CI's roles. Writes policies/rights/requests.toml; see tools/rights/.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local_aws.endpoint import RunFiles
from local_aws.recording import read_recording
from pipeline.terraform.tools import find_terraform
from pipeline.work import Work, private_dir
from tests.e2e.checkout import Checkout, checkout
from tests.e2e.environment_files import as_toml, emulated
from tests.support.environments import ROOT
from tools.rights.provider_log import Call, read_calls
from tools.rights.write import write_requests

# Together they have every resource type; the first is made for the emulated AWS.
ENVIRONMENTS = ("local", "prod")
AS_THEY_ARE = ("local",)
REQUESTS = "requests.jsonl"
# Tags are on nearly everything: one that changes and one that goes show how each type is changed.
FIRST: Mapping[str, Mapping[str, Any]] = {
    "ci": {"repository": "acme/site-chat"},
    "tags": {"Purpose": "rights", "Owner": "nobody"},
}
# What a person may change; no more than the gate and the emulators accept.
THEN: Mapping[str, Mapping[str, Any]] = {
    "tags": {"Purpose": "recording"},
    "service": {"cpu": 1024, "memory_mib": 2048, "max_tasks": 8},
    "edge": {"rate_limit_per_5_minutes": 1234},
    "monitoring": {"cpu_alarm_percent": 71},
    "budget": {"monthly_usd": 700},
}
# Folders in which Terraform runs for bootstrap, by their beginnings.
BOOTSTRAP = ("backend", "ci.")
WRAPPER = """#!/bin/sh
export TF_LOG=JSON TF_LOG_CORE=OFF TF_LOG_PROVIDER=DEBUG TF_LOG_PATH="{folder}/$(basename "$PWD").$$.log"
export TF_APPEND_USER_AGENT="step/$1/$(basename "$PWD")"
exec "{terraform}" "$@"
"""


def log_provider(made: Checkout) -> Path:
    """Let Terraform write the provider's log into files of the folder that is returned."""
    folder = made.root / "provider-logs"
    folder.mkdir()
    wrapper = made.root / "bin" / "terraform"
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(WRAPPER.format(folder=folder, terraform=os.path.realpath(find_terraform())))
    wrapper.chmod(0o755)
    made.variables["SITECHAT_TERRAFORM"] = str(wrapper)
    return folder


def logged(folder: Path) -> Iterator[Call]:
    """Every call in the provider's logs."""
    for path in sorted(folder.glob("*.log")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            yield from read_calls(lines, "bootstrap" if path.name.startswith(BOOTSTRAP) else "layers")


def live(made: Checkout, file: Path) -> None:
    """Bootstrap with a CI, deploy, change, destroy, and give up the CI."""
    text = file.read_text()
    made.must("local", "up")
    for values in (FIRST, {**FIRST, **THEN}):
        file.write_text(_with(text, values))
        made.must("bootstrap", "--env", str(file))
        made.must("deploy", "--env", str(file), "--yes")
    made.must("destroy", "--env", str(file), "--yes")
    file.write_text(text)
    made.must("bootstrap", "--env", str(file))


def _with(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    data = tomllib.loads(text)
    return as_toml(data | {section: {**data.get(section, {}), **given} for section, given in values.items()})


def record(name: str, kept: Path) -> None:
    """Live one environment, and keep the provider's logs and the gateway's recording in a folder."""
    with TemporaryDirectory() as folder, checkout(Path(folder) / name) as made:
        logs = log_provider(made)
        try:
            live(made, emulated(name, made.root) if name not in AS_THEY_ARE else _copy(made, name))
        finally:
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(logs, kept)
            shutil.copy(RunFiles(made.work.local).requests, kept / REQUESTS)


def _copy(made: Checkout, name: str) -> Path:
    path = made.root / "emulated" / f"{name}.toml"
    path.parent.mkdir()
    shutil.copy(made.root / "environments" / f"{name}.toml", path)
    return path


def main(arguments: Sequence[str] | None = None) -> None:
    """Record the environments, and write the file from all that is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("environments", nargs="*", default=ENVIRONMENTS, help="default: %(default)s")
    parser.add_argument("--again", action="store_true", help="deploy nothing: read what the last time kept")
    given = parser.parse_args(arguments)
    kept = private_dir(Work(ROOT).dir / "rights")
    for name in () if given.again else given.environments:
        print(f"recording {name}", flush=True)
        record(name, kept / name)
    calls = {call for folder in kept.iterdir() for call in logged(folder)}
    asked = {each for folder in kept.iterdir() for each in read_recording(folder / REQUESTS)}
    write_requests(calls, asked)


if __name__ == "__main__":
    main()
