"""Each rule of ours refuses what it is for and lets the right thing pass."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.scan.run import run
from pipeline.work import repo_root
from terraform_json.merged import merge
from tests.policies import cases, setting_cases
from tests.policies.cases import Body

CASES = (*cases.CASES, *setting_cases.CASES)
RULES = sorted(repo_root().glob("policies/checks/[!_]*"))


def broken(kind: str, body: Body, rule: str) -> bool:
    """Whether the check of `rule` fails for one resource, scanned as the gate scans it."""
    config = {"resource": {kind: {"it": body}}}
    outcome = run(merge({"layer": config}))
    assert outcome.problems == []
    assert (check_id(rule), f"layer/{kind}.it") in outcome.passed | set(outcome.findings)
    return (check_id(rule), f"layer/{kind}.it") in outcome.findings


def check_id(rule: str) -> str:
    text = (repo_root() / "policies" / "checks" / f"{rule}.py").read_text()
    return text.split('check_id = "')[1].split('"')[0]


@pytest.mark.parametrize(
    ("rule", "kind", "body"), [(rule, kind, body) for rule, kind, bodies, _ in CASES for body in bodies]
)
def test_compliant(rule: str, kind: str, body: Body) -> None:
    assert not broken(kind, body, rule)


@pytest.mark.parametrize(
    ("rule", "kind", "body"), [(rule, kind, body) for rule, kind, _, bodies in CASES for body in bodies]
)
def test_non_compliant(rule: str, kind: str, body: Body) -> None:
    assert broken(kind, body, rule)


@pytest.mark.parametrize("delivered", [True, False])
def test_cloudfront_access_logs(delivered: bool) -> None:
    source = {"resource_arn": "${aws_cloudfront_distribution.site.arn}", "log_type": "ACCESS_LOGS"}
    resources: dict[str, Any] = {"aws_cloudfront_distribution": {"site": {"enabled": True}}}
    if delivered:
        resources["aws_cloudwatch_log_delivery_source"] = {"logs": source}
    outcome = run(merge({"edge": {"resource": resources}}))
    pair = ("CKV_SITECHAT_13", "edge/aws_cloudfront_distribution.site")
    assert (pair in outcome.passed, pair in outcome.findings) == (delivered, not delivered)


def test_every_rule_has_cases() -> None:
    covered = {rule for rule, *_ in CASES} | {"cloudfront_access_logs"}
    assert {path.stem for path in RULES if path.is_file()} == covered


def test_ids_are_unique() -> None:
    ids = [check_id(path.stem) for path in RULES if path.suffix == ".py"]
    assert len(set(ids)) == len(ids) == len(RULES) - 1
