"""What a repository holds beside tags: manifests (`manifests.py`), the blobs they name, and what refers to an image.

Everything goes through ECR's API, so that no Docker is needed, and is checked against the digest that names it.
"""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from pipeline.aws import NoAnswer, asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.manifests import MANIFESTS, Manifest, sha256, stored_manifest

# The most layers that ECR looks for at a time (BatchCheckLayerAvailability), and the least size of a part but the last.
LAYERS_AT_A_TIME = 100
SECONDS = 60
# A small blob: a configuration or a list of packages.
SMALL = 4 << 20


class Repository(Protocol):
    """A repository by its name, with a client of its registry."""

    @property
    def name(self) -> str: ...
    @property
    def client(self) -> Any: ...


@dataclass(frozen=True)
class Referrer:
    """Something that refers to an image: a signature, or a list of its packages."""

    digest: str
    artifact_type: str
    annotations: Mapping[str, str]


def read_manifest(repository: Repository, digest: str) -> Manifest:
    """The manifest of an image or artifact. Raises SitechatError (6), UnknownFormError among them."""
    answer = asked(
        repository.client.batch_get_image,
        otherwise=failed_to(f"read the manifest of {digest}"),
        repositoryName=repository.name,
        imageIds=[{"imageDigest": digest}],
        # Any form it was pushed in: converted to another one it would have another digest.
        acceptedMediaTypes=list(MANIFESTS),
    )
    told = [each for each in answer.get("images", ()) if each.get("imageManifest")]
    if not told:
        raise SitechatError(f"{repository.name} has no {digest}", code=ExitCode.FAILED)
    return stored_manifest(told[0]["imageManifest"], digest, told[0].get("imageManifestMediaType", ""))


def put_manifest(repository: Repository, manifest: Manifest, *, tag: str = "") -> None:
    """Put a manifest whose blobs are there; one that is there stays as it is. Raises SitechatError (6)."""
    tagged: dict[str, Any] = {"imageTag": tag} if tag else {}
    with suppress(_ThereError):
        asked(
            repository.client.put_image,
            otherwise=failed_to(f"keep the manifest of {manifest.digest}"),
            known={"ImageAlreadyExistsException": _ThereError()},
            repositoryName=repository.name,
            imageManifest=manifest.text,
            imageManifestMediaType=manifest.media_type,
            imageDigest=manifest.digest,
            **tagged,
        )


class _ThereError(Exception):
    """Raised for what the repository has already."""


def missing_blobs(repository: Repository, digests: Iterable[str]) -> Iterator[str]:
    """Those of some blobs that a repository lacks. Raises SitechatError (6)."""
    wanted = list(dict.fromkeys(digests))
    for start in range(0, len(wanted), LAYERS_AT_A_TIME):
        some = wanted[start : start + LAYERS_AT_A_TIME]
        answer = asked(
            repository.client.batch_check_layer_availability,
            otherwise=failed_to(f"say which layers {repository.name} has"),
            repositoryName=repository.name,
            layerDigests=some,
        )
        layers = answer.get("layers", ())
        there = {each.get("layerDigest") for each in layers if each.get("layerAvailability") == "AVAILABLE"}
        yield from (each for each in some if each not in there)


def open_blob(repository: Repository, digest: str) -> BinaryIO:
    """A stream of a blob's bytes, to be closed. Raises SitechatError (6)."""
    answer = asked(
        repository.client.get_download_url_for_layer,
        otherwise=failed_to(f"say where {digest} is"),
        repositoryName=repository.name,
        layerDigest=digest,
    )
    try:
        # A signed address of AWS's, good for this layer alone. The opener is made now, with the proxies of now.
        stream: BinaryIO = urllib.request.build_opener().open(answer["downloadUrl"], timeout=SECONDS)
    except (OSError, urllib.error.URLError) as error:
        raise SitechatError(f"the layer {digest} can't be fetched: {error}", code=ExitCode.FAILED) from None
    return stream


def read_blob(repository: Repository, digest: str) -> bytes:
    """A small blob whole. Raises SitechatError (6), also for one that is large or has another digest."""
    with open_blob(repository, digest) as stream:
        content = stream.read(SMALL + 1)
    if len(content) > SMALL or sha256(content) != digest:
        raise SitechatError(f"{digest} isn't what its name says", code=ExitCode.FAILED)
    return content


def put_blob(repository: Repository, digest: str, stream: BinaryIO) -> int:
    """Upload a blob in parts, each as large as ECR asks for; its number of bytes. Raises SitechatError (6).

    ECR names a blob by what arrived: it refuses one that isn't `digest`, and so does this before it is asked.
    """
    begun = _asked(repository, "initiate_layer_upload", digest)
    hashed, first = hashlib.sha256(), 0
    while True:
        part = _read(stream, int(begun["partSize"]), digest)
        if not part and first:
            break
        hashed.update(part)
        _asked(
            repository,
            "upload_layer_part",
            digest,
            uploadId=begun["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
        first += len(part)
    if f"sha256:{hashed.hexdigest()}" != digest:
        raise SitechatError(f"the layer {digest} arrived with other bytes; nothing names it", code=ExitCode.FAILED)
    there = _ThereError()
    with suppress(_ThereError):
        _asked(
            repository,
            "complete_layer_upload",
            digest,
            known={"LayerAlreadyExistsException": there},
            uploadId=begun["uploadId"],
            layerDigests=[digest],
        )
    return first


def _asked(repository: Repository, operation: str, digest: str, **arguments: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = asked(
        getattr(repository.client, operation),
        otherwise=failed_to(f"upload the layer {digest}"),
        repositoryName=repository.name,
        **arguments,
    )
    return answer


def _read(stream: BinaryIO, size: int, digest: str) -> bytes:
    """The next bytes of a stream, as many as asked for unless it ends."""
    found = b""
    try:
        while len(found) < size:
            more = stream.read(size - len(found))
            if not more:
                break
            found += more
    except OSError as error:
        raise SitechatError(f"the layer {digest} can't be read to its end: {error}", code=ExitCode.FAILED) from None
    return found


def find_referrers(repository: Repository, digest: str) -> tuple[Referrer, ...] | None:
    """What refers to an image; None where the registry can't say. Raises SitechatError (6) when AWS isn't reached."""
    unknown = _UnknownError()

    def otherwise(reason: NoAnswer) -> Exception:
        return unknown if reason.refused else failed_to(f"say what refers to {digest}")(reason)

    found: list[Referrer] = []
    token: dict[str, Any] = {}
    try:
        while True:
            answer = asked(
                repository.client.list_image_referrers,
                otherwise=otherwise,
                repositoryName=repository.name,
                subjectId={"imageDigest": digest},
                **token,
            )
            told = answer.get("referrers", ())
            if not all(each.get("digest") for each in told):
                return None
            found += (
                Referrer(each["digest"], each.get("artifactType", ""), each.get("annotations", {})) for each in told
            )
            if not answer.get("nextToken"):
                return tuple(found)
            token = {"nextToken": answer["nextToken"]}
    except _UnknownError:
        return None


class _UnknownError(Exception):
    """Raised where the registry refuses to say."""
