"""Orphans of the tagging API: keys get descriptions, and resources being deleted are left out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from pipeline.recovery.matching import Orphan
from pipeline.recovery.orphans_by_tag import describe_orphans
from pipeline.session import Session

TOPIC = "arn:aws:sns:us-east-1:123456789012:sitechat-dev-alarms"


def session_with(client: Any) -> Session:
    env = SimpleNamespace(name="dev")
    return cast("Session", SimpleNamespace(env=env, env_ref="dev", client=lambda service, region: client))


def test_keys_are_known_by_what_they_are_for_and_those_to_be_deleted_are_left_out() -> None:
    keys = {
        "arn:aws:kms:eu-west-1:1:key/a": {"KeyState": "Enabled", "Description": "at rest"},
        "arn:aws:kms:eu-west-1:1:key/b": {"KeyState": "PendingDeletion", "Description": "at rest"},
    }
    kms = SimpleNamespace(describe_key=lambda KeyId: {"KeyMetadata": keys[KeyId]})  # noqa: N803 - boto3's name
    found = [Orphan(TOPIC), *map(Orphan, keys)]
    assert list(describe_orphans(session_with(kms), found)) == [
        Orphan(TOPIC),
        Orphan("arn:aws:kms:eu-west-1:1:key/a", "at rest"),
    ]


def test_a_cancelled_signing_profile_is_left_out() -> None:
    status = {"sitechat_dev_1": "Active", "sitechat_dev_2": "Canceled", "sitechat_dev_3": "Revoked"}
    signer = SimpleNamespace(get_signing_profile=lambda profileName: {"status": status[profileName]})  # noqa: N803
    found = [Orphan(f"arn:aws:signer:eu-west-1:1:/signing-profiles/{name}") for name in status]
    assert list(describe_orphans(session_with(signer), found)) == found[:1]
