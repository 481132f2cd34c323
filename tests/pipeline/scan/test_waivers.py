"""A waiver accepts one finding of one resource until a date; one that no longer matches is a problem."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from config import load
from pipeline.scan import Finding, Verdict, Waiver
from pipeline.scan.model import Mode, ScanResult
from pipeline.scan.waivers import apply_waivers, invalid_waivers, waivers_in_force
from tests.support.environments import varied

TODAY = date(2026, 1, 15)
ADDRESS = "service/aws_cloudwatch_log_group.app"
FINDING = Finding(ADDRESS, "CKV_AWS_338", "Ensure log groups retain for a year")
SCAN = ScanResult((FINDING,), (), 9, frozenset({ADDRESS, "service/aws_lb.alb"}), frozenset({"CKV_AWS_338", "CKV_1"}))
GOOD = Waiver("CKV_AWS_338", ADDRESS, ("dev",), "a week of logs is enough in dev", "platform", date(2026, 6, 30))


def judge(*waivers: Waiver, env: str = "dev", mode: Mode = "json") -> tuple[list[Finding], list[str]]:
    in_force = waivers_in_force(waivers, load(env))
    left, _, problems = apply_waivers(in_force, SCAN, env=env, today=TODAY, mode=mode)
    return left, [*invalid(*waivers), *problems]


def invalid(*waivers: Waiver) -> list[str]:
    return invalid_waivers(waivers, checks=SCAN.known_checks, environments=("dev", "prod"), today=TODAY)


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
        (changed(environments=("dev", "qa")), "unknown environment 'qa'"),
        (changed(environments=(), not_in=("qa",)), "unknown environment 'qa'"),
        (changed(expires=date(2026, 1, 14)), "expired on 2026-01-14"),
        (changed(expires=date(2027, 1, 16)), "name a day until 2027-01-15"),
        (changed(expires=date.max), "more than a year from today"),
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


def test_a_waiver_whose_condition_does_not_hold_neither_counts_nor_is_missed() -> None:
    held, other = changed(only_if="not dns.domain"), changed(only_if="dns.domain")
    assert waivers_in_force([held, other], load("dev")) == [held]


def test_a_waiver_of_all_environments_covers_one_that_nobody_named() -> None:
    everywhere = changed(environments=())
    assert everywhere.covers("mine")
    assert not changed(environments=(), not_in=("prod",)).covers("prod")


def test_each_secret_is_a_waiver_of_its_own() -> None:
    env = varied("dev", secrets__names=["session-key", "api-key"])
    pattern = changed(address="infrastructure/aws_secretsmanager_secret:secret_{each}/secret", each="secrets.names")
    assert [each.address.partition(".")[2] for each in waivers_in_force([pattern], env)] == [
        "secret_session_key_secret_FC7E9F61",
        "secret_api_key_secret_DB8985E9",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"environments": ("prod",)},
        {"environments": (), "not_in": ("dev",)},
        {"only_if": "dns.domain"},
        {"mode": "plan"},
    ],
)
def test_a_waiver_that_does_not_count_is_validated_all_the_same(changes: dict[str, Any]) -> None:
    for wrong in ({"check": "CKV_AWS_9999"}, {"expires": date(2025, 1, 1)}, {"expires": date(2030, 1, 1)}):
        assert len(invalid(changed(**changes | wrong))) == 1
    assert len(invalid(*[changed(**changes)] * 2)) > 0


def test_a_waiver_of_plans_covers_no_finding_of_the_json() -> None:
    plan = changed(mode="plan")
    assert judge(plan) == ([FINDING], [])
    assert judge(plan, mode="plan") == ([], [])


def test_a_waiver_of_the_json_covers_the_same_finding_of_a_plan() -> None:
    assert judge(GOOD, mode="plan") == ([], [])


def test_only_the_scan_of_its_own_mode_says_that_a_finding_is_gone() -> None:
    elsewhere = {"address": "service/aws_lb.alb"}
    assert judge(changed(**elsewhere), mode="plan") == ([FINDING], [])
    assert judge(changed(**elsewhere, mode="plan")) == ([FINDING], [])
    assert "no longer occurs" in judge(changed(**elsewhere, mode="plan"), mode="plan")[1][0]
    assert "no such resource" in judge(changed(address="service/aws_lb.gone", mode="plan"))[1][0]
