"""What is found after a run was cut off, and what is said about it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from pipeline.commands.recover import lines
from pipeline.imports import Import, Orphan
from pipeline.recover import Left, Lock, addresses_in, orphans, read_lock, tainted_in, together
from pipeline.session import Session
from pipeline.tagged import described

INFO = {"ID": "a784b4e1", "Operation": "OperationTypeApply", "Who": "ann@desk", "Created": "2026-01-15T12:00:00Z"}
LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",))
TOPIC = "arn:aws:sns:us-east-1:123456789012:sitechat-dev-alarms"


def state(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"resources": [{"mode": "managed", "type": "aws_sns_topic", "name": "alarms", "instances": list(instances)}]}


def test_a_lock_tells_who_holds_it() -> None:
    assert read_lock("edge", "S3", json.dumps(INFO)) == LOCK


def test_a_lock_that_terraform_did_not_write_is_shown_without_an_id() -> None:
    for text in ("", "held", "[]", "3"):
        assert read_lock("edge", "S3", text) == Lock("edge", "", "", "", "", ("S3",))


def test_one_run_that_holds_both_locks_is_one_lock() -> None:
    other = read_lock("service", "DynamoDB", json.dumps(INFO | {"ID": "b2"}))
    table = read_lock("edge", "DynamoDB", json.dumps(INFO))
    found = together([LOCK, other, table])
    assert [(each.layer, each.id, each.places) for each in found] == [
        ("edge", "a784b4e1", ("S3", "DynamoDB")),
        ("service", "b2", ("DynamoDB",)),
    ]


def test_only_tainted_resources_count() -> None:
    assert list(tainted_in(state({"status": "tainted"}))) == ["aws_sns_topic.alarms"]
    assert list(tainted_in(state({}))) == []


def test_what_stands_in_no_state_is_an_orphan() -> None:
    known = state({"attributes": {"arn": TOPIC}})
    task = "arn:aws:ecs:us-east-1:123456789012:task/web/0123"
    found = [Orphan(f"{TOPIC}-old"), Orphan(TOPIC), Orphan(task)]
    assert list(orphans(found, [{}, known])) == [Orphan(f"{TOPIC}-old")]


def test_what_has_no_arn_in_its_state_is_known_by_its_id() -> None:
    gateway = Orphan("arn:aws:ec2:us-east-1:123456789012:natgateway/nat-0a1b", "net")
    assert list(orphans([gateway], [state({"attributes": {"id": "nat-0a1b"}})])) == []
    assert list(orphans([gateway], [state({"attributes": {"id": "nat-0a1b2"}})])) == [gateway]


def test_a_reference_to_something_does_not_make_it_known() -> None:
    policy = {"mode": "managed", "type": "aws_sns_topic_policy", "name": "it"}
    referring = {"resources": [policy | {"instances": [{"attributes": {"id": "other", "topic_arn": TOPIC}}]}]}
    looked_up = {"resources": [policy | {"mode": "data", "instances": [{"attributes": {"arn": TOPIC}}]}]}
    outputs = {"outputs": {"topic": {"value": TOPIC}}}
    assert list(orphans([Orphan(TOPIC)], [referring, looked_up, outputs])) == [Orphan(TOPIC)]


def test_an_address_is_known_when_it_has_an_instance() -> None:
    assert list(addresses_in(state({}))) == ["aws_sns_topic.alarms"]
    assert list(addresses_in(state())) == []
    assert list(addresses_in({"resources": [{**state({})["resources"][0], "mode": "data"}]})) == []


def test_each_finding_comes_with_the_command_that_clears_it() -> None:
    left = Left(
        (LOCK,),
        {"edge": Path("work/edge/errored.tfstate")},
        {"edge": ("aws_sns_topic.alarms",)},
        (Orphan(TOPIC),),
        untagged=(Import("edge", "aws_kms_alias.key", "alias/sitechat-dev-edge"),),
    )
    shown = "\n".join(lines(left, "dev"))
    assert "ann@desk (OperationTypeApply) since 2026-01-15T12:00:00Z" in shown
    assert "sitechat recover --env dev --unlock a784b4e1" in shown
    assert "work/edge/errored.tfstate" in shown
    assert "sitechat recover --env dev --repair" in shown
    assert "aws_sns_topic.alarms" in shown
    assert f"in no state: {TOPIC}" in shown
    assert "in no state: alias/sitechat-dev-edge (edge: aws_kms_alias.key)" in shown
    assert left.any


def test_when_nothing_is_left_that_is_said_with_what_was_looked_for() -> None:
    left = Left((), {}, {}, ())
    first, last = lines(left, "dev")
    assert not left.any
    assert "Nothing" in first
    assert "by name or place" in last


def test_keys_are_known_by_what_they_are_for_and_those_to_be_deleted_are_left_out() -> None:
    keys = {
        "arn:aws:kms:eu-west-1:1:key/a": {"KeyState": "Enabled", "Description": "at rest"},
        "arn:aws:kms:eu-west-1:1:key/b": {"KeyState": "PendingDeletion", "Description": "at rest"},
    }
    kms = SimpleNamespace(describe_key=lambda KeyId: {"KeyMetadata": keys[KeyId]})  # noqa: N803 - boto3's name
    session = cast("Session", SimpleNamespace(client=lambda service, region: kms))
    found = [Orphan(TOPIC), *map(Orphan, keys)]
    assert list(described(session, found)) == [Orphan(TOPIC), Orphan("arn:aws:kms:eu-west-1:1:key/a", "at rest")]


def test_a_cancelled_signing_profile_is_left_out() -> None:
    status = {"sitechat_dev_1": "Active", "sitechat_dev_2": "Canceled", "sitechat_dev_3": "Revoked"}
    signer = SimpleNamespace(get_signing_profile=lambda profileName: {"status": status[profileName]})  # noqa: N803
    session = cast("Session", SimpleNamespace(client=lambda service, region: signer))
    found = [Orphan(f"arn:aws:signer:eu-west-1:1:/signing-profiles/{name}") for name in status]
    assert list(described(session, found)) == found[:1]
