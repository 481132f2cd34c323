"""[image]: the container image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import StrictModel, Text

# Pattern and lengths: botocore, ecr RepositoryName.
RepositoryName = Annotated[
    str,
    Text(
        r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
        "2 to 256 lower-case letters and digits, parts joined by single . _ - or /",
        max_length=256,
        min_length=2,
    ),
]
ImageTag = Annotated[
    str,
    Text(r"[A-Za-z0-9_][A-Za-z0-9._-]*", "up to 128 letters, digits and . _ -, starting with no . or -", 128),
]
ImageDigest = Annotated[str, Text(r"sha256:[0-9a-f]{64}", "sha256: and 64 hex digits in lower case")]


# Severities of findings, the worst first: those of Inspector and of ECR's own scan. The last two are not judged yet.
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNTRIAGED", "UNDEFINED")
Threshold = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "never"]
# Tag in the task definition until an image is chosen; the service runs no task until then.
UNRELEASED = "unreleased"
# Beginning of the tags that each release gives its image; the repository keeps what has one.
RELEASED = "release-"


class ImageSection(StrictModel):
    """Repository of the image and what the service runs."""

    repository: RepositoryName | None = Field(
        default=None, description="Name of the ECR repository; by default a generated one."
    )
    keep_images: int = Field(
        default=10, ge=1, le=1000, description="How many images the repository keeps, beside released ones."
    )
    keep_releases: int = Field(
        default=100,
        ge=2,
        le=1000,
        description="How many released images the repository keeps: `rollback` can go back to no older one.",
    )
    stop_release_at: Threshold = Field(
        default="HIGH",
        description="Lowest severity of a finding that stops a release, unless policies/image_waivers.toml accepts it. "
        "An image without a scan's result stops too; what nobody has judged yet counts as MEDIUM. never: findings are "
        "told and stop nothing.",
    )
    sbom: bool = Field(
        default=False,
        description="Attach a list of its packages (CycloneDX) to each image that `image push` builds, from its "
        "requirements.txt with exact versions.",
    )
    tag: ImageTag | None = Field(
        default=None, description="Tag the service runs; with neither tag nor digest it runs no task."
    )
    digest: ImageDigest | None = Field(default=None, description="Digest the service runs, instead of a tag.")

    @property
    def released(self) -> bool:
        """Whether there is an image to run; until then the service has no task."""
        return bool(self.tag or self.digest)

    @property
    def reference(self) -> str:
        """What follows the repository in the task definition that Terraform registers."""
        return f"@{self.digest}" if self.digest else f":{self.tag or UNRELEASED}"
