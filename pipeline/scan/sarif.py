"""The verdict as SARIF 2.1.0, which code hosts show beside the lines concerned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.scan.model import Finding, Verdict, Waived
from pipeline.whole import replace_file

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PROBLEM = "SCAN_PROBLEM"


def write_sarif(verdict: Verdict, path: Path) -> None:
    """Write `path`, whole or not at all; waived findings are in it, suppressed with their reason."""
    replace_file(path, f"{json.dumps(to_sarif(verdict), indent=2)}\n".encode())


def to_sarif(verdict: Verdict) -> dict[str, Any]:
    """The SARIF log as data."""
    findings = [*verdict.findings, *(item.finding for item in verdict.waived)]
    rules = {finding.check: finding.title for finding in findings}
    if verdict.problems:
        rules[_PROBLEM] = "The scan can't vouch for the configuration"
    results = [_result(finding) for finding in verdict.findings]
    results += [_suppressed(item) for item in verdict.waived]
    results += [{"ruleId": _PROBLEM, "level": "error", "message": {"text": problem}} for problem in verdict.problems]
    driver = {
        "name": "sitechat scan",
        "rules": [{"id": check, "shortDescription": {"text": title}} for check, title in sorted(rules.items())],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(finding: Finding) -> dict[str, Any]:
    text = f"{finding.address}: {finding.text}" + (f"; {finding.fix}" if finding.fix else "")
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.address}]}
    if finding.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(finding.file)},
            "region": {"startLine": finding.line},
        }
    return {
        "ruleId": finding.check,
        "level": "error",
        "message": {"text": text},
        "locations": [location],
        "partialFingerprints": {"address/v1": f"{finding.check}:{finding.address}"},
    }


def _suppressed(item: Waived) -> dict[str, Any]:
    reason = f"{item.waiver.reason} ({item.waiver.owner}, until {item.waiver.expires.isoformat()})"
    return _result(item.finding) | {"suppressions": [{"kind": "external", "justification": reason}]}


def _uri(file: str) -> str:
    """Path relative to the current folder where possible: code hosts match repository paths."""
    path = Path(file).resolve()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_uri()
