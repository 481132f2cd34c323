"""Whose bucket is it, and what of the backend exists? AWS's answers are stubbed in botocore, not in our code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipeline.adoption import bucket_is_ours, existing, importable
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Layer
from pipeline.session import Session
from pipeline.work import Work
from tests.support.environments import varied

ENV = varied("dev", account_id="222222222222")
BUCKET = ENV.state_backend.bucket
BACKEND = {
    "resource": {
        "aws_s3_bucket": {"state": {"bucket": BUCKET}},
        "aws_s3_bucket_versioning": {"state": {"bucket": BUCKET}},
        "aws_dynamodb_table": {"lock": {"name": ENV.state_backend.table}},
        "aws_kms_key": {"key": {}},
        "aws_kms_alias": {"alias": {"name": ENV.state_backend.key_alias}},
    }
}


class StubbedSession(Session):
    """A session whose clients answer from a script."""

    stubs: dict[str, Stubber]

    def client(self, service: str) -> Any:
        return self.stubs[service].client


@pytest.fixture
def session(tmp_path: Path) -> Iterator[StubbedSession]:
    made = StubbedSession(ENV, "dev", Work(tmp_path), {}, Path("terraform"))
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    stubs = {name: Stubber(boto3.client(name, **keys)) for name in ("s3", "dynamodb", "kms")}
    object.__setattr__(made, "stubs", stubs)
    for stub in stubs.values():
        stub.activate()
    yield made
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def asked() -> dict[str, str]:
    return {"Bucket": BUCKET, "ExpectedBucketOwner": ENV.account_id}


def test_a_bucket_nobody_has_can_be_created(session: StubbedSession) -> None:
    session.stubs["s3"].add_client_error("head_bucket", "404", http_status_code=404, expected_params=asked())
    assert bucket_is_ours(session) is False


def test_a_bucket_of_this_account_and_region_is_ours(session: StubbedSession) -> None:
    session.stubs["s3"].add_response("head_bucket", {"BucketRegion": "us-east-1"}, asked())
    assert bucket_is_ours(session) is True


def test_a_bucket_of_another_account_is_refused(session: StubbedSession) -> None:
    session.stubs["s3"].add_client_error("head_bucket", "403", http_status_code=403, expected_params=asked())
    with pytest.raises(SitechatError, match=BUCKET) as caught:
        bucket_is_ours(session)
    assert caught.value.code is ExitCode.REFUSED
    assert "nothing was touched" in caught.value.hint


def test_a_bucket_in_another_region_is_refused(session: StubbedSession) -> None:
    session.stubs["s3"].add_response("head_bucket", {"BucketRegion": "eu-west-1"}, asked())
    with pytest.raises(SitechatError, match="is in eu-west-1") as caught:
        bucket_is_ours(session)
    assert caught.value.code is ExitCode.REFUSED


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    path = tmp_path / "cdk.tf.json"
    path.write_text(json.dumps(BACKEND))
    return Layer("backend", path)


def test_only_what_cannot_be_created_twice_is_imported(layer: Layer) -> None:
    assert importable(layer) == {
        "aws_s3_bucket.state",
        "aws_dynamodb_table.lock",
        "aws_kms_key.key",
        "aws_kms_alias.alias",
    }


def test_what_exists_is_found_with_its_import_id(session: StubbedSession, layer: Layer) -> None:
    metadata = {"KeyMetadata": {"KeyId": "mrk-1"}}
    session.stubs["s3"].add_response("head_bucket", {}, asked())
    session.stubs["dynamodb"].add_client_error("describe_table", "ResourceNotFoundException", http_status_code=400)
    for _ in range(2):
        session.stubs["kms"].add_response("describe_key", metadata, {"KeyId": ENV.state_backend.key_alias})
    assert existing(session, layer, importable(layer)) == {
        "aws_s3_bucket.state": BUCKET,
        "aws_kms_key.key": "mrk-1",
        "aws_kms_alias.alias": ENV.state_backend.key_alias,
    }


def test_an_answer_that_says_nothing_about_existence_is_an_error(session: StubbedSession, layer: Layer) -> None:
    session.stubs["dynamodb"].add_client_error("describe_table", "AccessDeniedException", http_status_code=400)
    with pytest.raises(SitechatError, match="AccessDenied") as caught:
        existing(session, layer, {"aws_dynamodb_table.lock"})
    assert caught.value.code is ExitCode.FAILED
