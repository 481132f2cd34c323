"""[image]: the container image."""

from __future__ import annotations

from typing import Annotated

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


class ImageSection(StrictModel):
    """Repository of the image and what the service runs."""

    repository: RepositoryName | None = Field(
        default=None, description="Name of the ECR repository; by default a generated one."
    )
    keep_images: int = Field(
        default=10, ge=1, le=1000, description="How many images the repository keeps, beside released ones."
    )
    tag: ImageTag | None = Field(
        default=None, description="Tag the service runs; with neither tag nor digest it runs no task."
    )
    digest: ImageDigest | None = Field(default=None, description="Digest the service runs, instead of a tag.")

    @property
    def released(self) -> bool:
        """Whether there is an image to run; until then the service has no task."""
        return bool(self.tag or self.digest)
