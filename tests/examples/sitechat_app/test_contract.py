"""The application does what its documents say: the contract's variables, the image's versions."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.containers.task import VOLUMES
from examples.sitechat_app.settings import load_settings
from local_aws.images import pack
from local_aws.images.dockerfile import read_dockerfile
from pipeline.operations.sbom import list_packages
from pipeline.operations.source import BuildSource, base_image
from tests.examples.sitechat_app.conftest import aws_variables
from tests.support.shared import environment

ROOT = Path(__file__).resolve().parents[3]
DOCKERFILE = (ROOT / "examples/sitechat_app/Dockerfile").read_text()
REQUIREMENTS = (ROOT / "examples/sitechat_app/requirements.txt").read_text()
CONTRACT = (ROOT / "docs/application-contract.md").read_text()
PINS = re.findall(r"^([\w-]+)==(\S+)", REQUIREMENTS, re.MULTILINE)


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
    assert set(re.findall(r"`((?:SITECHAT|OTEL)_[A-Z_]+|AWS_REGION|PORT)`", text)) == aws.asked | local.asked


@pytest.mark.parametrize(("name", "pinned"), PINS)
def test_the_image_gets_the_versions_tested_here(name: str, pinned: str) -> None:
    assert version(name) == pinned


def last_stage() -> dict[str, list[str]]:
    """Instructions of the image's last stage: what follows each word, continued lines joined."""
    text = DOCKERFILE.replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    start = max(number for number, (word, _, _) in enumerate(lines) if word == "FROM")
    found: dict[str, list[str]] = {}
    for word, _, rest in lines[start:]:
        found.setdefault(word, []).append(" ".join(rest.split()))
    return found


def task_definition() -> dict[str, Any]:
    """The container that the infrastructure starts from the image."""
    service = environment("dev")["service"]
    (container,) = json.loads(service.one("aws_ecs_task_definition")["container_definitions"])
    return dict(container)


def test_the_image_runs_as_the_user_of_the_task_definition_and_the_contract() -> None:
    (user,) = last_stage()["USER"]
    assert user == task_definition()["user"]
    assert f"user {user.partition(':')[0]}," in CONTRACT
    assert read_dockerfile(DOCKERFILE, frozenset({"passages"})).settings.user == user


def test_its_volumes_are_those_that_the_task_definition_mounts() -> None:
    (volumes,) = (json.loads(each) for each in last_stage()["VOLUME"])
    mounted = [each["containerPath"] for each in task_definition()["mountPoints"]]
    assert volumes == mounted == [VOLUMES["tmp"]]
    assert f"`VOLUME {json.dumps(volumes)}`" in CONTRACT


def test_its_health_check_is_that_of_the_task_definition_and_the_contract() -> None:
    (check,) = last_stage()["HEALTHCHECK"]
    options, _, command = check.partition(" CMD ")
    asked = task_definition()["healthCheck"]
    assert asked["command"] == ["CMD", *json.loads(command)]
    assert f"`{json.dumps(asked['command'])}`" in CONTRACT
    seconds = {name: int(number) for name, number in re.findall(r"--([a-z-]+)=(\d+)", options)}
    given = {"interval": "interval", "timeout": "timeout", "start-period": "startPeriod", "retries": "retries"}
    assert seconds == {name: asked[key] for name, key in given.items()}


def test_it_is_stopped_by_the_signal_that_the_application_heeds() -> None:
    (signal,) = last_stage()["STOPSIGNAL"]
    assert signal == read_dockerfile(DOCKERFILE, frozenset({"passages"})).settings.stop_signal
    assert f"\n| {signal} | goes on answering" in CONTRACT
    assert f"signal.{signal}" in (ROOT / "examples/sitechat_app/server.py").read_text()


def test_it_listens_where_the_load_balancer_asks() -> None:
    assert last_stage()["EXPOSE"] == [str(task_definition()["portMappings"][0]["containerPort"])]


def test_every_stage_is_built_on_one_small_base_by_its_digest() -> None:
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert set(bases) == {"python:${PYTHON_TAG}@${PYTHON_DIGEST}"}
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", arguments["PYTHON_DIGEST"])
    assert re.fullmatch(r"3\.13\.\d+-slim-[a-z]+", arguments["PYTHON_TAG"]), "an exact Python, without build tools"
    (labels,) = last_stage()["LABEL"]
    assert labels.split() == [
        "org.opencontainers.image.base.name=docker.io/library/python:${PYTHON_TAG}",
        "org.opencontainers.image.base.digest=${PYTHON_DIGEST}",
    ]
    base = base_image(ROOT / "examples/sitechat_app")
    assert base == f"python:{arguments['PYTHON_TAG']}@{arguments['PYTHON_DIGEST']}"


def test_what_is_built_depends_on_no_time_and_no_index_of_packages() -> None:
    """A floating frontend, a package without hash, or a compiled file with a time would change the digest."""
    assert "syntax=" not in DOCKERFILE
    for name, _ in PINS:
        wheels = re.search(
            rf"^{re.escape(name)}==\S+((?: \\\n    --hash=sha256:[0-9a-f]{{64}})+)$", REQUIREMENTS, re.MULTILINE
        )
        assert wheels, f"{name} has no hash"
    runs = " ".join(re.findall(r"^RUN (.+?)(?<!\\)$", DOCKERFILE, re.MULTILINE | re.DOTALL))
    install = re.search(r"pip --python \S+ install (.+?) &&", runs.replace("\\\n", " "), re.DOTALL)
    assert install
    assert {"--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"} <= set(install[1].split())
    assert runs.count("compileall") == runs.count("compileall -q --invalidation-mode unchecked-hash") == 2
    assert re.findall(r"^ARG SOURCE_DATE_EPOCH$", DOCKERFILE, re.MULTILINE) == ["ARG SOURCE_DATE_EPOCH"] * 2


def test_its_packages_can_be_listed() -> None:
    told = list_packages(BuildSource(ROOT / "examples/sitechat_app", "v1", "c0ffee"), "app", f"sha256:{'0' * 64}")
    assert len(told["components"]) == len(PINS) + 1


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
