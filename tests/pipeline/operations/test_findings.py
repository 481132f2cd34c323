"""Findings of an image: both forms of a scan, thresholds, waivers, and what a refusal says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import Environment
from config.sections.image import SEVERITIES
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import findings
from pipeline.operations.findings import Vulnerability, read_findings, review, review_image, stop_on_findings
from pipeline.operations.manifests import MANIFESTS, sha256
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


class Indexed:
    """A registry with an index of these images, by platform, whose scans have these statuses and findings."""

    def __init__(self, *images: tuple[str, str, str]) -> None:
        self._scans = {sha256(f"{number}".encode()): each for number, each in enumerate(images)}
        parts = [
            {"digest": digest, "platform": {"os": each[0].partition("/")[0], "architecture": each[0].partition("/")[2]}}
            for digest, each in self._scans.items()
        ]
        self.text = json.dumps({"schemaVersion": 2, "mediaType": MANIFESTS[3], "manifests": parts})
        self.digests = list(self._scans)

    def batch_get_image(self, **given: Any) -> dict[str, Any]:
        return {"images": [{"imageManifest": self.text, "imageManifestMediaType": MANIFESTS[3]}]}

    def describe_image_scan_findings(self, **given: Any) -> dict[str, Any]:
        _, status, severity = self._scans[given["imageId"]["imageDigest"]]
        named = [{"name": f"CVE-{severity}", "severity": severity}] if severity else []
        return {"imageScanStatus": {"status": status}, "imageScanFindings": {"findings": named}}


ATTESTED = ("unknown/unknown", "COMPLETE", "CRITICAL")


@pytest.mark.parametrize(
    ("images", "status", "of", "stopping", "unscanned"),
    [
        ((("linux/amd64", "COMPLETE", "CRITICAL"), ("linux/arm64", "COMPLETE", ""), ATTESTED), "COMPLETE", [1], [], ""),
        ((("linux/arm64", "COMPLETE", "HIGH"), ATTESTED), "COMPLETE", [0], ["CVE-HIGH"], ""),
        (
            (("linux/arm64", "COMPLETE", "HIGH"), ("linux/arm64", "FAILED", "LOW")),
            "FAILED",
            [0, 1],
            ["CVE-HIGH"],
            "it has no valid scan: FAILED",
        ),
        (
            (("linux/amd64", "COMPLETE", ""), ("windows/arm64", "COMPLETE", ""), ATTESTED),
            "",
            [],
            [],
            "it is an index without an image for linux/arm64, where its tasks run",
        ),
    ],
    ids=["of another processor", "of this one", "two for this one", "none for this one"],
)
def test_of_an_index_what_the_tasks_run_is_reviewed(
    images: tuple[tuple[str, str, str], ...],
    status: str,
    of: list[int],
    stopping: list[str],
    unscanned: str,
    waivers: Path,
    tmp_path: Path,
) -> None:
    registry, env = Indexed(*images), varied("dev", service__architecture="ARM64", image__stop_release_at="HIGH")
    session = Session(env, "dev", Work(tmp_path), {}, Path("terraform"))
    digest = sha256(registry.text.encode())
    judged = review_image(session, DeployedRepository("app", "registry/app", registry), digest)
    assert (judged.status, judged.images) == (status, tuple(registry.digests[number] for number in of))
    assert ([each.id for each in judged.stopping], judged.unscanned) == (stopping, unscanned)
    assert judged.stops is bool(stopping or unscanned)


@pytest.mark.parametrize("answer", [{}, {"imageScanStatus": {}}, {"imageScanFindings": {"enhancedFindings": [{}]}}])
def test_an_answer_without_a_status_is_no_scan(answer: dict[str, Any], waivers: Path) -> None:
    registry = SimpleNamespace(describe_image_scan_findings=lambda **given: answer)
    status, _ = read_findings(DeployedRepository("app", "registry/app", registry), DIGEST)
    assert review(dev(), status, [], TODAY).unscanned == "it was never scanned"


def test_findings_that_lack_everything_count_as_not_judged_yet() -> None:
    told = {"findings": [{"attributes": [{}]}], "enhancedFindings": [{}]}
    assert [(each.severity, each.rank) for each in scanned(told)] == [("UNDEFINED", 2), ("UNTRIAGED", 2)]


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


def refusal(found: findings.Review, folder: Path) -> SitechatError:
    with pytest.raises(SitechatError) as refused:
        stop_on_findings(Session(dev(), "dev", Work(folder), {}, Path("terraform")), DIGEST, found)
    assert refused.value.code is ExitCode.GATE
    return refused.value


@pytest.mark.parametrize("found_too", [[], [found("HIGH")]], ids=["alone", "and a finding"])
def test_a_refusal_for_a_broken_file_of_waivers_says_to_correct_it(
    found_too: list[Vulnerability], waivers: Path, tmp_path: Path
) -> None:
    """Another scan would change nothing, nor would a further waiver."""
    waivers.write_text(WAIVER.format(expires="2029-02-01"))
    refused = refusal(review(dev(), "COMPLETE", found_too, TODAY), tmp_path)
    assert "image_waivers.toml, waiver 1: expires on 2029-02-01" in refused.message
    assert refused.hint.startswith("Correct policies/image_waivers.toml")


def test_a_refusal_of_an_index_without_an_image_for_the_tasks_says_to_build_one(waivers: Path, tmp_path: Path) -> None:
    judged = replace(review(dev(), "", [], TODAY), platform="linux/arm64")
    assert refusal(judged, tmp_path).hint.startswith("Build and push one for linux/arm64")


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
