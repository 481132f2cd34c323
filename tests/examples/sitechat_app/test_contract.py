"""The application does what its documents say: the contract's variables, the image's versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

from constructs_lib.containers.task import VOLUMES, ContainerSettings
from examples.sitechat_app.settings import load_settings
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
