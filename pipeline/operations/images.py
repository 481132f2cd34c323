"""Build an image, push it under an immutable tag, and wait for its scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.console import err, step
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import docker
from pipeline.operations.emulated_images import pack_and_push
from pipeline.operations.findings import scanned_images
from pipeline.operations.registry import (
    SCAN_NEVER,
    DeployedRepository,
    ImageScan,
    RegistryImage,
    find_repository,
)
from pipeline.operations.sbom import attach_sbom, list_packages
from pipeline.operations.source import BuildSource, find_build_source
from pipeline.session import Session
from pipeline.work import repo_root

DEFAULT_CONTEXT = Path("examples/sitechat_app")


@dataclass(frozen=True)
class PushedImage:
    """A pushed image. `built` is False when its tag was in the repository before; `sbom` is the digest of its list."""

    uri: str
    tag: str
    digest: str
    scan: ImageScan
    built: bool
    sbom: str = ""


def push_image(session: Session, *, context: Path | None, tag: str | None, scan_seconds: float) -> PushedImage:
    """Build and push the image of `context`, unless its tag is in the repository, and wait for its scan.

    In the emulated AWS a folder stands for the image, without Docker. Raises SitechatError: 2, 5 as
    `find_build_source`; 2, 3 as `pack_and_push`; 3 without Docker or repository; 6 when Docker fails.
    """
    source = find_build_source((context or repo_root() / DEFAULT_CONTEXT).resolve(), tag)
    if session.env.image.sbom:
        list_packages(source, "", "")  # what can't be listed is refused before anything is built
    client = None if session.env.emulated else docker.find_docker()
    repository = find_repository(session)
    present = repository.image(source.tag)
    if present is not None:
        err.print(f"  {source.tag} is in the repository already; tags never change", markup=False)
    elif client is None:
        with step(f"keep {source.context.name} as {repository.uri}:{source.tag}"):
            pack_and_push(repository, source, session.work.local)
    else:
        image = f"{repository.uri}:{source.tag}"
        platform = docker.PLATFORMS[session.env.service.architecture]
        variables = session.variables
        with step(f"build {image} for {platform} and push it") as progress:
            with docker.signed_in(client, repository.registry, repository.token(), variables):
                docker.build_and_push(client, source, image, platform=platform, variables=variables)
            progress.note("signed out of the registry")
    image_ = present or _arrived(repository, source.tag)
    sbom = _attached(session, repository, source, image_)
    if session.env.emulated:
        return PushedImage(repository.uri, source.tag, image_.digest, ImageScan(SCAN_NEVER), present is None, sbom)
    # A tag that was there may be an index, of which the image that is run is scanned.
    _, scanned = scanned_images(session.env, repository, image_.digest)
    with step("wait for the registry's scan"):
        scan = repository.wait_for_scan(scanned[0] if scanned else image_.digest, seconds=scan_seconds)
    return PushedImage(repository.uri, source.tag, image_.digest, scan, present is None, sbom)


def _attached(session: Session, repository: DeployedRepository, source: BuildSource, image: RegistryImage) -> str:
    """Digest of the list of the image's packages, attached where the environment wants one."""
    if not session.env.image.sbom:
        return ""
    with step(f"attach the list of packages to {image.digest[:19]}"):
        return attach_sbom(repository, source, image.digest)


def _arrived(repository: DeployedRepository, tag: str) -> RegistryImage:
    found = repository.image(tag)
    if found is None:
        raise SitechatError(
            f"Docker reported no error, but {repository.name} holds no image {tag}", code=ExitCode.FAILED
        )
    return found
