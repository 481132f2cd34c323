"""Every rule of our own passes its compliant cases and refuses its non-compliant ones."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.scan.run import run_checks
from pipeline.work import repo_root
from terraform_json.merged import merge
from tests.policies.cases import (
    bedrock,
    cloudfront,
    containers,
    detection,
    identity,
    load_balancing,
    network,
    storage,
    waf,
    workflows,
)
from tests.policies.cases.rule_cases import Body

CASES = (
    *bedrock.CASES,
    *cloudfront.CASES,
    *containers.CASES,
    *detection.CASES,
    *identity.CASES,
    *load_balancing.CASES,
    *network.CASES,
    *storage.CASES,
    *waf.CASES,
    *workflows.CASES,
)
CHECKS = repo_root() / "policies" / "checks"
RULES = sorted([*CHECKS.glob("[!_]*.py"), *CHECKS.glob("*.yaml")])
COMPLIANT = [
    pytest.param(each.rule, each.resource_type, body, id=f"{each.rule}, {each.resource_type}: {name}")
    for each in CASES
    for name, body in each.compliant.items()
]
NON_COMPLIANT = [
    pytest.param(each.rule, each.resource_type, body, id=f"{each.rule}, {each.resource_type}: {name}")
    for each in CASES
    for name, body in each.non_compliant.items()
]


def broken(resource_type: str, body: Body, rule: str) -> bool:
    """Whether the check of `rule` fails for one resource, scanned as the gate scans it."""
    config = {"resource": {resource_type: {"it": body}}}
    outcome = run_checks(merge({"layer": config}))
    assert outcome.problems == []
    assert (check_id(rule), f"layer/{resource_type}.it") in outcome.passed | set(outcome.findings)
    return (check_id(rule), f"layer/{resource_type}.it") in outcome.findings


def check_id(rule: str) -> str:
    text = (CHECKS / f"{rule}.py").read_text()
    return text.split('check_id = "')[1].split('"')[0]


@pytest.mark.parametrize(("rule", "resource_type", "body"), COMPLIANT)
def test_compliant(rule: str, resource_type: str, body: Body) -> None:
    assert not broken(resource_type, body, rule)


@pytest.mark.parametrize(("rule", "resource_type", "body"), NON_COMPLIANT)
def test_non_compliant(rule: str, resource_type: str, body: Body) -> None:
    assert broken(resource_type, body, rule)


@pytest.mark.parametrize("delivered", [True, False])
def test_cloudfront_access_logs(delivered: bool) -> None:
    source = {"resource_arn": "${aws_cloudfront_distribution.site.arn}", "log_type": "ACCESS_LOGS"}
    resources: dict[str, Any] = {"aws_cloudfront_distribution": {"site": {"enabled": True}}}
    if delivered:
        resources["aws_cloudwatch_log_delivery_source"] = {"logs": source}
    outcome = run_checks(merge({"edge": {"resource": resources}}))
    pair = ("CKV_SITECHAT_13", "edge/aws_cloudfront_distribution.site")
    assert (pair in outcome.passed, pair in outcome.findings) == (delivered, not delivered)


def test_every_rule_has_cases() -> None:
    covered = {each.rule for each in CASES} | {"cloudfront_access_logs"}
    assert {path.stem for path in RULES} == covered


def test_ids_are_unique() -> None:
    ids = [check_id(path.stem) for path in RULES if path.suffix == ".py"]
    assert len(set(ids)) == len(ids) == len(RULES) - 1
