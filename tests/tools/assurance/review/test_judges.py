"""Judgements claim no more than what was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from config import load
from pipeline.scan.model import Waiver
from policies.proof.configuration import Configuration
from tests.policies.proof.configurations import copied
from tests.tools.assurance.review.judged_controls import judged_controls
from tools.assurance.review.judges import absent, both, chosen, every, is_true, manual, paired
from tools.assurance.review.model import (
    APPLICATION,
    DECLINED,
    MANUAL,
    MET,
    OFF,
    OPEN,
    UNUSED,
    WAIVED,
    ReviewedEnvironment,
)

TOPICS = {"good": {"sealed": True}, "bad": {"sealed": False}}


def subject(topics: Mapping[str, Mapping[str, bool]], *waivers: Waiver) -> ReviewedEnvironment:
    policies = {name: {"arn": f"${{aws_sns_topic.{name}.arn}}"} for name in topics if name != "bad"}
    layer = {
        "provider": {"aws": [{"region": "us-east-1"}]},
        "resource": {"aws_sns_topic": topics, "aws_sns_topic_policy": policies},
    }
    return ReviewedEnvironment(load("dev"), Configuration({"layer": layer}), waivers)


def waiver(environment: str = "dev") -> Waiver:
    return Waiver("CHECK", "layer/aws_sns_topic.bad", (environment,), "because", "platform", date(2030, 1, 2))


SEALED = every("aws_sns_topic", is_true("sealed"), off="topics", waivers=("CHECK",))
GUARDED = paired("aws_sns_topic", "aws_sns_topic_policy", "arn", waivers=("CHECK",))


def test_all_resources_must_pass() -> None:
    assert SEALED(subject({"good": {"sealed": True}})).status == MET
    found = SEALED(subject(TOPICS))
    assert (found.status, found.addresses) == (OPEN, ("layer/aws_sns_topic.bad",))


def test_a_waiver_of_this_environment_counts_with_its_end() -> None:
    found = SEALED(subject(TOPICS, waiver()))
    assert (found.status, found.note) == (WAIVED, "until 2030-01-02")
    assert SEALED(subject(TOPICS, waiver("prod"))).status == OPEN


def test_nothing_built_is_never_met() -> None:
    assert SEALED(subject({})).status == OFF
    assert every("aws_sns_topic")(subject({})).status == UNUSED
    assert GUARDED(subject({})).status == UNUSED


def test_what_belongs_to_each_must_be_there_for_each() -> None:
    assert GUARDED(subject({"good": {}})).addresses == ("layer/aws_sns_topic_policy.good",)
    assert GUARDED(subject(TOPICS)).status == OPEN
    assert GUARDED(subject(TOPICS, waiver())).status == WAIVED


def test_the_worst_of_several_counts() -> None:
    good = every("aws_sns_topic", of=".good")
    assert both(good, SEALED)(subject(TOPICS)).status == OPEN
    assert both(good, GUARDED)(subject(TOPICS, waiver())).status == WAIVED
    assert both(good, good)(subject(TOPICS)).status == MET


def test_a_choice_is_named() -> None:
    found = chosen("section.key", lambda _: False, SEALED)(subject(TOPICS))
    assert (found.status, found.note) == (OFF, "section.key")
    assert chosen("section.key", lambda _: True, SEALED)(subject(TOPICS)).status == OPEN


def test_what_should_be_absent_and_isnt_is_open() -> None:
    assert absent("aws_sns_topic")(subject(TOPICS)).status == OPEN
    assert absent("aws_instance")(subject(TOPICS)).status == UNUSED


def test_by_hand_is_never_met() -> None:
    assert manual("aws sts get-caller-identity")(subject(TOPICS)).status == MANUAL


def test_nothing_is_met_where_nothing_is_built() -> None:
    empty = subject({})
    for control, _ in judged_controls():
        assert control.judge(empty).status not in (MET, WAIVED), control.id
    assert len(judged_controls()) > 150


def test_nothing_is_met_by_a_resource_that_says_nothing() -> None:
    """With every attribute removed, only controls about absent resources stay met."""
    layers = copied("prod")
    for config in layers.values():
        for named in config["resource"].values():
            named.update({name: {"//": body["//"]} for name, body in named.items()})
    silent = ReviewedEnvironment(load("prod"), Configuration(layers), ())
    met = set()
    for control, _ in judged_controls():
        with suppress(KeyError, ValueError):
            if control.judge(silent).status == MET:
                met.add(control.id)
    assert met == {"5.2", "5.3", "5.4", "EC2.2", "EC2.15", "ECS.3", "ECS.8", "LLM06"}


def test_no_row_is_open() -> None:
    assert [
        (control.id, name) for control, row in judged_controls() for name, each in row.items() if each.status == OPEN
    ] == []


def test_every_row_has_evidence() -> None:
    """Met and waived controls show addresses; all others a choice, a reason, a command or a place."""
    for control, row in judged_controls():
        for name, each in row.items():
            if each.status in (MET, WAIVED):
                assert each.addresses, (control.id, name)
            elif each.status in (OFF, MANUAL, DECLINED, APPLICATION):
                assert each.note, (control.id, name)


def test_what_a_person_does_is_never_called_met() -> None:
    by_hand = [row for _, row in judged_controls() if any(each.status == MANUAL for each in row.values())]
    assert len(by_hand) >= 25
    assert {each.status for row in by_hand for each in row.values()} == {MANUAL}


def test_what_is_called_unused_isnt_there() -> None:
    unused = [each for _, row in judged_controls() for each in row.values() if each.status == UNUSED]
    assert unused
    assert not any(each.addresses for each in unused)


def test_every_choice_is_a_key_of_the_configuration() -> None:
    keys = {each.note for _, row in judged_controls() for each in row.values() if each.status == OFF}
    for key in keys:
        found: object = load("dev")
        for part in key.split("."):
            found = getattr(found, part)
    assert "security.cis_alarms" in keys
