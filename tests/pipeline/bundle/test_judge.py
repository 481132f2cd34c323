"""Plans are scanned like the synthesised files; a finding in either verdict counts in the merged one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.bundle.judge import judge_plans, merge_verdicts
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from pipeline.scan import Finding, Verdict, Waived, Waiver
from pipeline.session import Session
from pipeline.work import Work
from tests.pipeline.scan.test_plan import plan, topic
from tests.support.environments import varied

FINDING = Finding("infrastructure/aws_sns_topic.alarms", "CKV_AWS_26", "topics are encrypted")
WAIVER = Waiver(FINDING.check, FINDING.address, ("dev",), "a reason", "platform", date(2099, 1, 1))
GREEN = Verdict("dev", (), (), (), 3, 2)
RED = replace(GREEN, findings=(FINDING,), sources=("plan",))
DOCUMENT = "data.aws_iam_policy_document.a_B1"
WAIVED = replace(GREEN, waived=(Waived(FINDING, WAIVER),))


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"))


def test_two_passes_are_a_pass() -> None:
    both = merge_verdicts(GREEN, replace(GREEN, sources=("plan",)))
    assert both.passed
    assert (both.checks_run, both.resources_seen, both.sources) == (6, 2, ("json", "plan"))


@pytest.mark.parametrize(("one", "other"), [(GREEN, RED), (RED, GREEN), (WAIVED, RED), (RED, RED)])
def test_a_finding_of_either_is_a_finding(one: Verdict, other: Verdict) -> None:
    both = merge_verdicts(one, other)
    assert both.findings == (FINDING,)
    assert both.waived == ()


def test_what_both_waive_stands_there_once() -> None:
    assert merge_verdicts(WAIVED, WAIVED).waived == WAIVED.waived


def test_a_problem_of_either_is_a_refusal() -> None:
    assert merge_verdicts(GREEN, replace(GREEN, problems=("unread",))).problems == ("unread",)


def test_an_encrypted_topic_passes(session: Session) -> None:
    found = judge_plans(session, GREEN, [LayerPlan("infrastructure", plan=topic(kms_master_key_id="alias/main"))])
    assert found.sources == ("json", "plan")
    assert found.checks_run > GREEN.checks_run


def test_what_only_the_plan_shows_stops_it_by_name(session: Session) -> None:
    with pytest.raises(SitechatError, match=r"infrastructure/aws_sns_topic\.alarms: CKV_AWS_26") as caught:
        judge_plans(session, GREEN, [LayerPlan("infrastructure", plan=topic(kms_master_key_id=None))])
    assert caught.value.code is ExitCode.GATE
    assert 'mode = "plan"' in caught.value.hint


def test_a_preview_is_not_judged_by_its_placeholders(session: Session) -> None:
    preview = LayerPlan("infrastructure", blocked="second is not applied yet", plan=topic(kms_master_key_id=None))
    assert judge_plans(session, GREEN, [preview]) == GREEN


def bucket_policy(*references: str, **values: str) -> LayerPlan:
    """A plan with a bucket policy: with its value, or with the references it will be read from."""
    unknown = {} if values else {"policy": True}
    found = plan(("aws_s3_bucket_policy", "logs", {"bucket": "logs", **values}), unknown=unknown)
    if references:
        expressions = {"policy": {"references": list(references)}}
        found["configuration"]["root_module"]["resources"][0]["expressions"] = expressions
    return LayerPlan("infrastructure", plan=found)


@pytest.mark.parametrize("references", [(), (f"{DOCUMENT}.json", DOCUMENT)])
def test_a_policy_known_only_after_apply_is_left_to_the_scan_of_the_files(
    session: Session, references: tuple[str, ...]
) -> None:
    assert judge_plans(session, GREEN, [bucket_policy(*references)]).passed


def test_a_policy_that_the_plan_knows_is_read(session: Session) -> None:
    with pytest.raises(SitechatError, match="CKV_SITECHAT_14"):
        judge_plans(session, GREEN, [bucket_policy(policy='{"Statement": []}')])
