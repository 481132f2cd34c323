"""A waiver accepts one finding of one resource until a date; one that no longer matches is a problem."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.scan import Finding, Verdict, Waiver
from pipeline.scan.model import ScanResult
from pipeline.scan.waivers import apply_waivers, read_waivers, waivers_in_force

TODAY = date(2026, 1, 15)
ADDRESS = "service/aws_cloudwatch_log_group.app"
FINDING = Finding(ADDRESS, "CKV_AWS_338", "Ensure log groups retain for a year")
SCAN = ScanResult((FINDING,), (), 9, frozenset({ADDRESS, "service/aws_lb.alb"}), frozenset({"CKV_AWS_338", "CKV_1"}))
GOOD = Waiver("CKV_AWS_338", ADDRESS, ("dev",), "a week of logs is enough in dev", "platform", date(2026, 6, 30))


def judge(*waivers: Waiver, env: str = "dev") -> tuple[list[Finding], list[str]]:
    left, _, problems = apply_waivers(list(waivers), SCAN, env=env, environments=("dev", "prod"), today=TODAY)
    return left, problems


def changed(**changes: Any) -> Waiver:
    return Waiver(**({name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__} | changes))


def test_a_waiver_covers_its_finding() -> None:
    assert judge(GOOD) == ([], [])


def test_without_it_the_finding_stands() -> None:
    assert judge() == ([FINDING], [])


@pytest.mark.parametrize(
    ("waiver", "message"),
    [
        (changed(check="CKV_AWS_9999"), "no such check"),
        (changed(address="service/aws_cloudwatch_log_group.gone"), "no such resource"),
        (changed(address="service/aws_lb.alb"), "no longer occurs"),
        (changed(check="CKV_1"), "no longer occurs"),
        (changed(address="*/aws_cloudwatch_log_group.app"), "one exact"),
        (changed(address="aws_cloudwatch_log_group.app"), "one exact"),
        (changed(environments=("dev", "qa")), "unknown environment 'qa'"),
        (changed(reason="too short"), "at least 20 characters"),
        (changed(reason=" " * 30), "at least 20 characters"),
        (changed(expires=date(2026, 1, 14)), "expired on 2026-01-14"),
    ],
)
def test_a_waiver_that_does_not_fit(waiver: Waiver, message: str) -> None:
    _, problems = judge(waiver)
    assert any(message in problem for problem in problems)


def test_an_expired_waiver_covers_nothing() -> None:
    left, _ = judge(changed(expires=date(2026, 1, 14)))
    assert left == [FINDING]


def test_it_holds_on_its_last_day() -> None:
    assert judge(changed(expires=TODAY)) == ([], [])


def test_a_waiver_for_dev_does_nothing_in_prod() -> None:
    assert judge(GOOD, env="prod") == ([FINDING], [])


def test_the_same_waiver_twice() -> None:
    _, problems = judge(GOOD, changed(environments=("dev", "prod")))
    assert any("given twice for dev" in problem for problem in problems)


def test_reading_the_file(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(toml())
    assert read_waivers(path) == ([GOOD], [])


def test_no_file_is_no_waiver(tmp_path: Path) -> None:
    assert read_waivers(tmp_path / "none.toml") == ([], [])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('owner = "platform"', "", "owner is missing"),
        ('owner = "platform"', 'owner = ""', "owner must be a non-empty str"),
        ('owner = "platform"', 'owner = "platform"\nseverity = 3', "unknown key 'severity'"),
        ("expires = 2026-06-30", 'expires = "2026-06-30"', "expires must be a non-empty date"),
        ("expires = 2026-06-30", "expires = 2026-06-30T12:00:00", "expires must be a non-empty date"),
        ('environments = ["dev"]', "environments = []", "at least one environment"),
        ('environments = ["dev"]', 'environments = "dev"', "environments must be a non-empty list"),
        ('owner = "platform"', 'owner = "platform"\nkind = "because"', "is not one of"),
        ("[[waiver]]", "[[waver]]", "unknown key 'waver'"),
        ("[[waiver]]", "[[waiver]", "can't be read"),
    ],
)
def test_a_malformed_file(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(toml().replace(old, new))
    waivers, problems = read_waivers(path)
    assert waivers == []
    assert any(message in problem for problem in problems)


def test_the_gate_turns_red_without_the_waiver_and_green_with_it(
    configs: dict[str, dict[str, Any]], scan: Callable[..., Verdict]
) -> None:
    configs["service"]["resource"]["aws_cloudwatch_log_group"]["app"]["retention_in_days"] = 7
    assert not scan(configs).passed
    verdict = scan(configs, toml())
    assert verdict.passed
    assert [item.finding.address for item in verdict.waived] == [ADDRESS]
    assert not scan(configs, toml(), env="prod").passed


def toml() -> str:
    return f"""[[waiver]]
check = "CKV_AWS_338"
address = "{ADDRESS}"
environments = ["dev"]
reason = "a week of logs is enough in dev"
owner = "platform"
expires = 2026-06-30
"""


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        ("", True),
        ("dns.domain", False),
        ("not dns.domain", True),
        ("network.egress = public_ip", True),
        ("not network.egress = public_ip", False),
        ("network.egress = endpoints", False),
        ("edge.access_logs and not dns.domain", True),
        ("edge.access_logs and dns.domain", False),
        ("dns.domain and not edge.access_logs", False),
    ],
)
def test_a_condition_names_the_setting_a_finding_comes_from(condition: str, counts: bool) -> None:
    waiver = changed(only_if=condition)
    assert waivers_in_force([waiver], load("dev")) == ([waiver] if counts else [], [])


def test_a_condition_on_no_setting_is_an_error() -> None:
    left, problems = waivers_in_force([changed(only_if="dns.domian")], load("dev"))
    assert left == []
    assert "names no setting" in problems[0]
