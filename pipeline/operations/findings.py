"""What a scan found in an image, one vulnerability in one package each, and whether that stops a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from config.sections.image import SEVERITIES
from pipeline.aws import asked_for, failed_to
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.operations.contents import read_manifest
from pipeline.operations.docker import PLATFORMS
from pipeline.operations.manifests import UnknownFormError
from pipeline.operations.registry import SCAN_DONE, SCAN_NEVER, SCAN_PENDING, DeployedRepository, ImageScan
from pipeline.session import Session
from policies.image_waivers import FILE as WAIVER_FILE
from policies.image_waivers import ImageWaiver, read_image_waivers

if TYPE_CHECKING:
    from config import Environment

WAIVERS = "policies/image_waivers.toml"
LASTS = timedelta(days=180)
# Most findings that a refusal lists.
SHOWN = 20
# A severity that nobody has judged yet counts as this one, and a word that isn't known as the worst.
_UNJUDGED, _COUNTS_AS = ("UNTRIAGED", "UNDEFINED"), "MEDIUM"


@dataclass(frozen=True)
class Vulnerability:
    """One vulnerability in one package of an image. `fixed_in` is empty where no version is known to be without it."""

    id: str
    package: str
    version: str
    fixed_in: str
    severity: str

    @property
    def rank(self) -> int:
        """Place of its severity, the worst first."""
        severity = _COUNTS_AS if self.severity in _UNJUDGED else self.severity
        return SEVERITIES.index(severity) if severity in SEVERITIES else 0

    @property
    def text(self) -> str:
        """One line: severity, id, package with its version, and the version to go to."""
        fixed = f"fixed in {self.fixed_in}" if self.fixed_in else "no fixed version known"
        return f"{self.severity} {self.id} in {self.package} {self.version}, {fixed}"

    def to_dict(self) -> dict[str, str]:
        """The vulnerability as plain data."""
        names = ("id", "package", "version", "fixed_in", "severity")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Review:
    """Findings of an image under the settings and waivers of one environment.

    `status` is AWS's word for the scan, empty where there was none. `expired` are waivers that would have accepted a
    finding that stops, `needless` those that accept nothing here, `problems` what is wrong with their file. Of an index
    `platform` is that of the tasks, and `images` are what they run of it; both are empty where it is one image.
    """

    status: str
    threshold: str
    findings: tuple[Vulnerability, ...] = ()
    stopping: tuple[Vulnerability, ...] = ()
    waived: tuple[tuple[Vulnerability, ImageWaiver], ...] = ()
    expired: tuple[ImageWaiver, ...] = ()
    needless: tuple[ImageWaiver, ...] = ()
    problems: tuple[str, ...] = ()
    platform: str = ""
    images: tuple[str, ...] = ()

    @property
    def scan(self) -> ImageScan:
        """The scan's status, and how many findings it has by severity."""
        return ImageScan(self.status, Counter(each.severity for each in self.findings))

    @property
    def of(self) -> str:
        """Which image of an index the review is of; empty for an image that is no index."""
        return f"{self.platform}: {', '.join(self.images)}" if self.images else ""

    @property
    def scanned(self) -> bool:
        """Whether a scan came to an end, and still counts."""
        return self.status in SCAN_DONE

    @property
    def unscanned(self) -> str:
        """Why there is no result, in words; empty where there is one."""
        if self.platform and not self.images:
            return f"it is an index without an image for {self.platform}, where its tasks run"
        if self.scanned or self.status == SCAN_NEVER:
            return ""
        if not self.status:
            return "it was never scanned"
        return "its scan has no result yet" if self.status in SCAN_PENDING else f"it has no valid scan: {self.status}"

    @property
    def stops(self) -> bool:
        """Whether a release of the image is stopped."""
        return self.threshold != "never" and bool(self.unscanned or self.stopping or self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The review as plain data."""
        return {
            "status": self.status,
            "platform": self.platform or None,
            "images": list(self.images),
            "stop_release_at": self.threshold,
            "stops": self.stops,
            "unscanned": self.unscanned,
            "stopping": [each.to_dict() for each in self.stopping],
            "waived": [found.to_dict() | {"waiver": waiver.to_dict()} for found, waiver in self.waived],
            "expired_waivers": [each.name for each in self.expired],
            "problems": list(self.problems),
        }


def review_image(session: Session, repository: DeployedRepository, digest: str) -> Review:
    """Review an image of the environment's repository; of an index what the environment's tasks run.

    ECR scans the images of an index one by one, and never the index. Raises SitechatError (6) when AWS can't be asked.
    """
    platform, images = scanned_images(session.env, repository, digest)
    read = [read_findings(repository, each) for each in images]
    # Of several for one platform ECS takes one or the other: one that isn't scanned counts for all.
    status = next((each for each, _ in read if each not in SCAN_DONE), read[0][0] if read else "")
    if session.env.emulated and not status:
        status = SCAN_NEVER
    found = dict.fromkeys(each for _, some in read for each in some)
    return replace(review(session.env, status, tuple(found)), platform=platform, images=images if platform else ())


def scanned_images(env: Environment, repository: DeployedRepository, digest: str) -> tuple[str, tuple[str, ...]]:
    """The platform of an environment's tasks and what of an index they run; "" and the image itself for any other.

    What has an unknown form is asked for as it is: an image without a scan stops a release. Raises SitechatError (6).
    """
    platform = platform_of(env)
    try:
        manifest = read_manifest(repository, digest)
        return (platform, manifest.for_platform(platform)) if manifest.is_index else ("", (digest,))
    except UnknownFormError:
        return "", (digest,)


def platform_of(env: Environment) -> str:
    """The platform of an environment's tasks: linux/arm64 or linux/amd64."""
    return PLATFORMS[env.service.architecture]


def review(env: Environment, status: str, findings: Sequence[Vulnerability], today: date | None = None) -> Review:
    """Judge findings by the settings of an environment and the waivers that count there today."""
    day, threshold = today or datetime.now(UTC).date(), env.image.stop_release_at
    every, problems = read_image_waivers(day, WAIVER_FILE)
    mine = {(each.vulnerability, each.package): each for each in every if each.covers(env.name)}
    known = [(each, mine.get((each.id, each.package))) for each in sorted(findings, key=_by_severity)]
    limit = SEVERITIES.index(threshold) if threshold != "never" else -1
    stopping = [each for each, waiver in known if each.rank <= limit and (waiver is None or waiver.expires < day)]
    used = [(each, waiver) for each, waiver in known if waiver is not None]
    return Review(
        status=status,
        threshold=threshold,
        findings=tuple(each for each, _ in known),
        stopping=tuple(stopping),
        waived=tuple((each, waiver) for each, waiver in used if waiver.expires >= day),
        expired=tuple(dict.fromkeys(waiver for each, waiver in used if waiver.expires < day and each in stopping)),
        needless=tuple(each for each in mine.values() if each not in {waiver for _, waiver in used}),
        problems=problems,
    )


def stop_on_findings(session: Session, name: str, found: Review) -> None:
    """Tell what was found in the image called `name`. Raises SitechatError (4) where that stops a release."""
    name = f"{name} ({found.of})" if found.of else name
    if found.status == SCAN_NEVER:
        err.print(f"  {name}: {SCAN_NEVER}", markup=False)
    for vulnerability, waiver in found.waived:
        told = f"accepted until {waiver.expires.isoformat()} by {waiver.owner}"
        err.print(f"  {vulnerability.text}: {told}", markup=False)
    if not found.stops:
        if found.findings:
            told = counted(len(found.findings), "finding")
            err.print(f"  {name}: {told}, none of which stops a release ({found.threshold})", markup=False)
        return
    lines = [*found.problems, *([found.unscanned] if found.unscanned else [])]
    lines += [each.text for each in found.stopping[:SHOWN]]
    if len(found.stopping) > SHOWN:
        lines.append(f"and {len(found.stopping) - SHOWN} more")
    lines += [f"the waiver of {each.name} expired on {each.expires.isoformat()}" for each in found.expired]
    raise SitechatError(
        f"{name} is not released, as image.stop_release_at = {found.threshold} says:\n" + "\n".join(lines),
        hint=_hint(session, found),
        code=ExitCode.GATE,
    )


def _hint(session: Session, found: Review) -> str:
    if found.problems:
        # A waiver that isn't in the form accepts nothing, so that what it is for stops as well.
        return f"Correct {WAIVERS}; what it has to look like stands at its beginning. Then run this again."
    if found.platform and not found.images:
        return f"Build and push one for {found.platform}, or set [service] architecture to what the image is for."
    if not found.stopping:
        status = again("image status", session.env_ref)
        return (
            f"`{status}` shows its scan; `image push` waits for one. With [security] image_scanning images are scanned "
            "again."
        )
    first = found.stopping[0]
    expires = datetime.now(UTC).date() + LASTS
    return (
        f"Push one with the fixed versions, or accept it for a while in {WAIVERS}:\n"
        f'[[waiver]]\nvulnerability = "{first.id}"\npackage = "{first.package}"\n'
        f'environments = ["{session.env.name}"]\nreason = ""\nowner = ""\nexpires = {expires.isoformat()}'
    )


def read_findings(repository: DeployedRepository, digest: str) -> tuple[str, tuple[Vulnerability, ...]]:
    """Status of the newest scan of an image, empty without one, and what it found. Raises SitechatError (6)."""

    def page(**more: Any) -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] | None = asked_for(
            repository.client.describe_image_scan_findings,
            absent=("ScanNotFoundException",),
            otherwise=failed_to(f"say what the scan of {digest} found"),
            repositoryName=repository.name,
            imageId={"imageDigest": digest},
            **more,
        )
        return answer

    found: list[Vulnerability] = []
    answer = page()
    status = str(answer.get("imageScanStatus", {}).get("status", "")) if answer else ""
    while answer:
        found += _vulnerabilities(answer.get("imageScanFindings", {}))
        token = answer.get("nextToken")
        answer = page(nextToken=token) if token else None
    return status, tuple(found)


def _vulnerabilities(told: Mapping[str, Any]) -> Iterator[Vulnerability]:
    """Findings of ECR's own scan, or of Inspector, which names several packages in one."""
    for each in told.get("findings", ()):
        named = {pair.get("key"): pair.get("value", "") for pair in each.get("attributes", ())}
        yield Vulnerability(
            str(each.get("name", "")),
            named.get("package_name", ""),
            named.get("package_version", ""),
            named.get("fixed_in_version", ""),
            str(each.get("severity", "UNDEFINED")),
        )
    for each in told.get("enhancedFindings", ()):
        if each.get("status") == "CLOSED":
            continue
        details, severity = each.get("packageVulnerabilityDetails", {}), str(each.get("severity", "UNTRIAGED"))
        name = str(details.get("vulnerabilityId") or each.get("title") or each.get("findingArn", ""))
        for package in details.get("vulnerablePackages") or ({"name": str(each.get("type", "")).lower()},):
            fixed = str(package.get("fixedInVersion", ""))
            yield Vulnerability(
                name,
                str(package.get("name", "")),
                str(package.get("version", "")),
                "" if fixed == "NotAvailable" else fixed,
                severity,
            )


def _by_severity(found: Vulnerability) -> tuple[int, str, str]:
    return found.rank, found.id, found.package
