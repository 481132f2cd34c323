"""Proofs in the gate: their findings are shown and waived like others, and no failure of a proof goes unnoticed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from config import Environment
from pipeline.scan import Verdict
from pipeline.scan.junit import to_junit
from pipeline.scan.render import show_verdict
from pipeline.scan.sarif import to_sarif
from policies.proof.catalogue import PROOFS, check_id
from policies.proof.configuration import Configuration
from policies.proof.privilege import RULES
from tests.pipeline.scan.samples import policy, statement

Configs = dict[str, dict[str, Any]]
ADDRESS = "infrastructure/aws_iam_policy.read"
DETAIL = "Policies allow actions by name: allows s3:Get*"
WAIVER = f"""
[[waiver]]
check = "PROOF_WILDCARD_ACTION"
address = "{ADDRESS}"
environments = ["dev"]
reason = "a reason of more than twenty characters"
owner = "platform"
expires = 2026-06-30
"""


@pytest.fixture
def wild(configs: Configs) -> Configs:
    """A too wide policy that checkov passes."""
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = policy(statement(Action="s3:Get*"))
    return configs


def test_a_finding_names_rule_resource_attribute_and_fault(wild: Configs, scan: Callable[..., Verdict]) -> None:
    (finding,) = [each for each in scan(wild).findings if each.check == "PROOF_WILDCARD_ACTION"]
    assert finding.address == ADDRESS
    assert finding.attributes == ("policy/Statement/Action",)
    assert finding.text == DETAIL
    assert finding.fix
    assert finding.line > 1


def test_every_output_says_what_is_wrong(wild: Configs, scan: Callable[..., Verdict]) -> None:
    verdict = scan(wild)
    text = io.StringIO()
    show_verdict(verdict, Console(file=text, width=200))
    assert DETAIL in text.getvalue()
    assert DETAIL in json.dumps(to_sarif(verdict))
    assert DETAIL in {each.get("message") for each in to_junit(verdict).iter("failure")}
    assert verdict.to_dict()["findings"][0]["detail"] == "allows s3:Get*"


def test_it_is_waived_like_any_other(wild: Configs, configs: Configs, scan: Callable[..., Verdict]) -> None:
    assert scan(wild, WAIVER).passed
    configs["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = policy(statement())
    assert any("no longer occurs" in problem for problem in scan(configs, WAIVER).problems)


def test_several_faults_of_one_resource_are_one_finding(wild: Configs, scan: Callable[..., Verdict]) -> None:
    both = policy(statement(Action="s3:Get*"), statement(Action="s3:Put*"))
    wild["infrastructure"]["resource"]["aws_iam_policy"]["read"]["policy"] = both
    found = {each.check: each.detail for each in scan(wild).findings}
    assert found["PROOF_WILDCARD_ACTION"] == "allows s3:Get*; allows s3:Put*"


def test_a_proof_that_cannot_be_made_is_a_problem(
    configs: Configs, scan: Callable[..., Verdict], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(account: Configuration, env: Environment) -> None:
        raise KeyError("subnet")

    monkeypatch.setattr("policies.proof.catalogue.regions.misplaced_resources", stumble)
    problems = scan(configs).problems
    assert problems == (
        "the proof of regions could not be made: an argument 'subnet' that it reads is missing; synthesise again",
    )


def test_ids_are_distinct_and_every_rule_has_its_words() -> None:
    ids = {check_id(rule) for rule in PROOFS}
    assert len(ids) == len(PROOFS)
    assert all(re.fullmatch(r"PROOF_[A-Z_]+", each) for each in ids)
    assert set(RULES) | {"other-account", "unreadable"} <= set(PROOFS)
