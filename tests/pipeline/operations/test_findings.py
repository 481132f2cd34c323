"""Findings of an image: both forms of a scan, thresholds, waivers, and what a refusal says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import Environment
from config.sections.image import SEVERITIES
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import findings
from pipeline.operations.findings import Vulnerability, read_findings, review, stop_on_findings
from pipeline.operations.registry import DeployedRepository
from pipeline.session import Session
from pipeline.work import Work
from tests.support.environments import varied

TODAY = date(2026, 12, 1)
DIGEST = f"sha256:{'ab' * 32}"
WAIVER = (
    '[[waiver]]\nvulnerability = "CVE-2026-1"\npackage = "openssl"\nenvironments = ["dev"]\n'
    'reason = "the vulnerable cipher is switched off here"\nowner = "platform"\nexpires = {expires}\n'
)


def found(severity: str, name: str = "CVE-2026-1", package: str = "openssl") -> Vulnerability:
    return Vulnerability(name, package, "3.0.1", "3.0.2", severity)


def dev(threshold: str = "HIGH") -> Environment:
    return varied("dev", image__stop_release_at=threshold)


@pytest.fixture
def waivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty file of waivers in the place of the shipped one."""
    path = tmp_path / "image_waivers.toml"
    path.write_text("")
    monkeypatch.setattr(findings, "WAIVER_FILE", path)
    return path


@pytest.mark.parametrize(
    ("threshold", "stopping"),
    [
        ("CRITICAL", {"CRITICAL", "NEW WORD"}),
        ("HIGH", {"CRITICAL", "NEW WORD", "HIGH"}),
        ("MEDIUM", {"CRITICAL", "NEW WORD", "HIGH", "MEDIUM", "UNTRIAGED", "UNDEFINED"}),
        ("LOW", {"CRITICAL", "NEW WORD", "HIGH", "MEDIUM", "UNTRIAGED", "UNDEFINED", "LOW"}),
        ("never", set()),
    ],
)
def test_a_finding_stops_from_the_threshold_on(threshold: str, stopping: set[str], waivers: Path) -> None:
    given = [found(each) for each in (*SEVERITIES, "NEW WORD")]
    judged = review(dev(threshold), "COMPLETE", given, TODAY)
    assert {each.severity for each in judged.stopping} == stopping
    assert judged.stops is bool(stopping)


@pytest.mark.parametrize(
    ("expires", "environment", "vulnerability", "package", "stops"),
    [
        ("2026-12-01", "dev", "CVE-2026-1", "openssl", False),
        ("2026-11-30", "dev", "CVE-2026-1", "openssl", True),
        ("2027-02-01", "prod", "CVE-2026-1", "openssl", True),
        ("2027-02-01", "dev", "CVE-2026-2", "openssl", True),
        ("2027-02-01", "dev", "CVE-2026-1", "libssl", True),
    ],
    ids=["accepted", "expired", "elsewhere", "another vulnerability", "another package"],
)
def test_a_waiver_is_for_one_vulnerability_in_one_package_for_a_while(
    expires: str, environment: str, vulnerability: str, package: str, stops: bool, waivers: Path
) -> None:
    waivers.write_text(WAIVER.format(expires=expires))
    env = dev() if environment == "dev" else varied("prod")
    judged = review(env, "COMPLETE", [found("HIGH", vulnerability, package)], TODAY)
    assert judged.stops is stops
    assert bool(judged.waived) is not stops


def test_a_waiver_that_accepts_nothing_here_is_told(waivers: Path) -> None:
    waivers.write_text(WAIVER.format(expires="2027-02-01"))
    assert [each.name for each in review(dev(), "COMPLETE", [], TODAY).needless] == ["CVE-2026-1 in openssl"]


def test_a_file_that_is_not_in_the_form_stops_every_release(waivers: Path) -> None:
    waivers.write_text(WAIVER.format(expires="2029-02-01"))
    judged = review(dev(), "COMPLETE", [], TODAY)
    assert judged.stops
    assert "more than a year" in judged.problems[0]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("", "never scanned"),
        ("PENDING", "no result yet"),
        ("IN_PROGRESS", "no result yet"),
        ("SCAN_ELIGIBILITY_EXPIRED", "no valid scan: SCAN_ELIGIBILITY_EXPIRED"),
        ("UNSUPPORTED_IMAGE", "no valid scan: UNSUPPORTED_IMAGE"),
    ],
)
def test_an_image_without_a_result_stops(status: str, told: str, waivers: Path) -> None:
    judged = review(dev(), status, [], TODAY)
    assert judged.stops
    assert told in judged.unscanned
    assert not review(dev("never"), status, [], TODAY).stops


@pytest.mark.parametrize("status", ["COMPLETE", "ACTIVE"])
def test_a_scan_without_findings_stops_nothing(status: str, waivers: Path) -> None:
    assert not review(dev(), status, [], TODAY).stops


class Registry:
    """A registry that answers with these pages of findings."""

    def __init__(self, pages: Sequence[dict[str, Any]]) -> None:
        self._pages = pages

    def describe_image_scan_findings(self, **given: Any) -> dict[str, Any]:
        number = int(given.pop("nextToken", 0))
        assert given == {"repositoryName": "app", "imageId": {"imageDigest": DIGEST}}
        more = {"nextToken": str(number + 1)} if number + 1 < len(self._pages) else {}
        return {"imageScanStatus": {"status": "ACTIVE"}, "imageScanFindings": self._pages[number], **more}


def scanned(*pages: dict[str, Any]) -> tuple[Vulnerability, ...]:
    status, read = read_findings(DeployedRepository("app", "registry/app", Registry(pages)), DIGEST)
    assert status == "ACTIVE"
    return read


def test_ecrs_own_scan_is_read() -> None:
    attributes = [{"key": "package_name", "value": "zlib"}, {"key": "package_version", "value": "1.2"}]
    told = {"findings": [{"name": "CVE-2026-3", "severity": "LOW", "attributes": attributes}]}
    assert scanned(told) == (Vulnerability("CVE-2026-3", "zlib", "1.2", "", "LOW"),)


def test_inspectors_scan_is_read_package_by_package_and_page_by_page() -> None:
    packages = [
        {"name": "openssl", "version": "3.0.1", "fixedInVersion": "3.0.2"},
        {"name": "libssl", "version": "3.0.1", "fixedInVersion": "NotAvailable"},
    ]
    details = {"vulnerabilityId": "CVE-2026-1", "vulnerablePackages": packages}
    first = {"severity": "HIGH", "status": "ACTIVE", "packageVulnerabilityDetails": details}
    closed = {**first, "status": "CLOSED"}
    code = {"severity": "CRITICAL", "status": "SUPPRESSED", "type": "CODE_VULNERABILITY", "title": "CWE-79"}
    assert scanned({"enhancedFindings": [first, closed]}, {"enhancedFindings": [code]}) == (
        Vulnerability("CVE-2026-1", "openssl", "3.0.1", "3.0.2", "HIGH"),
        Vulnerability("CVE-2026-1", "libssl", "3.0.1", "", "HIGH"),
        Vulnerability("CWE-79", "code_vulnerability", "", "", "CRITICAL"),
    )


def test_a_refusal_names_image_findings_and_the_waiver_to_write(waivers: Path, tmp_path: Path) -> None:
    waivers.write_text(WAIVER.format(expires="2026-11-30"))
    session = Session(dev(), "dev", Work(tmp_path), {}, Path("terraform"))
    judged = review(session.env, "COMPLETE", [found("HIGH"), *(found("HIGH", f"CVE-1-{n}") for n in range(25))], TODAY)
    with pytest.raises(SitechatError) as refused:
        stop_on_findings(session, DIGEST, judged)
    assert refused.value.code is ExitCode.GATE
    assert DIGEST in refused.value.message
    assert "HIGH CVE-1-0 in openssl 3.0.1, fixed in 3.0.2" in refused.value.message
    assert "and 6 more" in refused.value.message
    assert "the waiver of CVE-2026-1 in openssl expired on 2026-11-30" in refused.value.message
    assert 'vulnerability = "CVE-1-0"' in refused.value.hint
