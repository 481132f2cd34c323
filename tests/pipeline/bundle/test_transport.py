"""Bundles in the state bucket: a fetched bundle equals the published one, or is refused."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from pipeline.bundle.manifest import FORMAT, Manifest, PlannedLayer, bundle_id
from pipeline.bundle.store import file_hashes
from pipeline.bundle.transport import LIMIT_BYTES, fetch_published, object_key, publish_bundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.work import Work
from tests.support.environments import varied

ENV = varied("dev", account_id="222222222222")
LAYER = PlannedLayer("first", False, "f" * 64, {"bucket": ENV.state_backend.bucket}, "lineage", 3, "")
MANIFEST = Manifest(
    format=FORMAT,
    env="dev",
    account=ENV.account_id,
    region=ENV.region,
    created="2026-01-15T12:00:00Z",
    expires="2026-01-16T12:00:00Z",
    commit="c" * 40,
    synth_sha256="5" * 64,
    versions={"terraform": "1.11.4"},
    scan={"passed": True},
    layers=(LAYER,),
)
Files = dict[str, bytes]


class Bucket(Session):
    """A session with a stubbed S3 client."""

    stub: Stubber

    def client(self, service: str, region: str | None = None, *, read_seconds: int | None = None) -> Any:
        assert service == "s3"
        return self.stub.client


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bucket]:
    made = Bucket(ENV, "dev", Work(tmp_path), {}, Path("terraform"))
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    object.__setattr__(made, "stub", Stubber(boto3.client("s3", **keys)))
    made.stub.activate()
    yield made
    made.stub.assert_no_pending_responses()


def sealed(**changes: bytes) -> tuple[str, Files]:
    """Id and files of a bundle; `changes` replace files after sealing (`__` stands for `/` in a name)."""
    files: Files = {"first/tfplan": b"plan", "synth/manifest.json": b"{}"}
    folder_hashes = {name: hashed(content) for name, content in files.items()}
    seal = {**MANIFEST.field_hashes, **folder_hashes}
    files |= {"manifest.json": json.dumps(MANIFEST.to_json()).encode(), "seal.json": json.dumps(seal).encode()}
    return bundle_id(MANIFEST.created, seal), files | {name.replace("__", "/"): each for name, each in changes.items()}


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed(files: Mapping[str, bytes]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return into.getvalue()


def holds(here: Bucket, bundle: str, content: bytes, *, length: int | None = None) -> None:
    """Make the stubbed bucket answer with an object under the bundle's id."""
    answer = {
        "Body": StreamingBody(io.BytesIO(content), len(content)),
        "ContentLength": len(content) if length is None else length,
    }
    here.stub.add_response("get_object", answer, asked(here, bundle))


def asked(here: Bucket, bundle: str) -> dict[str, str]:
    key = object_key(here, bundle)
    return {"Bucket": ENV.state_backend.bucket, "Key": key, "ExpectedBucketOwner": ENV.account_id}


def left(here: Bucket) -> list[str]:
    return [path.name for path in here.work.bundles("dev").glob("*")]


def test_each_environment_has_a_place_of_its_own(here: Bucket) -> None:
    assert object_key(here, "id") == "bundles/sitechat/dev/id.zip"


def test_what_was_published_comes_back_the_same_and_private(here: Bucket, tmp_path: Path) -> None:
    bundle, files = sealed()
    source = tmp_path / "elsewhere" / bundle
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    sent: list[bytes] = []
    # The bucket encrypts with its KMS key by default and refuses any other, so the request names none.
    here.stub.add_response("put_object", {}, {**asked(here, bundle), "Body": ANY})
    here.stub.client.meta.events.register(
        "provide-client-params.s3.PutObject", lambda params, **_: sent.append(params["Body"])
    )
    assert publish_bundle(here, source) == object_key(here, bundle)
    holds(here, bundle, sent[0])
    fetch_published(here, bundle)
    arrived = here.work.bundles("dev") / bundle
    assert file_hashes(arrived) == file_hashes(source)
    assert {path.stat().st_mode & 0o077 for path in arrived.rglob("*")} == {0}
    assert left(here) == [bundle]


def test_a_bundle_that_cannot_be_published_is_still_here(here: Bucket, tmp_path: Path) -> None:
    here.stub.add_client_error("put_object", "AccessDenied", http_status_code=403)
    with pytest.raises(SitechatError, match="AccessDenied") as caught:
        publish_bundle(here, tmp_path)
    assert caught.value.code is ExitCode.FAILED


def test_a_bundle_that_is_here_is_not_fetched(here: Bucket) -> None:
    bundle, _ = sealed()
    (here.work.bundles("dev") / bundle).mkdir(parents=True)
    fetch_published(here, bundle)


@pytest.mark.parametrize("wanted", ["latest", "../../dev", "nope", "20260115T120000Z-XYZ", ""])
def test_only_an_id_is_asked_for(here: Bucket, wanted: str) -> None:
    fetch_published(here, wanted)
    assert left(here) == []


def test_a_bundle_nobody_published_is_left_to_whoever_looks_for_it(here: Bucket) -> None:
    bundle, _ = sealed()
    here.stub.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=asked(here, bundle))
    fetch_published(here, bundle)
    assert left(here) == []


def test_a_bucket_that_cannot_be_read_is_named(here: Bucket) -> None:
    here.stub.add_client_error("get_object", "AccessDenied", http_status_code=403)
    with pytest.raises(SitechatError, match="AccessDenied") as caught:
        fetch_published(here, sealed()[0])
    assert caught.value.code is ExitCode.FAILED


def another_manifest() -> tuple[str, bytes]:
    """A bundle whose files match its seal, under the id of another bundle."""
    bundle, files = sealed()
    seal = json.loads(files["seal.json"]) | {"first/tfplan": hashed(b"evil")}
    return bundle, packed({**files, "first/tfplan": b"evil", "seal.json": json.dumps(seal).encode()})


CHANGED: dict[str, tuple[Callable[[], tuple[str, bytes]], str]] = {
    "plan": (lambda: (sealed()[0], packed(sealed(first__tfplan=b"evil")[1])), "first/tfplan: was altered"),
    "added": (lambda: (sealed()[0], packed(sealed(first__more=b"")[1])), "first/more: was altered"),
    "sealed anew": (another_manifest, "id: the folder is called"),
    "manifest": (
        lambda: (sealed()[0], packed({**sealed()[1], "manifest.json": b"[]"})),
        "format is None",
    ),
    "outside": (lambda: (sealed()[0], packed({**sealed()[1], "../evil": b""})), "leads out of it"),
    "absolute": (lambda: (sealed()[0], packed({**sealed()[1], "/tmp/evil": b""})), "leads out of it"),
    "no archive": (lambda: (sealed()[0], b"nothing of the kind"), "archive: "),
    "empty": (lambda: (sealed()[0], packed({})), "manifest.json can't be read"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_an_object_that_is_not_the_bundle_is_refused_and_leaves_nothing(here: Bucket, change: str) -> None:
    make, named = CHANGED[change]
    bundle, content = make()
    holds(here, bundle, content)
    with pytest.raises(SitechatError, match=named) as caught:
        fetch_published(here, bundle)
    assert caught.value.code is ExitCode.REFUSED
    assert left(here) == []
    assert not list(here.work.root.rglob("evil"))


def test_an_object_of_another_size_is_not_even_read(here: Bucket) -> None:
    bundle, _ = sealed()
    holds(here, bundle, b"", length=LIMIT_BYTES + 1)
    with pytest.raises(SitechatError, match="larger than") as caught:
        fetch_published(here, bundle)
    assert caught.value.code is ExitCode.REFUSED
