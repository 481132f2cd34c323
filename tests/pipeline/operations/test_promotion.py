"""`sitechat image promote`: two environments of the emulated AWS, whose registry keeps layers by repository."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import local_aws
from config import load
from pipeline import session as session_module
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import contents
from pipeline.operations.contents import find_referrers, put_blob, put_manifest, read_blob, read_manifest
from pipeline.operations.manifests import MANIFESTS, UnknownFormError, sha256, stored_manifest
from pipeline.operations.promotion import promote_image
from pipeline.operations.registry import DeployedRepository
from pipeline.session import Session
from tests.pipeline.operations.support import REGISTRY, Account, Ran, Run, commit

IMAGE, INDEX = MANIFESTS[2], MANIFESTS[3]
NEVER = '[image]\nstop_release_at = "never"\n'


@dataclass
class Pair:
    """Two environments of one account with a repository each, and the client of their registry."""

    first: Path
    second: Path
    client: Any
    run: Run

    def repository(self, file: Path) -> DeployedRepository:
        name = f"sitechat-{file.stem}-app"
        return DeployedRepository(name, f"{REGISTRY}/{name}", self.client)

    @property
    def source(self) -> DeployedRepository:
        return self.repository(self.first)

    @property
    def target(self) -> DeployedRepository:
        return self.repository(self.second)

    def promote(self, *arguments: str) -> Ran:
        return self.run("image", "promote", "--from", self.first, "--to", self.second, "--json", *arguments)

    def tags(self, repository: DeployedRepository) -> dict[str, set[str]]:
        found = self.client.describe_images(repositoryName=repository.name)["imageDetails"]
        return {each["imageDigest"]: set(each.get("imageTags", ())) for each in found}


@pytest.fixture
def pair(account: Account, run: Run) -> Pair:
    second = account.file.with_name(f"{account.env}b.toml")
    with account.file.open("a") as file:
        file.write(NEVER)
    second.write_text(account.file.read_text())
    session = session_module.open_session(str(account.file), needs_terraform=False)
    made = Pair(account.file, second, session.client("ecr"), run)
    for repository in (made.source, made.target):
        made.client.create_repository(repositoryName=repository.name, imageTagMutability="IMMUTABLE")
    return made


def stored(repository: DeployedRepository, content: bytes, kind: str = "layer") -> dict[str, Any]:
    """A blob in a repository; how a manifest names it."""
    put_blob(repository, sha256(content), io.BytesIO(content))
    return {"mediaType": f"application/vnd.oci.image.{kind}.v1+json", "digest": sha256(content), "size": len(content)}


def image(
    repository: DeployedRepository, *layers: bytes, tag: str = "", architecture: str = "arm64", **more: Any
) -> str:
    """An image in a repository: its digest."""
    config = stored(repository, json.dumps({"architecture": architecture, "os": "linux"}).encode(), "config")
    named = [stored(repository, each) for each in layers]
    return manifest(repository, tag, {"mediaType": IMAGE, "config": config, "layers": named, **more})


def manifest(repository: DeployedRepository, tag: str, content: dict[str, Any]) -> str:
    text = json.dumps({"schemaVersion": 2, **content})
    put_manifest(repository, stored_manifest(text, sha256(text.encode())), tag=tag)
    return sha256(text.encode())


def test_an_image_keeps_its_digest_and_every_byte(pair: Pair) -> None:
    large = b"x" * 200_000
    digest = image(pair.source, large, b"small", tag="v1")
    done = pair.promote("--image", "v1")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["digest"], told["tag"], told["blobs"], told["copied"]) == (digest, "v1", 3, True)
    assert pair.tags(pair.target) == {digest: {"v1"}}
    assert read_manifest(pair.target, digest) == read_manifest(pair.source, digest)
    assert read_blob(pair.target, sha256(large)) == large


def test_a_second_time_copies_nothing(pair: Pair) -> None:
    image(pair.source, b"layer", tag="v1")
    first, second = json.loads(pair.promote("--image", "v1").out), json.loads(pair.promote("--image", "v1").out)
    assert (second["digest"], second["blobs"], second["copied"]) == (first["digest"], 0, False)


def test_an_index_comes_with_all_its_images(pair: Pair) -> None:
    digest, inner = index(pair.source, "v1", "arm64", "amd64")
    done = pair.promote("--image", "v1")
    assert done.code == 0, done.err
    assert json.loads(done.out)["digest"] == digest
    assert set(pair.tags(pair.target)) == {digest, *inner}


def test_signatures_and_lists_of_packages_come_along(pair: Pair) -> None:
    digest = image(pair.source, b"layer", tag="v1")
    subject = read_manifest(pair.source, digest).descriptor
    kind = "application/vnd.cncf.notary.signature"
    signature = image(pair.source, b"signature", artifactType=kind, subject=subject)
    done = pair.promote("--image", digest)
    assert json.loads(done.out)["referrers"] == 1
    (found,) = find_referrers(pair.target, digest) or ()
    assert (found.digest, found.artifact_type) == (signature, kind)


def test_a_release_of_the_first_environment_is_none_of_the_second(pair: Pair) -> None:
    digest = image(pair.source, b"layer", tag="v1")
    pair.source.add_tag(digest, "release-20261201T000000Z-ab")
    pair.promote("--image", digest)
    assert pair.tags(pair.target) == {digest: {"v1"}}


def test_a_tag_with_another_image_there_is_refused_and_nothing_is_copied(pair: Pair) -> None:
    image(pair.source, b"one", tag="v1")
    other = image(pair.target, b"two", tag="v1")
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.REFUSED
    assert other in json.loads(done.out)["error"]["message"]
    assert list(pair.tags(pair.target)) == [other]


def test_an_image_for_another_processor_is_refused(pair: Pair) -> None:
    image(pair.source, b"one", tag="v1", architecture="amd64")
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.USAGE
    assert "is built for amd64" in json.loads(done.out)["error"]["message"]
    assert pair.tags(pair.target) == {}


def test_a_layer_that_lies_elsewhere_is_refused(pair: Pair) -> None:
    config = stored(pair.source, b'{"architecture": "arm64"}', "config")
    layer = {**stored(pair.source, b"x"), "urls": ["https://example.com/x"]}
    manifest(pair.source, "v1", {"mediaType": IMAGE, "config": config, "layers": [layer]})
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.USAGE
    assert "lies elsewhere: https://example.com/x" in json.loads(done.out)["error"]["message"]


def test_an_index_in_an_index_is_refused(pair: Pair) -> None:
    inner = manifest(pair.source, "", {"mediaType": INDEX, "manifests": []})
    named = [read_manifest(pair.source, inner).descriptor]
    manifest(pair.source, "v1", {"mediaType": INDEX, "manifests": named})
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.USAGE
    assert "an index inside of another one" in json.loads(done.out)["error"]["message"]


def test_findings_are_judged_by_what_the_second_environment_says(pair: Pair) -> None:
    digest = image(pair.source, b"layer", tag="v1")
    pair.second.write_text(pair.second.read_text().replace('"never"', '"HIGH"'))
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.GATE
    assert "it was never scanned" in json.loads(done.out)["error"]["message"]
    pair.client.start_image_scan(repositoryName=pair.source.name, imageId={"imageDigest": digest})
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.GATE
    assert "CVE-9999-9999 in moto_fake" in json.loads(done.out)["error"]["message"]
    assert pair.tags(pair.target) == {}


@pytest.mark.parametrize(("given", "named"), [((), "DIGEST"), (("--image", "v1"), "v1")])
def test_an_environment_promotes_nothing_to_itself_and_what_does_instead_is_named(
    pair: Pair, given: tuple[str, ...], named: str
) -> None:
    done = pair.run("image", "promote", "--from", pair.first, "--to", pair.first, *given, "--json")
    error = json.loads(done.out)["error"]
    assert done.code == ExitCode.USAGE
    assert error["message"].startswith(f"--from and --to both name {pair.first.stem}")
    assert f"sitechat release --env {pair.first} --image {named}" in error["hint"]
    assert f"sitechat image status --env {pair.first}" in error["hint"]


def test_one_environment_by_name_and_by_file_is_one() -> None:
    one, other = (SimpleNamespace(env=load("dev"), env_ref=each) for each in ("dev", "environments/dev.toml"))
    with pytest.raises(SitechatError, match="both name dev"):
        promote_image(cast("Session", one), cast("Session", other), None)


def test_one_repository_of_two_environments_is_none_to_promote_to(pair: Pair) -> None:
    image(pair.source, b"layer", tag="v1")
    pair.second.write_text(pair.second.read_text().replace("[image]", f'[image]\nrepository = "{pair.source.name}"'))
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.USAGE
    assert "have the same repository" in json.loads(done.out)["error"]["message"]


@pytest.mark.parametrize("wanted", ["v9", "sha256:12", f"sha256:{'A' * 64}", f"sha256:{'0' * 64}", "app:v1"])
def test_an_image_that_is_not_there_is_none_to_promote(pair: Pair, wanted: str) -> None:
    image(pair.source, b"layer", tag="v1")
    done = pair.promote("--image", wanted)
    assert done.code == ExitCode.USAGE
    assert f"has no image {wanted!r}" in json.loads(done.out)["error"]["message"]
    assert pair.tags(pair.target) == {}


REFERS = "application/vnd.cncf.notary.signature"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"config": {"mediaType": "x"}, "layers": []},
        {"config": {"digest": "sha256:0"}, "layers": []},
        {"blobs": [{"digest": f"sha256:{'1' * 64}"}]},
        {"mediaType": INDEX, "manifests": [{"platform": None}]},
    ],
    ids=["nothing", "no digest", "no such digest", "an artifact of old", "an index of nothing"],
)
def test_what_refers_to_an_image_in_an_unknown_form_stays_and_is_told(pair: Pair, form: dict[str, Any]) -> None:
    digest = image(pair.source, b"layer", tag="v1")
    subject = read_manifest(pair.source, digest).descriptor
    odd = manifest(pair.source, "", {"mediaType": IMAGE, "artifactType": REFERS, "subject": subject, **form})
    known = image(pair.source, b"signature", artifactType=REFERS, subject=subject)
    done = pair.promote("--image", "v1")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["referrers"], told["left_behind"]) == (1, [odd])
    assert f"left behind, as its form is unknown: {odd}" in done.err
    assert set(pair.tags(pair.target)) == {digest, known}


@pytest.mark.parametrize(
    "form",
    [
        {"mediaType": IMAGE},
        {"mediaType": IMAGE, "config": {"digest": f"sha256:{'1' * 64}"}, "layers": {"digest": "x"}},
        {"mediaType": INDEX},
        {"mediaType": INDEX, "manifests": [None]},
        {"mediaType": INDEX, "manifests": [{"digest": 7}]},
    ],
)
def test_an_image_of_an_unknown_form_is_not_copied(pair: Pair, form: dict[str, Any]) -> None:
    digest = manifest(pair.source, "v1", form)
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.FAILED
    assert f"{digest} has a manifest of an unknown form" in json.loads(done.out)["error"]["message"]
    assert pair.tags(pair.target) == {}


@pytest.mark.parametrize(
    "form",
    [[], {"config": [], "layers": None}, {"config": None}, {"config": 7, "manifests": {}}, {"manifests": [{}]}],
)
def test_what_a_manifest_does_not_name_by_digest_is_unknown(form: Any) -> None:
    text = json.dumps(form)
    stored = stored_manifest(text, sha256(text.encode()), INDEX)
    for read in stored.blobs, stored.images, lambda: stored.for_platform("linux/arm64"):
        with pytest.raises(UnknownFormError, match=f"{stored.digest} has a manifest of an unknown form"):
            read()


@pytest.mark.parametrize("text", ["[]", "7", "{", "{}", '{"mediaType": "text/plain"}'])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(UnknownFormError, match="of an unknown form"):
        stored_manifest(text, sha256(text.encode()))
    assert stored_manifest(text, sha256(text.encode()), IMAGE).content in ({}, {"mediaType": "text/plain"})


def index(repository: DeployedRepository, tag: str, *architectures: str) -> tuple[str, list[str]]:
    """An index of images, one for each processor: its digest, and theirs."""
    inner = [image(repository, each.encode(), architecture=each) for each in architectures]
    parts = [
        {**read_manifest(repository, digest).descriptor, "platform": {"architecture": each, "os": "linux"}}
        for digest, each in zip(inner, architectures, strict=True)
    ]
    return manifest(repository, tag, {"mediaType": INDEX, "manifests": parts}), inner


def test_of_an_index_the_image_that_tasks_run_is_judged(pair: Pair) -> None:
    """ECR scans the images of an index one by one, and never the index."""
    digest, (arm, amd) = index(pair.source, "v1", "arm64", "amd64")
    pair.second.write_text(pair.second.read_text().replace('"never"', '"HIGH"'))
    pair.client.start_image_scan(repositoryName=pair.source.name, imageId={"imageDigest": amd})
    done = pair.promote("--image", "v1")
    message = json.loads(done.out)["error"]["message"]
    assert (done.code, f"{digest} (linux/arm64: {arm}) is not released" in message) == (ExitCode.GATE, True)
    assert "it was never scanned" in message
    pair.client.start_image_scan(repositoryName=pair.source.name, imageId={"imageDigest": arm})
    assert "CVE-9999-9999 in moto_fake" in json.loads(pair.promote("--image", "v1").out)["error"]["message"]
    pair.second.write_text(pair.second.read_text().replace('"HIGH"', '"CRITICAL"'))
    done = pair.promote("--image", "v1")
    found = json.loads(done.out)["findings"]
    assert (found["status"], found["platform"], found["images"]) == ("COMPLETE", "linux/arm64", [arm])
    assert f"{digest} (linux/arm64: {arm}): 1 finding, none of which stops a release (CRITICAL)" in done.err


def test_without_a_service_the_image_has_to_be_named(pair: Pair, account: Account) -> None:
    bucket = session_module.open_session(str(pair.first), needs_terraform=False).env.state_backend.bucket
    account.client("s3").create_bucket(Bucket=bucket)
    done = pair.promote()
    assert done.code == ExitCode.USAGE
    assert "nothing runs in" in json.loads(done.out)["error"]["message"]


def test_credentials_of_the_wrong_account_name_the_option(pair: Pair) -> None:
    pair.second.write_text(pair.second.read_text().replace("123456789012", "210987654321"))
    done = pair.promote("--image", "v1")
    assert done.code == ExitCode.MISSING
    assert "--to-profile" in json.loads(done.out)["error"]["hint"]


def test_a_profile_that_there_is_not_is_told(pair: Pair) -> None:
    done = pair.promote("--image", "v1", "--from-profile", "nobodys")
    assert done.code == ExitCode.MISSING
    assert "nobodys" in json.loads(done.out)["error"]["message"] + json.loads(done.out)["error"]["hint"]


def test_each_account_is_asked_with_the_credentials_of_its_profile(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws_config"
    keys = "aws_access_key_id = {}\naws_secret_access_key = emulated\n"
    config.write_text(f"[profile here]\n{keys.format('123456789012')}[profile there]\n{keys.format('210987654321')}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    accounts = {
        profile: session_module.open_session(str(file), needs_terraform=False, profile=profile)
        .client("sts")
        .get_caller_identity()["Account"]
        for profile, file in (("here", pair.first), ("there", elsewhere(pair.second)))
    }
    assert accounts == {"here": "123456789012", "there": "210987654321"}


def elsewhere(file: Path) -> Path:
    file.write_text(file.read_text().replace("123456789012", "210987654321"))
    return file


def test_a_layer_that_arrives_with_other_bytes_is_kept_by_nobody(pair: Pair) -> None:
    wanted = sha256(b"what was meant")
    with pytest.raises(SitechatError, match="arrived with other bytes"):
        put_blob(pair.target, wanted, io.BytesIO(b"what came"))
    assert list(contents.missing_blobs(pair.target, [wanted])) == [wanted]


@pytest.mark.parametrize(("content", "most"), [(b"other bytes", 4 << 20), (b"large", 4)])
def test_a_blob_that_is_not_what_its_name_says_is_not_read(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, content: bytes, most: int
) -> None:
    digest = stored(pair.source, b"large")["digest"]
    monkeypatch.setattr(contents, "SMALL", most)
    monkeypatch.setattr(contents, "open_blob", lambda repository, digest: io.BytesIO(content))
    with pytest.raises(SitechatError, match=f"{digest} isn't what its name says"):
        read_blob(pair.source, digest)


def test_a_manifest_under_a_wrong_name_is_not_read() -> None:
    with pytest.raises(SitechatError, match="is in truth"):
        stored_manifest("{}", f"sha256:{'0' * 64}")
    with pytest.raises(SitechatError, match="unknown form"):
        stored_manifest("{}", f"sha256:{hashlib.sha256(b'{}').hexdigest()}")


def test_what_was_packed_without_docker_is_promoted_as_well(
    pair: Pair, context: Path, tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in (pair.first, pair.second):
        kept = file.read_text().replace(NEVER, "")
        file.write_text(f"{kept}protection = false\nauto_approve = true\n[emulator]\nenabled = true\n")
    monkeypatch.setattr(local_aws, "status", lambda folder: account.endpoint)
    monkeypatch.setattr(session_module, "repo_root", lambda: tmp_path)
    (context / "Dockerfile").write_text('FROM python:3.13-slim\nCOPY app.py /app/\nENTRYPOINT ["python", "app.py"]\n')
    (context / "app.py").write_text("print()\n")
    commit(context.parent)
    pushed = pair.run("image", "push", "--env", pair.first, "--context", context, "--tag", "v1", "--json")
    done = pair.promote("--image", "v1")
    assert done.code == 0, done.err
    assert json.loads(done.out)["digest"] == json.loads(pushed.out)["digest"]
    assert "nobody scans in the emulated AWS" in done.err
