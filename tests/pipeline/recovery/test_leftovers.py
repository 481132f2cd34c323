"""Leftovers of an interrupted run, and the lines printed about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.commands.recover import leftover_lines
from pipeline.recovery.leftovers import Leftovers, unknown_orphans
from pipeline.recovery.locks import Lock
from pipeline.recovery.matching import Import, Orphan

LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",))
TOPIC = "arn:aws:sns:us-east-1:123456789012:sitechat-dev-alarms"


def state(*instances: dict[str, Any]) -> dict[str, Any]:
    return {"resources": [{"mode": "managed", "type": "aws_sns_topic", "name": "alarms", "instances": list(instances)}]}


def test_what_stands_in_no_state_is_an_orphan() -> None:
    known = state({"attributes": {"arn": TOPIC}})
    task = "arn:aws:ecs:us-east-1:123456789012:task/web/0123"
    found = [Orphan(f"{TOPIC}-old"), Orphan(TOPIC), Orphan(task)]
    assert list(unknown_orphans(found, [{}, known])) == [Orphan(f"{TOPIC}-old")]


def test_what_has_no_arn_in_its_state_is_known_by_its_id() -> None:
    gateway = Orphan("arn:aws:ec2:us-east-1:123456789012:natgateway/nat-0a1b", "net")
    assert list(unknown_orphans([gateway], [state({"attributes": {"id": "nat-0a1b"}})])) == []
    assert list(unknown_orphans([gateway], [state({"attributes": {"id": "nat-0a1b2"}})])) == [gateway]


def test_a_reference_to_something_does_not_make_it_known() -> None:
    policy = {"mode": "managed", "type": "aws_sns_topic_policy", "name": "it"}
    referring = {"resources": [policy | {"instances": [{"attributes": {"id": "other", "topic_arn": TOPIC}}]}]}
    looked_up = {"resources": [policy | {"mode": "data", "instances": [{"attributes": {"arn": TOPIC}}]}]}
    outputs = {"outputs": {"topic": {"value": TOPIC}}}
    assert list(unknown_orphans([Orphan(TOPIC)], [referring, looked_up, outputs])) == [Orphan(TOPIC)]


def test_each_finding_comes_with_the_command_that_clears_it() -> None:
    left = Leftovers(
        (LOCK,),
        {"edge": Path("work/edge/errored.tfstate")},
        {"edge": ("aws_sns_topic.alarms",)},
        (Orphan(TOPIC),),
        untagged=(Import("edge", "aws_kms_alias.key", "alias/sitechat-dev-edge"),),
    )
    shown = "\n".join(leftover_lines(left, "dev"))
    assert "ann@desk (apply) since 2026-01-15 12:00:00 UTC" in shown
    assert "sitechat recover --env dev --unlock a784b4e1" in shown
    assert "work/edge/errored.tfstate" in shown
    assert "sitechat recover --env dev --repair" in shown
    assert "aws_sns_topic.alarms" in shown
    assert f"in no state: {TOPIC}" in shown
    assert "in no state: alias/sitechat-dev-edge (edge: aws_kms_alias.key)" in shown
    assert left.any


def test_when_nothing_is_left_that_is_said_with_what_was_looked_for() -> None:
    left = Leftovers((), {}, {}, ())
    first, last = leftover_lines(left, "dev")
    assert not left.any
    assert "Nothing" in first
    assert "by name or place" in last
