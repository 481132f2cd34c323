"""The list of an image's packages: what it declares, what it refuses, and where the registry has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import session as session_module
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.contents import find_referrers, read_blob, read_manifest
from pipeline.operations.registry import DeployedRepository
from pipeline.operations.sbom import CYCLONEDX, list_packages
from pipeline.operations.source import BuildSource, base_image
from tests.pipeline.operations.support import REGISTRY, Account, Push, Run, commit

DIGEST = f"sha256:{'ab' * 32}"
BASE = f"python:3.13-slim@sha256:{'b' * 64}"


def source(folder: Path, requirements: str, dockerfile: str = f"FROM {BASE}\n") -> BuildSource:
    (folder / "requirements.txt").write_text(requirements)
    (folder / "Dockerfile").write_text(dockerfile)
    return BuildSource(folder, "v1", "c0ffee")


def test_it_lists_packages_with_their_versions_and_the_base(tmp_path: Path) -> None:
    text = (
        "# a comment\nstarlette==1.10.0  # why\nTyping_Extensions==4.16.0 \\\n  --hash=sha256:00 --hash=sha256:11\n\n"
    )
    told = list_packages(source(tmp_path, text), "app", DIGEST)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["version"] == "c0ffee"
    assert [each.get("purl") or each["bom-ref"] for each in told["components"]] == [
        BASE,
        "pkg:pypi/starlette@1.10.0",
        "pkg:pypi/typing-extensions@4.16.0",
    ]


@pytest.mark.parametrize(
    "line", ["starlette", "starlette>=1.0", "-r other.txt", "git+https://example.com/x", "a==1; b"]
)
def test_a_line_that_names_no_exact_version_is_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(SitechatError, match="names no exact version") as refused:
        list_packages(source(tmp_path, f"six==1.17.0\n{line}\n"), "app", DIGEST)
    assert refused.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("dockerfile", "base"),
    [
        (f"FROM {BASE}\n", BASE),
        (f"ARG PYTHON={BASE}\nFROM ${{PYTHON}} AS build\nRUN true\nFROM --platform=linux/arm64 $PYTHON\n", BASE),
        ("FROM scratch\n", None),
        ("FROM $UNSET\n", None),
    ],
)
def test_the_base_is_that_of_the_last_stage(dockerfile: str, base: str | None, tmp_path: Path) -> None:
    assert base_image(source(tmp_path, "", dockerfile).context) == base


def test_a_push_attaches_it_once(push: Push, run: Run, account: Account, repository: str, context: Path) -> None:
    with account.file.open("a") as file:
        file.write("[image]\nsbom = true\n")
    source(context, "six==1.17.0\n")
    commit(context.parent)
    told = json.loads(push("--tag", "v1", "--json").out)
    again = json.loads(push("--tag", "v1", "--json").out)
    assert told["sbom"] == again["sbom"]
    client = session_module.open_session(str(account.file), needs_terraform=False).client("ecr")
    kept = DeployedRepository(repository, f"{REGISTRY}/{repository}", client)
    (found,) = find_referrers(kept, told["digest"]) or ()
    assert (found.digest, found.artifact_type) == (told["sbom"], CYCLONEDX)
    (layer,) = read_manifest(kept, found.digest).content["layers"]
    assert '"pkg:pypi/six@1.17.0"' in read_blob(kept, layer["digest"]).decode()
    assert [image.digest for image in kept.images()] == [told["digest"]], "a list is no image"


def test_what_can_not_be_listed_is_refused_before_it_is_built(
    push: Push, account: Account, repository: str, context: Path
) -> None:
    with account.file.open("a") as file:
        file.write("[image]\nsbom = true\n")
    ran = push("--tag", "v1")
    assert ran.code == ExitCode.USAGE
    assert "has no requirements.txt" in ran.err
    assert account.client("ecr").describe_images(repositoryName=repository)["imageDetails"] == []
