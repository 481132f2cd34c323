"""`sitechat image push` in the emulated AWS: no Docker, a digest of the files, and the files where tasks find them."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

import local_aws
from local_aws.images import find_image
from pipeline import session as session_module
from pipeline.errors import ExitCode
from tests.pipeline.operations.support import REGISTRY, Account, Push, Ran, Run, commit

DOCKERFILE = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY app.py /app/\nRUN true\nENTRYPOINT ["python", "app.py"]\n'


@pytest.fixture
def images(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run's folder of images; the account's environment is emulated from here on, and Docker is nowhere."""
    with account.file.open("a") as file:
        file.write("protection = false\nauto_approve = true\n[emulator]\nenabled = true\n")
    monkeypatch.setattr(local_aws, "status", lambda folder: account.endpoint)
    monkeypatch.setattr(session_module, "repo_root", lambda: tmp_path)
    return local_aws.images_folder(tmp_path / ".sitechat" / "local")


@pytest.fixture
def push(account: Account, repository: str, images: Path, context: Path, run: Run) -> Push:
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "app.py").write_text("print()\n")
    commit(context.parent)

    def push_it(*arguments: str) -> Ran:
        return run("image", "push", "--env", account.file, "--context", context, *arguments)

    return push_it


def test_it_prints_the_lines_of_a_real_push(push: Push, account: Account, repository: str) -> None:
    ran = push("--tag", "v1")
    assert ran.code == 0, ran.err
    (image,) = account.client("ecr").describe_images(repositoryName=repository)["imageDetails"]
    assert image["imageTags"] == ["v1"]
    assert ran.out.startswith(f"{REGISTRY}/{repository}:v1\ndigest: {image['imageDigest']}\nscan: not scanned: ")
    assert ran.out.endswith(f"next: sitechat deploy --env {account.file}\n")
    assert "not run here: RUN true" in ran.err


def test_the_digest_is_that_of_the_manifest_and_leads_to_the_files(push: Push, account: Account, images: Path) -> None:
    told = json.loads(push("--tag", "v1", "--json").out)
    kept = account.client("ecr").batch_get_image(
        repositoryName=told["repository"].partition("/")[2], imageIds=[{"imageTag": "v1"}]
    )
    manifest = kept["images"][0]["imageManifest"]
    assert told["digest"] == f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    image = find_image(images, told["digest"])
    assert image is not None
    assert (image.tree / "app" / "app.py").read_text() == "print()\n"
    assert (image.interpreter, image.settings.entrypoint) == (Path(sys.executable), ("python", "app.py"))


def test_other_files_have_another_digest_and_equal_ones_the_same(push: Push, context: Path) -> None:
    digests = [json.loads(push("--tag", tag, "--json").out)["digest"] for tag in ("v1", "v2")]
    (context / "app.py").write_text("print(1)\n")
    digests.append(json.loads(push("--tag", "v3", "--json").out)["digest"])
    assert digests[0] == digests[1] != digests[2]


def test_status_lists_it(push: Push, run: Run, account: Account) -> None:
    push("--tag", "v1")
    assert "  v1  sha256:" in run("image", "status", "--env", account.file).out


def test_what_a_process_cannot_stand_for_is_refused_with_its_line(push: Push, context: Path) -> None:
    (context / "Dockerfile").write_text(f"{DOCKERFILE}ONBUILD RUN true\n")
    ran = push("--tag", "v1")
    assert ran.code == ExitCode.USAGE
    assert "Dockerfile:6: ONBUILD is not read here" in ran.err


def test_a_python_without_the_requirements_is_refused(push: Push, context: Path) -> None:
    (context / "requirements.txt").write_text("no-such-package-at-all==1.0\n")
    ran = push("--tag", "v1")
    assert ran.code == ExitCode.MISSING
    assert "lacks no-such-package-at-all" in ran.err
