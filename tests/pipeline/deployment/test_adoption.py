"""Existing backend resources: owner of the bucket, import ids. The AWS clients are stubbed with botocore's Stubber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from pipeline.deployment.adoption import bucket_is_ours, existing_import_ids, importable_addresses
from pipeline.deployment.bootstrap import update_ci_roles
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth.layers import Layer
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
    """A session with stubbed clients."""

    stubs: dict[str, Stubber]

    def client(self, service: str, region: str | None = None, *, read_seconds: int | None = None) -> Any:
        return self.stubs[service].client


@pytest.fixture
def session(tmp_path: Path) -> Iterator[StubbedSession]:
    made = StubbedSession(ENV, "dev", Work(tmp_path), {}, Path("terraform"))
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    stubs = {name: Stubber(boto3.client(name, **keys)) for name in ("s3", "dynamodb", "kms", "iam")}
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
    assert importable_addresses(layer) == {
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
    assert existing_import_ids(session, layer, importable_addresses(layer)) == {
        "aws_s3_bucket.state": BUCKET,
        "aws_kms_key.key": "mrk-1",
        "aws_kms_alias.alias": ENV.state_backend.key_alias,
    }


def test_an_answer_that_says_nothing_about_existence_is_an_error(session: StubbedSession, layer: Layer) -> None:
    session.stubs["dynamodb"].add_client_error("describe_table", "AccessDeniedException", http_status_code=400)
    with pytest.raises(SitechatError, match="AccessDenied") as caught:
        existing_import_ids(session, layer, {"aws_dynamodb_table.lock"})
    assert caught.value.code is ExitCode.FAILED


ROLE, POLICY = "sitechat-dev-us-east-1-ci-plan", "sitechat-dev-us-east-1-ci-boundary"
PROVIDER_ARN = "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com"
POLICY_ARN = f"arn:aws:iam::222222222222:policy/{POLICY}"
GONE = {"service_error_code": "NoSuchEntity", "http_status_code": 404}
CI = {
    "resource": {
        "aws_iam_role": {"plan": {"name": ROLE}},
        "aws_iam_policy": {"boundary": {"name": POLICY}},
        "aws_iam_openid_connect_provider": {"github": {"url": "https://token.actions.githubusercontent.com"}},
        "aws_iam_role_policy_attachment": {"plan": {"role": ROLE}},
    }
}


@pytest.fixture
def ci(tmp_path: Path) -> Layer:
    path = tmp_path / "ci.tf.json"
    path.write_text(json.dumps(CI))
    return Layer("ci", path)


def test_of_the_roles_for_ci_attachments_alone_can_be_made_again(ci: Layer) -> None:
    assert importable_addresses(ci) == {
        "aws_iam_role.plan",
        "aws_iam_policy.boundary",
        "aws_iam_openid_connect_provider.github",
    }


def test_roles_policies_and_the_provider_are_found(session: StubbedSession, ci: Layer) -> None:
    iam = session.stubs["iam"]
    role = {"Path": "/", "RoleName": ROLE, "RoleId": "A" * 20, "Arn": "a" * 20, "CreateDate": datetime.now(UTC)}
    wanted = ["aws_iam_role.plan", "aws_iam_policy.boundary", "aws_iam_openid_connect_provider.github"]
    iam.add_response("get_role", {"Role": role}, {"RoleName": ROLE})
    iam.add_response("get_policy", {"Policy": {}}, {"PolicyArn": POLICY_ARN})
    tags = [{"Key": "Project", "Value": "sitechat"}]
    iam.add_response("get_open_id_connect_provider", {"Tags": tags}, {"OpenIDConnectProviderArn": PROVIDER_ARN})
    assert existing_import_ids(session, ci, wanted) == dict(zip(wanted, (ROLE, POLICY_ARN, PROVIDER_ARN), strict=True))


def test_roles_policies_and_the_provider_that_do_not_exist_are_not_imported(session: StubbedSession, ci: Layer) -> None:
    for call in ("get_role", "get_policy", "get_open_id_connect_provider"):
        session.stubs["iam"].add_client_error(call, **GONE)
    wanted = ["aws_iam_role.plan", "aws_iam_policy.boundary", "aws_iam_openid_connect_provider.github"]
    assert existing_import_ids(session, ci, wanted) == {}


@pytest.mark.parametrize("tags", [[], [{"Key": "Project", "Value": "other"}]])
def test_the_provider_of_somebody_else_is_not_taken_over(
    session: StubbedSession, ci: Layer, tags: list[dict[str, str]]
) -> None:
    session.stubs["iam"].add_response("get_open_id_connect_provider", {"Tags": tags})
    with pytest.raises(SitechatError, match="not of project sitechat") as caught:
        existing_import_ids(session, ci, ["aws_iam_openid_connect_provider.github"])
    assert caught.value.code is ExitCode.REFUSED
    assert 'provider = "adopt"' in caught.value.hint


def test_a_provider_to_adopt_has_to_exist(session: StubbedSession, ci: Layer) -> None:
    adopting = varied("dev", account_id="222222222222", ci__repository="acme/site", ci__provider="adopt")
    object.__setattr__(session, "env", adopting)
    session.stubs["iam"].add_client_error("get_open_id_connect_provider", **GONE)
    with pytest.raises(SitechatError, match="no OIDC provider") as caught:
        update_ci_roles(session, ci, lambda text: None)
    assert caught.value.code is ExitCode.MISSING
