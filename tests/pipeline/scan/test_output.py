"""Output of the verdict: terminal, SARIF and JUnit."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

from rich.console import Console

from pipeline.scan import Finding, Verdict, Waived, Waiver
from pipeline.scan.junit import write_junit
from pipeline.scan.render import show_verdict
from pipeline.scan.sarif import write_sarif

LEFT = Finding("service/aws_lb.alb", "CKV_AWS_150", "Ensure deletion protection", "set x to True", ("x",), "a.json", 7)
ACCEPTED = Finding("edge/aws_s3_bucket.logs", "CKV_AWS_144", "Ensure replication")
WAIVER = Waiver(
    "CKV_AWS_144", "edge/aws_s3_bucket.logs", ("dev",), "log buckets are not replicated", "platform", date(2026, 6, 30)
)
RED = Verdict("dev", (LEFT,), (Waived(ACCEPTED, WAIVER),), ("service: unknown key",), 12, 3)
GREEN = Verdict("dev", (), (), (), 12, 3)


def shown(verdict: Verdict) -> str:
    text = io.StringIO()
    show_verdict(verdict, Console(file=text, width=100))
    return text.getvalue()


def test_people_see_what_to_change_where() -> None:
    text = shown(RED)
    for part in ("service: 1 finding\n", "aws_lb.alb", "CKV_AWS_150", "fix: set x to True", "service: unknown key"):
        assert part in text
    assert "log buckets are not replicated" in text
    assert "scan refused: dev, 3 resources, 12 checks, 1 finding, 1 waived, 1 problem" in text


def test_a_pass_is_one_line() -> None:
    assert shown(GREEN).strip() == "scan passed: dev, 3 resources, 12 checks, 0 findings, 0 waived, 0 problems"


def test_json_names_everything() -> None:
    data = json.loads(json.dumps(RED.to_dict()))
    assert data["passed"] is False
    assert data["findings"][0]["address"] == "service/aws_lb.alb"
    assert data["waived"][0]["expires"] == "2026-06-30"
    assert GREEN.to_dict()["passed"] is True


def test_sarif(tmp_path: Path) -> None:
    write_sarif(RED, tmp_path / "out" / "scan.sarif")
    run = json.loads((tmp_path / "out" / "scan.sarif").read_text())["runs"][0]
    finding, waived, problem = run["results"]
    assert finding["locations"][0]["physicalLocation"]["region"]["startLine"] == 7
    assert "suppressions" not in finding
    assert "log buckets are not replicated" in waived["suppressions"][0]["justification"]
    assert problem["message"]["text"] == "service: unknown key"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}


def test_junit(tmp_path: Path) -> None:
    write_junit(RED, tmp_path / "scan.xml")
    suite = ET.parse(tmp_path / "scan.xml").getroot()
    counts = [suite.get(key) for key in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "1", "1"]
    kinds = [child.tag for case in suite for child in case]
    assert kinds == ["failure", "skipped", "error"]
    assert len(suite) == 4


def test_one_decision_about_several_resources_is_one_line() -> None:
    other = replace(WAIVER, address="edge/aws_s3_bucket.more", expires=date(2026, 5, 1))
    verdict = Verdict("dev", (), (Waived(ACCEPTED, WAIVER), Waived(ACCEPTED, other)), (), 12, 3)
    lines = [line for line in shown(verdict).splitlines() if line.startswith("waived")]
    assert lines == ["waived  CKV_AWS_144 on 2 resources until 2026-05-01 (decision): log buckets are not replicated"]
