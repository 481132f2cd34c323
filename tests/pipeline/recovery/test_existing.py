"""What a cut-off run has made is found before it is built a second time."""

from __future__ import annotations

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.existing import refuse_what_exists
from pipeline.recovery.leftovers import existing_orphans
from pipeline.recovery.looked import Looked
from pipeline.recovery.matching import Orphan
from tests.pipeline.recovery.conftest import Stored, state

CREATED = {"first": ("aws_sns_topic.here",)}


def make_topic(stored: Stored, layer: str) -> str:
    """Make the topic of a layer, as a run does that is then cut off."""
    tags = [{"Key": key, "Value": value} for key, value in stored.session.env.default_tags.items()]
    sns = stored.session.client("sns")
    return str(sns.create_topic(Name=f"{stored.session.env.project}-{layer}", Tags=tags)["TopicArn"])


def test_what_exists_and_would_be_created_is_refused_with_the_command_that_imports_it(stored: Stored) -> None:
    arn = make_topic(stored, "first")
    with pytest.raises(SitechatError) as caught:
        refuse_what_exists(stored.session, stored.synthesis, CREATED)
    assert caught.value.code is ExitCode.REFUSED
    assert f"first: aws_sns_topic.here is {arn}" in caught.value.message
    assert caught.value.hint.startswith("`sitechat recover --env local --repair`")


def test_what_is_not_created_now_is_no_reason_to_refuse(stored: Stored) -> None:
    make_topic(stored, "second")
    refuse_what_exists(stored.session, stored.synthesis, CREATED)


def test_what_a_state_knows_is_replaced_or_destroyed_by_its_plan(stored: Stored) -> None:
    arn = make_topic(stored, "first")
    stored.put(state(1, "other").replace(b'"id": "other"', f'"id": "{arn}"'.encode()))
    refuse_what_exists(stored.session, stored.synthesis, CREATED)


def test_without_creations_nothing_is_asked(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    make_topic(stored, "first")
    monkeypatch.setattr("pipeline.recovery.existing.find_orphans_by_tag", None)
    refuse_what_exists(stored.session, stored.synthesis, {"first": ()})


def test_what_can_t_be_looked_at_is_said_and_refuses_nothing(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: object) -> None:
        raise SitechatError("AWS can't be asked what is left: AccessDenied", code=ExitCode.FAILED)

    monkeypatch.setattr("pipeline.recovery.orphans_by_tag._tagged_resources", refused)
    refuse_what_exists(stored.session, stored.synthesis, CREATED)
    assert "not looked at: tagged resources in us-east-1: AccessDenied" in capsys.readouterr().err


def test_a_group_has_its_own_name_as_its_arn_has_none(stored: Stored) -> None:
    ec2 = stored.session.client("ec2")
    group = ec2.create_security_group(GroupName=f"{stored.session.env.project}-web", Description="web")["GroupId"]
    arn = f"arn:aws:ec2:us-east-1:123456789012:security-group/{group}"
    orphans, gone = existing_orphans(stored.session, [Orphan(arn), Orphan(f"{arn}0")], Looked())
    assert orphans == (Orphan(arn, f"{stored.session.env.project}-web"),)
    assert gone == (f"{arn}0",)
