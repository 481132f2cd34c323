"""The environment's image repository: its images, their scan results, and a token to push."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.sections.image import SEVERITIES
from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.operations.contents import read_manifest
from pipeline.session import Session

# Statuses of a finished scan; Inspector reports ACTIVE, as it keeps scanning the image.
SCAN_DONE = ("COMPLETE", "ACTIVE")
SCAN_PENDING = ("", "IN_PROGRESS", "PENDING")
# Where no scanner exists, a missing result is none to wait for.
SCAN_NEVER = "nobody scans in the emulated AWS"


# Types of an image's configuration; anything else in a repository is an artifact.
IMAGE_CONFIGURATIONS = (
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.config.v1+json",
)
# Beginning of the tags of lists of packages (constructs_lib/containers/repository.py).
SBOM_TAG = "sbom-"


class TagExistsError(Exception):
    """Raised for a tag that the repository has already."""


@dataclass(frozen=True)
class ImageScan:
    """Result of the registry's scan. `status` is AWS's word, empty before the scan is known."""

    status: str = ""
    findings: Mapping[str, int] | None = None

    @property
    def text(self) -> str:
        """Number of findings by severity, or the reason why there is no result."""
        if self.status in SCAN_PENDING:
            return "no result yet"
        if self.status not in SCAN_DONE:
            return f"not scanned: {self.status}"
        counts = self.findings or {}
        parts = [f"{counts[each]} {each.lower()}" for each in SEVERITIES if counts.get(each)]
        return counted(sum(counts.values()), "finding") + (f" ({', '.join(parts)})" if parts else "")


@dataclass(frozen=True)
class RegistryImage:
    """An image in the repository."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    size_mb: float


@dataclass(frozen=True)
class DeployedRepository:
    """The repository that the layer infrastructure creates."""

    name: str
    uri: str
    client: Any

    @property
    def registry(self) -> str:
        """Host name of the registry."""
        return self.uri.partition("/")[0]

    def token(self) -> str:
        """A password for the registry's user AWS, valid for twelve hours."""
        answer = asked(self.client.get_authorization_token, otherwise=failed_to("hand out a token for the registry"))
        return base64.b64decode(answer["authorizationData"][0]["authorizationToken"]).decode().partition(":")[2]

    def images(self) -> tuple[RegistryImage, ...]:
        """All images, newest first, without what only refers to one: signatures and lists of packages."""
        pages = self.client.get_paginator("describe_images").paginate
        found = asked(
            lambda **given: [each for page in pages(**given) for each in page.get("imageDetails", ())],
            otherwise=failed_to(f"list the images of {self.name}"),
            repositoryName=self.name,
        )
        images = [each for each in found if not _refers(each)]
        if not all({"imageDigest", "imagePushedAt"} <= each.keys() for each in images):
            raise SitechatError(f"ECR names no digest or time of an image in {self.name}", code=ExitCode.FAILED)
        return tuple(sorted(map(_image, images), key=lambda image: image.pushed, reverse=True))

    def image(self, tag: str) -> RegistryImage | None:
        """The image with this tag, if there is one."""
        return next((image for image in self.images() if tag in image.tags), None)

    def add_tag(self, digest: str, tag: str) -> None:
        """Give an image one more tag, unless the repository has that tag or the image as many as it may have."""
        manifest = read_manifest(self, digest)
        # Two runs at once: the other one has done it.
        there = TagExistsError()
        try:
            asked(
                self.client.put_image,
                otherwise=failed_to(f"tag {digest} as {tag}"),
                known=dict.fromkeys(
                    # A digest has a thousand tags at most (quotas, ECR guide): then it is kept by those.
                    ("ImageAlreadyExistsException", "ImageTagAlreadyExistsException", "LimitExceededException"),
                    there,
                ),
                repositoryName=self.name,
                imageManifest=manifest.text,
                imageManifestMediaType=manifest.media_type,
                imageTag=tag,
                imageDigest=digest,
            )
        except TagExistsError:
            return

    def wait_for_scan(self, digest: str, *, seconds: float, pause: float = 5) -> ImageScan:
        """Wait for the scan's result; after `seconds` the result may still be pending."""
        deadline = time.monotonic() + seconds
        while True:
            scan = self._scan(digest)
            if scan.status not in SCAN_PENDING or time.monotonic() + pause > deadline:
                return scan
            time.sleep(pause)

    def _scan(self, digest: str) -> ImageScan:
        # ECR knows an image a moment before it knows its scan.
        none_yet = SitechatError("no scan yet", code=ExitCode.FAILED)
        try:
            answer = asked(
                self.client.describe_image_scan_findings,
                otherwise=failed_to(f"say what the scan of {digest} found"),
                known={"ScanNotFoundException": none_yet},
                repositoryName=self.name,
                imageId={"imageDigest": digest},
            )
        except SitechatError as error:
            if error is none_yet:
                return ImageScan()
            raise
        counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
        return ImageScan(answer.get("imageScanStatus", {}).get("status", ""), counts)


def find_repository(session: Session) -> DeployedRepository:
    """The repository of the environment. Raises SitechatError (3) before it is deployed."""
    env = session.env
    name = env.image.repository or env.names.resource("app")
    client = session.client("ecr")
    missing = SitechatError(
        f"the image repository {name} does not exist yet",
        hint=f"It comes with the layer infrastructure: `sitechat deploy --env {session.env_ref}`.",
        code=ExitCode.MISSING,
    )
    known = {"RepositoryNotFoundException": missing}
    answer = asked(
        client.describe_repositories, otherwise=failed_to(f"describe {name}"), known=known, repositoryNames=[name]
    )
    found = answer.get("repositories", ())
    if not found:
        raise missing
    return DeployedRepository(name, found[0]["repositoryUri"], client)


def _refers(detail: Mapping[str, Any]) -> bool:
    """Whether an entry of the repository is an artifact: ECR tells the type of its configuration."""
    tags = detail.get("imageTags", ())
    if tags and all(tag.startswith(SBOM_TAG) for tag in tags):
        return True
    kind = str(detail.get("artifactMediaType", ""))
    return bool(kind) and kind not in IMAGE_CONFIGURATIONS


def _image(detail: Mapping[str, Any]) -> RegistryImage:
    """What ECR says of an image. The scan is asked for apart: DescribeImages doesn't tell of one by AWS's own scanner
    ("Image scanning", ECR guide).
    """
    return RegistryImage(
        digest=detail["imageDigest"],
        tags=tuple(sorted(detail.get("imageTags", ()))),
        pushed=detail["imagePushedAt"],
        size_mb=detail.get("imageSizeInBytes", 0) / 1e6,
    )
