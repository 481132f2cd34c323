"""`sitechat image status`: findings and waivers, where an image runs, ages, base, signature and list of packages."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import load
from pipeline import session as session_module
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import findings, image_facts
from pipeline.operations.contents import find_referrers, put_blob, put_manifest, read_manifest
from pipeline.operations.image_facts import UNKNOWN, find_running, gather_facts, neighbours
from pipeline.operations.manifests import MANIFESTS, sha256, stored_manifest
from pipeline.operations.registry import DeployedRepository
from pipeline.session import Session
from tests.pipeline.operations.support import REGISTRY, Account, Run

COMMITTED, BASED = "2026-11-20T10:00:00Z", "2026-11-01T08:00:00Z"
BASE = f"sha256:{'b' * 64}"
LABELS = {"org.opencontainers.image.base.name": "python:3.13-slim", "org.opencontainers.image.base.digest": BASE}
HISTORY = [{"created": "2026-10-01T00:00:00Z"}, {"created": BASED}, {"created": COMMITTED}, {"created": COMMITTED}]


@pytest.fixture
def session(account: Account, repository: str) -> Session:
    return session_module.open_session(str(account.file), needs_terraform=False)


@pytest.fixture
def kept(session: Session, repository: str) -> DeployedRepository:
    return DeployedRepository(repository, f"{REGISTRY}/{repository}", session.client("ecr"))


def built(kept: DeployedRepository, tag: str = "v1", **configuration: Any) -> str:
    """An image with this configuration: its digest."""
    return put(kept, tag, {"architecture": "arm64", "created": COMMITTED, **configuration})


def put(kept: DeployedRepository, tag: str, configuration: dict[str, Any], **more: Any) -> str:
    content = json.dumps(configuration).encode()
    put_blob(kept, sha256(content), io.BytesIO(content))
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": sha256(content), "size": len(content)}
    return named(kept, tag, {"mediaType": MANIFESTS[2], "config": config, "layers": [], **more})


def named(kept: DeployedRepository, tag: str, manifest: dict[str, Any]) -> str:
    text = json.dumps({"schemaVersion": 2, **manifest})
    put_manifest(kept, stored_manifest(text, sha256(text.encode())), tag=tag)
    return sha256(text.encode())


def facts(session: Session, kept: DeployedRepository) -> image_facts.ImageFacts:
    (found,) = gather_facts(session, kept, kept.images())
    return found


def test_a_reproducible_image_tells_its_age_and_that_of_its_base(session: Session, kept: DeployedRepository) -> None:
    built(kept, config={"Labels": LABELS}, history=HISTORY)
    found = facts(session, kept)
    assert found.built == datetime.fromisoformat(COMMITTED)
    assert found.base == f"python:3.13-slim@{BASE}"
    assert found.base_built == datetime.fromisoformat(BASED)
    told = found.to_dict(datetime(2026, 12, 1, 10, tzinfo=UTC))
    assert (told["age_days"], told["base_age_days"]) == (11, 30)


@pytest.mark.parametrize(
    "configuration",
    [
        {"config": {"Labels": LABELS}, "history": [{"created": BASED}, {"created": "2026-11-19T00:00:00Z"}]},
        {"config": {"Labels": LABELS}},
        {"config": {"Labels": {}}, "history": HISTORY},
        {"config": None, "history": [{}], "created": "yesterday"},
    ],
    ids=["steps with times of their own", "no history", "no base named", "nothing that can be read"],
)
def test_a_base_whose_age_nothing_tells_has_none(
    session: Session, kept: DeployedRepository, configuration: dict[str, Any]
) -> None:
    built(kept, **configuration)
    assert facts(session, kept).base_built is None


@pytest.mark.parametrize(
    "configuration",
    [
        {"config": ["x"], "history": "x", "created": 7},
        {"config": {"Labels": ["x"]}, "history": ["x", {"created": 7}]},
        {"config": {"Labels": {f"{key}.name": {"x": 1} for key in ("org.opencontainers.image.base",)}}},
    ],
)
def test_an_image_that_says_odd_things_of_itself_is_listed(
    session: Session, kept: DeployedRepository, configuration: dict[str, Any]
) -> None:
    digest = built(kept, **configuration)
    assert facts(session, kept).image.digest == digest
    assert facts(session, kept).base_built is None


@pytest.mark.parametrize("content", [b"x", b"{", b"[]", b"\xff", b"7"])
def test_an_image_whose_configuration_is_none_is_listed(
    session: Session, kept: DeployedRepository, content: bytes
) -> None:
    put_blob(kept, sha256(content), io.BytesIO(content))
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": sha256(content), "size": 1}
    digest = named(kept, "v1", {"mediaType": MANIFESTS[2], "config": config, "layers": [], "annotations": ["x"]})
    found = facts(session, kept)
    assert (found.image.digest, found.built, found.base) == (digest, None, "")


@pytest.mark.parametrize("form", [{"mediaType": MANIFESTS[2]}, {"mediaType": MANIFESTS[3], "manifests": [{}]}])
def test_an_image_of_an_unknown_form_is_listed_beside_the_others(
    session: Session, kept: DeployedRepository, account: Account, run: Run, form: dict[str, Any]
) -> None:
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    odd, known = named(kept, "odd", form), built(kept, "known")
    done = run("image", "status", "--env", account.file, "--json")
    assert done.code == 0, done.err
    rows = {each["digest"]: each for each in json.loads(done.out)["images"]}
    assert set(rows) == {odd, known}
    assert (rows[odd]["findings"]["unscanned"], rows[odd]["built"]) == ("it was never scanned", None)


def test_of_an_index_the_image_that_tasks_run_is_shown(
    session: Session, kept: DeployedRepository, account: Account, run: Run
) -> None:
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    inner = built(kept, "inner", config={"Labels": LABELS}, history=HISTORY)
    part = {"digest": inner, "platform": {"os": "linux", "architecture": "arm64"}}
    digest = named(kept, "both", {"mediaType": MANIFESTS[3], "manifests": [part]})
    account.client("ecr").start_image_scan(repositoryName=kept.name, imageId={"imageDigest": inner})
    lines = run("image", "status", "--env", account.file).out.splitlines()
    (first,) = [number for number, line in enumerate(lines) if digest in line]
    assert lines[first].endswith("  1 finding (1 high)")
    assert f"base python:3.13-slim@{BASE}, " in lines[first + 1]
    assert lines[first + 2] == f"    an index, of which tasks of {account.env} run linux/arm64: {inner}"
    assert lines[first + 3].startswith("    stops a release: HIGH CVE-9999-9999")


class Answering:
    """A registry that knows one image and answers this of it."""

    def __init__(self, detail: dict[str, Any]) -> None:
        self._page = detail

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **given: [self._page])


@pytest.mark.parametrize("detail", [{}, {"imageDigest": BASE}, {"imagePushedAt": datetime.now(UTC)}])
def test_an_image_that_ecr_does_not_name_is_told(detail: dict[str, Any]) -> None:
    with pytest.raises(SitechatError, match="ECR names no digest or time of an image in app"):
        DeployedRepository("app", "r/app", Answering({"imageDetails": [detail]})).images()
    assert DeployedRepository("app", "r/app", Answering({})).images() == ()


@pytest.mark.parametrize("answer", [{}, {"images": []}, {"images": [{}]}])
def test_an_answer_without_a_manifest_is_told(answer: dict[str, Any]) -> None:
    client = SimpleNamespace(batch_get_image=lambda **given: answer)
    with pytest.raises(SitechatError, match=f"app has no {BASE}"):
        read_manifest(DeployedRepository("app", "r/app", client), BASE)


def test_a_referrer_without_a_digest_leaves_unknown_what_refers() -> None:
    client = SimpleNamespace(list_image_referrers=lambda **given: {"referrers": [{"artifactType": "x"}]})
    assert find_referrers(DeployedRepository("app", "r/app", client), BASE) is None


def test_the_registry_is_asked_for_signatures(session: Session, kept: DeployedRepository) -> None:
    digest = built(kept)
    assert facts(session, kept).signature == "none"
    subject = {"mediaType": MANIFESTS[2], "digest": digest, "size": 1}
    put(kept, "sbom-x", {}, artifactType=image_facts.SIGNATURES[0], subject=subject)
    assert facts(session, kept).signature == "attached, not verified here"


class Signer:
    """A registry that signs, or one that doesn't know what that is."""

    def __init__(self, *statuses: dict[str, str]) -> None:
        self._statuses = statuses

    def describe_image_signing_status(self, **given: Any) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        if not self._statuses:
            raise ClientError({"Error": {"Code": "UnknownOperationException"}}, "DescribeImageSigningStatus")
        return {"signingStatuses": self._statuses}


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([{"status": "COMPLETE", "signingProfileArn": "arn:aws:signer:r:1:/signing-profiles/ours"}], "signed by ours"),
        ([{"status": "IN_PROGRESS"}], "being signed by an unnamed profile"),
        ([{"status": "FAILED", "failureReason": "no right"}], "signing failed by an unnamed profile (no right)"),
        ([], UNKNOWN),
    ],
)
def test_what_managed_signing_says_is_told(statuses: list[dict[str, str]], told: str) -> None:
    assert image_facts._signature(DeployedRepository("app", "r/app", Signer(*statuses)), "sha256:0", []) == told


def test_status_shows_findings_what_is_waived_and_what_no_image_needs(
    session: Session,
    kept: DeployedRepository,
    account: Account,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    digest = built(kept, config={"Labels": LABELS}, history=HISTORY)
    shown = run("image", "status", "--env", account.file)
    assert "    stops a release: it was never scanned" in shown.out
    account.client("ecr").start_image_scan(repositoryName=kept.name, imageId={"imageDigest": digest})
    shown = run("image", "status", "--env", account.file)
    assert "    stops a release: HIGH CVE-9999-9999 in moto_fake 9.9.9" in shown.out
    assert f"base python:3.13-slim@{BASE}, " in shown.out
    assert "runs nowhere; " in shown.out
    assert "signature: none; packages: no list" in shown.out

    expires = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    lines = 'environments = "all"\nreason = "the emulator invents this finding"\nowner = "platform"\n'
    waivers = tmp_path / "waivers.toml"
    waivers.write_text(
        f'[[waiver]]\nvulnerability = "CVE-9999-9999"\npackage = "moto_fake"\n{lines}expires = {expires}\n'
        f'[[waiver]]\nvulnerability = "CVE-1-1"\npackage = "gone"\n{lines}expires = {expires}\n'
    )
    monkeypatch.setattr(findings, "WAIVER_FILE", waivers)
    shown = run("image", "status", "--env", account.file)
    assert f"    accepted until {expires} by platform: HIGH CVE-9999-9999" in shown.out
    assert "no image here needs the waiver of CVE-1-1 in gone any more" in shown.out
    (row,) = json.loads(run("image", "status", "--env", account.file, "--json").out)["images"]
    assert row["scan"] == {"status": row["scan"]["status"], "findings": {}} | row["scan"]
    assert (row["findings"]["stops"], row["findings"]["waived"][0]["waiver"]["owner"]) == (False, "platform")
    assert (row["runs_in"], row["signature"], row["sbom"]) == ([], "none", None)


def test_old_images_are_left_out_beyond_the_limit(
    session: Session, kept: DeployedRepository, account: Account, run: Run
) -> None:
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    for number in range(3):
        built(kept, f"v{number}", author=str(number))
    told = json.loads(run("image", "status", "--env", account.file, "--limit", "1", "--json").out)
    assert (told["kept"], len(told["images"])) == (3, 1)
    assert "and 2 older ones" in run("image", "status", "--env", account.file, "--limit", "1").out


def test_environments_are_told_by_the_digest_that_they_run(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    others = [replace(session, env=load(name), env_ref=name) for name in ("dev", "staging", "prod")]
    digests = {session.env.name: "sha256:1", "dev": "sha256:1", "staging": "", "prod": None}

    def running(each: Session) -> str:
        digest = digests[each.env.name]
        if digest is None:
            raise SitechatError("no state bucket", code=ExitCode.MISSING)
        return digest

    monkeypatch.setattr(image_facts, "_running", running)
    assert find_running(session, others) == ({"sha256:1": (session.env.name, "dev")}, {"prod": "no state bucket"})


def test_only_environments_of_this_account_are_asked(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = session.env.account_id
    accounts = {"dev": mine, "staging": "222222222222", "prod": "111111111111", "local": mine}

    def loaded(name: str) -> Any:
        return load(name).model_copy(update={"account_id": accounts[name]})

    monkeypatch.setattr("config.load", loaded)
    reached, elsewhere = neighbours(session)
    assert [each.env.name for each in reached] == ["dev"]
    assert elsewhere == {"staging": "it lives in account 222222222222"}
