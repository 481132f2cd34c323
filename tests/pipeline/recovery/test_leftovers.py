"""Leftovers of an interrupted run, and the lines printed about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.recover import leftover_lines, state_lines
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.leftovers import Leftovers, find_leftovers, unknown_orphans
from pipeline.recovery.locks import Lock
from pipeline.recovery.looked import NotLooked
from pipeline.recovery.matching import Import, Orphan, Unsure
from pipeline.recovery.states import StrayState
from pipeline.recovery.stored_states import StateCopy, StateFinding
from pipeline.session import Session
from tests.pipeline.recovery.conftest import Stored
from tests.pipeline.recovery.conftest import state as state_file
from tests.support import shared

LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z", ("S3",))
LAYERS = ("first", "second")
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


FINDING = StateFinding(
    "edge",
    "sitechat/dev/global/edge.tfstate",
    ("its object was deleted (delete marker m of t)",),
    chosen=StateCopy("v7", state_file(7, "alarms")),
    candidates=(StateCopy("v7", state_file(7, "alarms")), StateCopy("v6", state_file(6))),
)


def test_each_finding_comes_with_the_command_that_clears_it() -> None:
    named = Import("edge", "aws_kms_alias.key", "alias/sitechat-dev-edge")
    left = Leftovers(
        locks=(LOCK,),
        states=(replace(FINDING, errored=Path("work/edge/errored.tfstate")),),
        strays=(StrayState("sitechat/dev/global/old.tfstate", 2),),
        tainted={"edge": ("aws_sns_topic.alarms",)},
        orphans=(Orphan(TOPIC), Orphan(f"{TOPIC}-2")),
        imports=(Import("edge", "aws_sns_topic.alarms", TOPIC, TOPIC), named),
        unsure=(Unsure("edge", "aws_vpc.net", ("vpc-1", "vpc-2")),),
        gone=(f"{TOPIC}-3",),
        not_looked=(NotLooked("tagged resources in eu-west-1", "AccessDenied"),),
    )
    shown = "\n".join(leftover_lines(left, "dev"))
    # A state that is damaged is repaired before anything can be deployed.
    assert shown.index("once no lock is held: sitechat recover --env dev --repair") < shown.index(
        "the next sitechat deploy --env dev"
    )
    for words in (
        "ann@desk (apply) since 2026-01-15 12:00:00 UTC",
        "sitechat recover --env dev --unlock a784b4e1",
        "state of edge (sitechat/dev/global/edge.tfstate): its object was deleted (delete marker m of t)",
        "--repair makes this its state: version v7: serial 7, lineage 1a2b3c4d, 1 resource",
        "no layer of the configuration owns this state of 2 resources: sitechat/dev/global/old.tfstate",
        "put such a layer back into the configuration",
        "the next sitechat deploy --env dev replaces them",
        f"in no state: {TOPIC} (edge: aws_sns_topic.alarms)",
        "in no state: alias/sitechat-dev-edge (edge: aws_kms_alias.key)",
        "which one is aws_vpc.net of edge? vpc-1, vpc-2",
        "sitechat recover --env dev --repair shows it, asks, and restores those states and imports what surely",
        "if it is that: sitechat recover --env dev --repair --import edge/aws_vpc.net=vpc-1",
        "if it is that: sitechat recover --env dev --repair --import edge/aws_vpc.net=vpc-2",
        "what has no address here: sitechat recover --env dev --repair --import LAYER/ADDRESS=ID",
        "1 ARN that the tagging API still names: nothing is there any more",
        "not looked at: tagged resources in eu-west-1: AccessDenied",
    ):
        assert words in shown
    assert left.any
    assert (left.errored, left.untagged, left.locked) == (
        {"edge": Path("work/edge/errored.tfstate")},
        (named,),
        frozenset({"edge"}),
    )


def test_while_a_lock_is_held_a_repair_waits_for_it() -> None:
    imports = (Import("edge", "aws_sns_topic.alarms", TOPIC, TOPIC),)
    held = "\n".join(leftover_lines(Leftovers(locks=(LOCK,), orphans=(Orphan(TOPIC),), imports=imports), "dev"))
    assert "once no lock is held: sitechat recover --env dev --repair shows it, asks, and imports what" in held
    assert "restores" not in held
    assert "next: sitechat recover --env dev --repair" not in held


def test_what_is_set_again_is_named_and_is_nothing_wrong() -> None:
    left = Leftovers(made_again=tuple(f"edge/aws_s3_bucket_policy.p{number}" for number in range(7)))
    assert not left.any
    told = "\n".join(leftover_lines(left, "dev"))
    assert "edge/aws_s3_bucket_policy.p4 and 2 more" in told
    assert "sitechat deploy --env dev sets them" in told
    assert "Nothing is wrong" in told


def test_where_a_person_has_to_choose_each_copy_comes_with_its_command() -> None:
    shown = "\n".join(state_lines(replace(FINDING, chosen=None), "dev"))
    for name in ("v7", "v6", "empty"):
        assert f"sitechat recover --env dev --repair --restore edge={name}" in shown
    assert "it knows 1 resource" in shown


def test_when_nothing_is_left_that_is_said_with_what_was_looked_at() -> None:
    left = Leftovers()
    first, last = leftover_lines(left, "dev")
    assert not left.any
    assert "Nothing is wrong" in first
    assert "by name or place" in last


def test_what_was_not_looked_at_is_no_pass() -> None:
    left = Leftovers(not_looked=(NotLooked("roles", "AccessDenied"),))
    shown = "\n".join(leftover_lines(left, "dev"))
    assert "Nothing is wrong" not in shown
    assert "not looked at: roles: AccessDenied" in shown


@pytest.mark.parametrize("field", ["locks", "states", "strays", "orphans", "imports"])
def test_each_kind_counts(field: str) -> None:
    assert Leftovers(**{field: (object(),)}).any  # type: ignore[arg-type]


def test_a_ghost_of_the_tagging_api_is_no_orphan_and_what_exists_comes_with_its_address(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{stored.session.env.project}-second"
    topic = stored.session.client("sns").create_topic(Name=name)["TopicArn"]
    ghost, strange = f"{topic}-ghost", "arn:aws:unheard:us-east-1:123456789012:of/it"
    monkeypatch.setattr(
        "pipeline.recovery.leftovers.find_orphans_by_tag",
        lambda session, regions, looked: {Orphan(each) for each in (topic, ghost, strange)},
    )
    left = find_leftovers(stored.session, stored.synthesis)
    assert left.gone == (ghost,)
    assert left.orphans == (Orphan(topic), Orphan(strange))
    assert left.imports == (Import("second", "aws_sns_topic.here", topic, topic),)
    assert left.not_looked == (NotLooked(f"whether {strange} exists", "its type can't be asked for"),)


def test_while_nobody_knows_what_a_state_knows_nothing_of_its_layer_is_offered(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = stored.session.env.project
    topics = [stored.session.client("sns").create_topic(Name=f"{project}-{each}")["TopicArn"] for each in LAYERS]
    monkeypatch.setattr(
        "pipeline.recovery.leftovers.find_orphans_by_tag",
        lambda session, regions, looked: set(map(Orphan, topics)),
    )
    stored.put(state_file(3))
    stored.put_row(f"{stored.key()}-md5", Digest="f" * 32)
    left = find_leftovers(stored.session, stored.synthesis)
    assert [each.layer for each in left.states] == ["first"]
    assert [each.layer for each in left.imports] == ["second"]


def test_a_region_without_an_answer_is_named(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(session: Session, region: str) -> Iterator[Orphan]:
        raise SitechatError("AWS can't be asked what is left: AccessDenied", code=ExitCode.FAILED)

    monkeypatch.setattr("pipeline.recovery.orphans_by_tag._tagged_resources", refuse)
    left = find_leftovers(stored.session, stored.synthesis)
    assert left.not_looked == (NotLooked("tagged resources in us-east-1", "AccessDenied"),)
    assert not left.any


@pytest.mark.parametrize("name", ["local", "prod"])
def test_of_a_whole_environment_that_was_never_applied_everything_can_be_looked_at(stored: Stored, name: str) -> None:
    synthesis = shared.synthesis(name)
    left = find_leftovers(stored.session, synthesis)
    assert left.not_looked == ()
    assert (left.states, left.imports, left.orphans) == ((), (), ())
