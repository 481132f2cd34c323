"""Remote state on the emulated AWS: bootstrap repairs what was changed by hand and touches nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config import load
from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, Done, checkout

pytestmark = pytest.mark.slow

ENV = "local"
STATE = load(ENV).state_backend


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    with checkout(tmp_path_factory.mktemp("backend") / "sitechat") as made:
        started = made.sitechat("local", "up")
        assert started.status == ExitCode.OK, started.output
        created = bootstrap(made)
        assert created.json["created"] is True
        yield made


def bootstrap(clone: Checkout) -> Done:
    done = clone.sitechat("bootstrap", "--env", ENV, "--json")
    assert done.status == ExitCode.OK, done.output
    return done


def settings(clone: Checkout) -> dict[str, Any]:
    """Settings that protect the state, as AWS returns them."""
    s3, dynamodb = clone.client("s3"), clone.client("dynamodb")
    (rule,) = s3.get_bucket_encryption(Bucket=STATE.bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    backups = dynamodb.describe_continuous_backups(TableName=STATE.table)["ContinuousBackupsDescription"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=STATE.bucket)["Status"],
        "public": s3.get_public_access_block(Bucket=STATE.bucket)["PublicAccessBlockConfiguration"],
        "encryption": rule["ApplyServerSideEncryptionByDefault"],
        "backups": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
    }


def test_what_was_changed_by_hand_is_mended(clone: Checkout) -> None:
    s3, dynamodb = clone.client("s3"), clone.client("dynamodb")
    before = settings(clone)
    s3.put_bucket_versioning(Bucket=STATE.bucket, VersioningConfiguration={"Status": "Suspended"})
    opened = dict.fromkeys(before["public"], False)
    s3.put_public_access_block(Bucket=STATE.bucket, PublicAccessBlockConfiguration=opened)
    plain = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=STATE.bucket, ServerSideEncryptionConfiguration=plain)
    dynamodb.update_continuous_backups(
        TableName=STATE.table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    changed = settings(clone)
    assert not [name for name in before if before[name] == changed[name]]
    done = bootstrap(clone)
    assert (done.json["created"], done.json["changes"]) == (False, 4)
    assert settings(clone) == before
    assert bootstrap(clone).json["changes"] == 0
