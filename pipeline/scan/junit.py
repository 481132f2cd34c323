"""The verdict as JUnit XML, which most CI systems can show."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from pipeline.errors import counted
from pipeline.scan.model import Verdict
from pipeline.whole import replace_file


def write_junit(verdict: Verdict, path: Path) -> None:
    """Write `path`, whole or not at all: findings as failures, problems as errors, waivers as skipped tests."""
    replace_file(path, ET.tostring(to_junit(verdict), encoding="utf-8", xml_declaration=True))


def to_junit(verdict: Verdict) -> ET.Element:
    """The <testsuite> element; one passing case carries the counts, so that an empty suite never means a pass."""
    counts = {
        "tests": 1 + len(verdict.findings) + len(verdict.waived) + len(verdict.problems),
        "failures": len(verdict.findings),
        "errors": len(verdict.problems),
        "skipped": len(verdict.waived),
    }
    suite = ET.Element("testsuite", {"name": f"sitechat scan {verdict.env}"} | {k: str(v) for k, v in counts.items()})
    evaluated = f"{counted(verdict.checks_run, 'check')} on {counted(verdict.resources_seen, 'resource')}"
    ET.SubElement(suite, "testcase", classname="scan", name=evaluated)
    for finding in verdict.findings:
        case = ET.SubElement(suite, "testcase", classname=finding.address, name=finding.check)
        ET.SubElement(case, "failure", message=finding.text).text = finding.fix or finding.text
    for item in verdict.waived:
        case = ET.SubElement(suite, "testcase", classname=item.waiver.address, name=item.waiver.check)
        ET.SubElement(case, "skipped", message=item.waiver.reason)
    for number, problem in enumerate(verdict.problems, start=1):
        case = ET.SubElement(suite, "testcase", classname="scan", name=f"problem {number}")
        ET.SubElement(case, "error", message=problem)
    return suite
