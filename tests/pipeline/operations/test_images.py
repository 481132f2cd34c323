"""`sitechat image`: calls to Docker, and images in the emulated registry afterwards."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.contents import put_manifest
from pipeline.operations.manifests import MANIFESTS, sha256, stored_manifest
from pipeline.operations.registry import DeployedRepository
from pipeline.operations.releases import images
from pipeline.operations.releases.definitions import Revision
from tests.docs.commands import ROOT
from tests.pipeline.operations.support import DIGEST, REGISTRY, TOKEN, Account, Docker, Push, Run, git


def test_push_builds_for_the_services_processor_and_names_the_commit_of_the_folder(
    push: Push, docker: Docker, context: Path, repository: str
) -> None:
    assert push().code == 0
    revision, epoch = git(context, "log", "-1", "--format=%H %ct", "HEAD~1").split()
    arguments, _ = docker.call("buildx build")
    assert arguments == [
        *("buildx", "build", "--platform", "linux/arm64", "--provenance=false", "--pull"),
        *("--output", "type=registry,rewrite-timestamp=true", "--build-arg", f"SOURCE_DATE_EPOCH={epoch}"),
        *("--tag", f"{REGISTRY}/{repository}:{revision[:12]}"),
        *("--label", f"org.opencontainers.image.revision={revision}", str(context)),
    ]


def test_a_folder_that_the_dockerfile_names_is_a_context_of_its_own(push: Push, docker: Docker, context: Path) -> None:
    with (context / "Dockerfile").open("a") as file:
        file.write("COPY --from=passages . /app/passages\n")
    git(context, "commit", "-qam", "passages")
    assert push().code == 0
    arguments, _ = docker.call("buildx build")
    named = arguments[arguments.index("--build-context") + 1]
    assert named == f"passages={ROOT / 'passages'}"


def test_what_is_no_commit_alone_has_the_time_of_its_build(push: Push, docker: Docker, context: Path) -> None:
    (context / "new.py").write_text("")
    assert push("--tag", "tried").code == 0
    arguments, _ = docker.call("buildx build")
    assert arguments[arguments.index("--output") + 1] == "type=registry"
    assert not any(each.startswith("SOURCE_DATE_EPOCH") for each in arguments)


def test_x86_is_built_for_amd64(push: Push, docker: Docker, account: Account) -> None:
    with account.file.open("a") as file:
        file.write('[service]\narchitecture = "X86_64"\n')
    assert push().code == 0
    assert "linux/amd64" in docker.call("buildx build")[0]


def test_the_token_comes_over_standard_input_and_is_nowhere_else(push: Push, docker: Docker) -> None:
    ran = push()
    arguments, stdin = docker.call("login")
    assert (arguments, stdin) == (["login", "--username", "AWS", "--password-stdin", REGISTRY], TOKEN)
    assert TOKEN not in str([arguments for arguments, _ in docker.calls]) + ran.out + ran.err


def test_it_signs_in_for_the_push_alone(push: Push, docker: Docker) -> None:
    push()
    names = [" ".join(arguments[:2]) for arguments, _ in docker.calls]
    assert names[-3:] == ["login --username", "buildx build", f"logout {REGISTRY}"]


def test_it_prints_digest_scan_lines_and_next_command(push: Push, account: Account, repository: str) -> None:
    ran = push("--tag", "v1")
    (image,) = account.client("ecr").describe_images(repositoryName=repository)["imageDetails"]
    assert image["imageTags"] == ["v1"]
    assert f"digest: {image['imageDigest']}\n" in ran.out
    assert re.search(r"^scan: \d+ findings?", ran.out, re.MULTILINE)
    assert f'Put into {account.file}:\n\n[image]\ndigest = "{image["imageDigest"]}"\n' in ran.out
    assert ran.out.endswith(f"next: sitechat deploy --env {account.file}\n")


def test_the_printed_lines_are_what_the_configuration_takes(push: Push, account: Account) -> None:
    from config import load

    ran = push("--tag", "v1")
    lines = ran.out[ran.out.index("[image]") : ran.out.index("next:")]
    with account.file.open("a") as file:
        file.write(lines)
    assert re.fullmatch(DIGEST, load(account.file).image.digest or "")


def test_with_json_stdout_is_one_object_and_what_docker_says_goes_to_stderr(push: Push, repository: str) -> None:
    ran = push("--tag", "v1", "--json")
    found = json.loads(ran.out)
    assert (found["repository"], found["tag"], found["built"]) == (f"{REGISTRY}/{repository}", "v1", True)
    assert re.fullmatch(DIGEST, found["digest"])
    assert found["scan"]["status"] == "COMPLETE"
    assert "building" in ran.err


def test_a_tag_that_is_there_is_not_built_again(push: Push, docker: Docker) -> None:
    first, second = push("--tag", "v1", "--json"), push("--tag", "v1", "--json")
    assert json.loads(second.out) == {**json.loads(first.out), "built": False}
    assert docker.call("buildx build")


def test_a_scan_without_result_exits_8_with_the_digest(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DOCKER_SCANS", "0")
    ran = push()
    assert ran.code == ExitCode.INCOMPLETE
    assert "scan: no result yet" in ran.out
    assert re.search(f"digest: {DIGEST}", ran.out)


def test_a_repository_of_another_name_is_used(run: Run, account: Account, docker: Docker, context: Path) -> None:
    account.client("ecr").create_repository(repositoryName=f"team/{account.env}")
    with account.file.open("a") as file:
        file.write(f'[image]\nrepository = "team/{account.env}"\n')
    run("image", "push", "--env", account.file, "--context", context, "--tag", "v1", "--wait", "0")
    arguments, _ = docker.call("buildx build")
    assert f"{REGISTRY}/team/{account.env}:v1" in arguments


def test_status_lists_the_newest_first_and_marks_what_is_configured(push: Push, run: Run, account: Account) -> None:
    digests = [json.loads(push("--tag", tag, "--json").out)["digest"] for tag in ("v1", "v2")]
    with account.file.open("a") as file:
        file.write(f'[image]\ndigest = "{digests[0]}"\n')
    shown = run("image", "status", "--env", account.file, "--json")
    rows = {row["tags"][0]: row for row in json.loads(shown.out)["images"]}
    assert {tag: (row["digest"], row["configured"]) for tag, row in rows.items()} == {
        "v1": (digests[0], True),
        "v2": (digests[1], False),
    }
    text = run("image", "status", "--env", account.file).out
    assert re.search(rf"^\* v1  {digests[0]}", text, re.MULTILINE)
    assert re.search(rf"^  v2  {digests[1]}", text, re.MULTILINE)


@pytest.mark.parametrize("by_tag", [False, True])
def test_what_runs_is_marked_beside_what_is_configured(
    push: Push, run: Run, account: Account, by_tag: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = [json.loads(push("--tag", tag, "--json").out)["digest"] for tag in ("v1", "v2", "v3")]
    with account.file.open("a") as file:
        file.write(f'[image]\ndigest = "{digests[0]}"\n')
    image = "registry/app:v2" if by_tag else f"registry/app@{digests[1]}"
    service = SimpleNamespace(running="app:7")
    monkeypatch.setattr(images, "deployed_service", lambda session: service)
    monkeypatch.setattr(images, "read_revision", lambda service, arn: Revision(arn, {}, (), image))
    rows = json.loads(run("image", "status", "--env", account.file, "--json").out)["images"]
    assert {row["tags"][0]: (row["runs"], row["configured"]) for row in rows} == {
        "v1": (False, True),
        "v2": (True, False),
        "v3": (False, False),
    }
    lines = [line for line in run("image", "status", "--env", account.file).out.splitlines() if "sha256:" in line]
    assert {(line[:4], line.rpartition("  ")[2]) for line in lines if line.startswith("*")} == {
        ("* v1", "configured"),
        ("* v2", "runs"),
    }


def test_a_service_that_waits_for_its_first_image_runs_none(
    push: Push, run: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    push("--tag", "v1")
    revision = Revision("app:1", {}, (), "registry/app:unreleased")
    monkeypatch.setattr(images, "deployed_service", lambda session: SimpleNamespace(running="app:1"))
    monkeypatch.setattr(images, "read_revision", lambda service, arn: revision)
    (row,) = json.loads(run("image", "status", "--env", account.file, "--json").out)["images"]
    assert row["runs"] is False


def test_a_configured_tag_is_marked_too(push: Push, run: Run, account: Account) -> None:
    push("--tag", "v1")
    push("--tag", "v2")
    with account.file.open("a") as file:
        file.write('[image]\ntag = "v2"\n')
    rows = json.loads(run("image", "status", "--env", account.file, "--json").out)["images"]
    assert [row["tags"] for row in rows if row["configured"]] == [["v2"]]


def test_the_scans_result_is_waited_for(
    push: Push, account: Account, repository: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_DOCKER_SCANS", "0")
    digest = json.loads(push("--json").out)["digest"]
    client = account.client("ecr")
    image = {"imageDigest": digest}
    later = threading.Timer(0.3, lambda: client.start_image_scan(repositoryName=repository, imageId=image))
    later.start()
    scan = DeployedRepository(repository, f"{REGISTRY}/{repository}", client).wait_for_scan(
        digest, seconds=60, pause=0.05
    )
    later.join()
    assert scan.status == "COMPLETE"


def test_of_an_index_that_was_there_the_scan_of_what_tasks_run_is_waited_for(
    push: Push, account: Account, repository: str
) -> None:
    kept = DeployedRepository(repository, f"{REGISTRY}/{repository}", account.client("ecr"))
    inner = json.loads(push("--tag", "inner", "--json").out)["digest"]
    parts = [{"digest": inner, "platform": {"os": "linux", "architecture": "arm64"}}]
    text = json.dumps({"schemaVersion": 2, "mediaType": MANIFESTS[3], "manifests": parts})
    put_manifest(kept, stored_manifest(text, sha256(text.encode())), tag="both")
    done = push("--tag", "both", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["digest"], told["built"], told["scan"]["status"]) == (sha256(text.encode()), False, "COMPLETE")


def test_status_of_an_empty_repository_names_the_next_command(run: Run, account: Account, repository: str) -> None:
    ran = run("image", "status", "--env", account.file)
    assert ran.code == 0
    assert f"{REGISTRY}/{repository}: 0 images" in ran.out
    assert f"next: sitechat image push --env {account.file}" in ran.out
