"""Manifests of a registry: of an image, of an index, which names several images, and of what refers to one.

Whoever may push writes them, so that nothing of what one says is believed before it was looked at.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import ExitCode, SitechatError

# Media types of a manifest that ECR takes ("Container image manifest format support", ECR guide): of an image, and of
# an index, which names several.
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
INDEXES = (MANIFESTS[1], MANIFESTS[3])
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class UnknownFormError(SitechatError):
    """Raised for a manifest that isn't of a form known here (6)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Push an image, or an index of images, as Docker does.", code=ExitCode.FAILED)


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is stored: its digest is that of these very bytes."""

    digest: str
    text: str
    media_type: str

    @property
    def content(self) -> Mapping[str, Any]:
        """The manifest as plain data; empty where it is no table."""
        return table(parsed(self.text))

    @property
    def is_index(self) -> bool:
        """Whether it names images instead of layers."""
        return self.media_type in INDEXES

    @property
    def descriptor(self) -> dict[str, Any]:
        """How another manifest names this one."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.text.encode())}

    def blobs(self) -> tuple[Mapping[str, Any], ...]:
        """Descriptors of configuration and layers. Raises UnknownFormError where it doesn't name both."""
        return self._descriptors("config", [self.content.get("config")]) + self._descriptors("layers")

    def images(self) -> tuple[Mapping[str, Any], ...]:
        """Descriptors of an index's images. Raises UnknownFormError where it doesn't name them."""
        return self._descriptors("manifests")

    def for_platform(self, platform: str) -> tuple[str, ...]:
        """Digests of an index's images that a task of a platform ("linux/arm64") may get. Raises UnknownFormError."""
        return tuple(str(each["digest"]) for each in self.images() if _platform(each) == platform)

    def _descriptors(self, key: str, given: list[Any] | None = None) -> tuple[Mapping[str, Any], ...]:
        found = self.content.get(key) if given is None else given
        if not isinstance(found, list) or not all(is_digest(table(each).get("digest")) for each in found):
            raise UnknownFormError(f"{self.digest} has a manifest of an unknown form: it names no {key} by digest")
        return tuple(table(each) for each in found)


def sha256(content: bytes) -> str:
    """The digest of some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def stored_manifest(text: str, digest: str, media_type: str = "") -> Manifest:
    """A manifest of this digest. Raises SitechatError (6) where the bytes have another one, or say no media type."""
    if sha256(text.encode()) != digest:
        raise SitechatError(f"the manifest called {digest} is in truth {sha256(text.encode())}", code=ExitCode.FAILED)
    form = media_type or str(table(parsed(text)).get("mediaType", ""))
    if form not in MANIFESTS:
        raise UnknownFormError(f"{digest} has a manifest of an unknown form: {form[:100]!r}")
    return Manifest(digest, text, form)


def is_digest(value: Any) -> bool:
    """Whether a value of a manifest is a digest."""
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def table(value: Any) -> Mapping[str, Any]:
    """A value where it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """Tables of a value, where it is a list."""
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def parsed(text: str | bytes) -> Any:
    """JSON as plain data; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _platform(descriptor: Mapping[str, Any]) -> str:
    """System and processor that an index says of an image. Variants, such as v8, are all that Fargate runs."""
    told = table(descriptor.get("platform"))
    return f"{told.get('os')}/{told.get('architecture')}"
