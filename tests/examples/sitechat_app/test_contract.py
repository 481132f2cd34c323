"""The application does what its documents say: the contract's variables, the image's versions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from constructs_lib.containers.task import VOLUMES, ContainerSettings
from examples.sitechat_app.settings import load_settings
from local_aws.images import pack
from tests.examples.sitechat_app.conftest import aws_variables

ROOT = Path(__file__).resolve().parents[3]
PINS = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "examples/sitechat_app/requirements.txt").read_text(), re.MULTILINE)


class Recorder(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_the_contract_names_the_variables_that_are_read() -> None:
    aws, local = Recorder(aws_variables("https://search.example")), Recorder({"SITECHAT_MODE": "local"})
    load_settings(aws)
    load_settings(local)
    text = (ROOT / "docs/application-contract.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == aws.asked
    assert set(re.findall(r"`(SITECHAT_[A-Z_]+|AWS_REGION|PORT)`", text)) == aws.asked | local.asked


@pytest.mark.parametrize(("name", "pinned"), PINS)
def test_the_image_gets_the_versions_tested_here(name: str, pinned: str) -> None:
    assert version(name) == pinned


def test_the_image_is_what_the_task_definition_expects() -> None:
    """The Dockerfile sets user, health check, and a `/tmp` that this user can write to on a mounted volume."""
    dockerfile = (ROOT / "examples/sitechat_app/Dockerfile").read_text().splitlines()
    container = ContainerSettings(image="app", port=8080)
    assert "USER 10001:10001" in dockerfile
    assert f"VOLUME {json.dumps([VOLUMES['tmp']])}" in dockerfile
    _, *command = container.health_command
    (check,) = (line for line in dockerfile if line.startswith("HEALTHCHECK"))
    assert check.endswith(f" CMD {json.dumps(command)}")


def test_the_image_holds_all_that_the_application_imports_of_this_repository(tmp_path: Path) -> None:
    context = ROOT / "examples/sitechat_app"
    image = pack(context, tmp_path, Path(sys.executable), named={"passages": ROOT / "passages"})
    program = (
        f"import sys; sys.path.insert(0, {str(image.tree / 'app')!r})\n"
        "import sitechat_app.bedrock, sitechat_app.search\n"
        "print(*(sys.modules[name].__file__ for name in ('sitechat_app', 'passages')))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        str(image.tree / "app" / name / "__init__.py") for name in ("sitechat_app", "passages")
    ]
    assert not list(image.tree.rglob("README.md"))
