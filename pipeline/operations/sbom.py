"""A list of an image's packages (CycloneDX), attached to it in the registry as an artifact that refers to it.

What it lists is declared, not found: the packages of requirements.txt, each with its exact version, and the base image
by its digest. What the base image holds is for the registry's scan to say.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.contents import Referrer, missing_blobs, put_blob, put_manifest, read_manifest
from pipeline.operations.manifests import MANIFESTS, Manifest, sha256, stored_manifest
from pipeline.operations.registry import SBOM_TAG, DeployedRepository
from pipeline.operations.source import BuildSource, base_image

DIGITS = 12
CYCLONEDX = "application/vnd.cyclonedx+json"
SPDX = "application/spdx+json"
_EMPTY = b"{}"
_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9._!+-]*)", re.ASCII)
_OPTIONS = re.compile(r"\s+(?:--hash=\S+|#.*$)")


def attach_sbom(repository: DeployedRepository, source: BuildSource, digest: str) -> str:
    """Attach the list of a context's packages to its image, once; the list's digest. Raises SitechatError: 2, 6."""
    content = json.dumps(list_packages(source, repository.name, digest), indent=1, sort_keys=True).encode()
    artifact = _artifact(read_manifest(repository, digest), content)
    for each in missing_blobs(repository, (sha256(_EMPTY), sha256(content))):
        put_blob(repository, each, io.BytesIO(_EMPTY if each == sha256(_EMPTY) else content))
    put_manifest(repository, artifact, tag=sbom_tag(digest))
    return artifact.digest


def sbom_tag(digest: str) -> str:
    """The tag of the list that refers to an image."""
    return f"{SBOM_TAG}{digest.removeprefix('sha256:')[:DIGITS]}"


def is_sbom(referrer: Referrer) -> bool:
    """Whether what refers to an image is a list of its packages, ours or another tool's."""
    return referrer.artifact_type in (CYCLONEDX, SPDX)


def list_packages(source: BuildSource, name: str, digest: str) -> dict[str, Any]:
    """The list as CycloneDX 1.6 has it. It holds no time, so that one image has one list.

    Raises SitechatError (2) where requirements.txt doesn't say exactly what is installed.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": digest,
                "name": name,
                "version": source.revision,
                "hashes": [{"alg": "SHA-256", "content": digest.removeprefix("sha256:")}],
            },
            "properties": [
                {"name": "sitechat:source", "value": "declared: requirements.txt and the Dockerfile's base image"}
            ],
        },
        "components": [*_base(source.context), *_libraries(source.context)],
    }


def _base(context: Path) -> Iterator[dict[str, Any]]:
    image = base_image(context)
    if image is not None:
        name, _, digest = image.partition("@")
        yield {"type": "container", "bom-ref": image, "name": name, "version": digest or name.rpartition(":")[2]}


def _libraries(context: Path) -> Iterator[dict[str, Any]]:
    path = context / "requirements.txt"
    if not path.is_file():
        raise SitechatError(
            f"{context} has no requirements.txt, which image.sbom lists the packages of",
            hint="Set [image] sbom = false for an application that isn't built from one.",
            code=ExitCode.USAGE,
        )
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        text = _OPTIONS.sub("", f" {line}").strip()
        if not text:
            continue
        found = _PINNED.fullmatch(text)
        if found is None:
            raise SitechatError(
                f"{path}: {text[:80]!r} names no exact version, so no list can tell what was installed",
                hint="Write name==version for every package, those that others need too.",
                code=ExitCode.USAGE,
            )
        name = re.sub(r"[-_.]+", "-", found[1]).lower()
        purl = f"pkg:pypi/{name}@{found[2]}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": found[2], "purl": purl}


def _artifact(subject: Manifest, content: bytes) -> Manifest:
    """The artifact's manifest ("Guidelines for artifact usage", OCI image specification 1.1)."""
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": sha256(_EMPTY), "size": len(_EMPTY)}
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFESTS[2],
        "artifactType": CYCLONEDX,
        "config": empty,
        "layers": [{"mediaType": CYCLONEDX, "digest": sha256(content), "size": len(content)}],
        "subject": subject.descriptor,
    }
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return stored_manifest(text, sha256(text.encode()))
