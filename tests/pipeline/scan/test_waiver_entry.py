"""The entry for a finding: exact, for one environment, for less than a year, and refused until it is filled in."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from config import load
from pipeline.errors import SitechatError
from pipeline.scan.model import Finding, Verdict, Waived, Waiver
from pipeline.scan.waiver_entry import WaiverEntry, waiver_entry

TODAY = date(2026, 1, 15)
ADDRESS = "service/aws_cloudwatch_log_group.app"
FINDING = Finding(ADDRESS, "CKV_AWS_338", "Ensure log groups retain for a year", detail="7 days,\nnot 365")
SAME = Waiver("CKV_AWS_338", ADDRESS, ("prod",), "a week of logs is enough", "platform", date(2026, 6, 30))


def entry(
    *waivers: Waiver, findings: tuple[Finding, ...] = (FINDING,), waived: tuple[Waived, ...] = (), check: str = ""
) -> WaiverEntry:
    verdict = Verdict("dev", findings, waived, (), 1, 1)
    place = findings[0].address if findings else ADDRESS
    return waiver_entry(verdict, place, check or FINDING.check, load("dev"), waivers, TODAY)


def read(found: WaiverEntry) -> dict[str, object]:
    (table,) = tomllib.loads(found.toml)["waiver"]
    return dict(table)


def test_it_says_what_can_be_told_and_leaves_the_rest_empty() -> None:
    assert read(entry()) == {
        "check": "CKV_AWS_338",
        "address": ADDRESS,
        "environments": ["dev"],
        "kind": "decision",
        "reason": "",
        "owner": "",
        "expires": date(2026, 7, 14),
    }


def test_its_condition_is_that_of_the_same_finding_elsewhere_if_it_holds() -> None:
    def elsewhere(condition: str) -> Waiver:
        return Waiver(SAME.check, ADDRESS, ("prod",), SAME.reason, SAME.owner, SAME.expires, only_if=condition)

    assert read(entry(elsewhere("dns.domain"), elsewhere("not dns.domain")))["only_if"] == "not dns.domain"
    assert "only_if" not in read(entry(elsewhere("dns.domain")))


def test_a_secret_can_only_be_a_false_alarm() -> None:
    found = entry(findings=(Finding(ADDRESS, "CKV_SECRET_6", "Base64 entropy"),), check="CKV_SECRET_6")
    assert read(found)["kind"] == "scanner defect"


def test_what_is_accepted_already_is_said() -> None:
    with pytest.raises(SitechatError) as refused:
        entry(findings=(), waived=(Waived(FINDING, SAME),))
    assert "accepted already, until 2026-06-30" in refused.value.hint


def test_a_finding_of_a_provider_has_no_waiver() -> None:
    with pytest.raises(SitechatError, match="can't be accepted"):
        entry(findings=(Finding("service/provider.aws", "CKV_AWS_41", "No hard coded keys"),), check="CKV_AWS_41")
