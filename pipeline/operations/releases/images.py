"""Which image a release runs: one of the repository, by digest or tag, or the one that runs now."""

from __future__ import annotations

import re

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.registry import DeployedRepository, RegistryImage, find_repository
from pipeline.operations.releases.definitions import Revision, read_revision
from pipeline.operations.releases.records import newest_releases
from pipeline.operations.releases.service import deployed_service
from pipeline.session import Session

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def find_image(session: Session, wanted: str) -> tuple[DeployedRepository, RegistryImage]:
    """The image with this digest or tag, with its repository. Raises SitechatError: 2 when there is none, 3, 6."""
    repository = find_repository(session)
    for image in repository.images():
        if wanted == image.digest or wanted in image.tags:
            return repository, image
    raise SitechatError(
        f"the repository {repository.name} has no image {wanted!r}",
        hint=f"`{again('image status', session.env_ref)}` lists what it has; give a digest (sha256:...) or a tag.",
        code=ExitCode.USAGE,
    )


def find_kept_image(session: Session, wanted: str, revision: str) -> RegistryImage:
    """The image of a revision that ran before. Raises SitechatError: 2 where the repository has it no more, 3, 6."""
    repository = find_repository(session)
    kept = repository.images()
    for image in kept:
        if wanted == image.digest or wanted in image.tags:
            return image
    digests = {image.digest for image in kept}
    there = [each.id for each in newest_releases(session) if each.result == "succeeded" and each.digest in digests]
    raise SitechatError(
        f"the image of {revision} has expired: {repository.name} has no {wanted} any more, so none of its tasks could "
        "start; nothing was changed",
        hint=f"The newest release whose image is there: `{again(f'rollback {there[0]}', session.env_ref)}`."
        if there
        else f"Push one and release it; `{again('image status', session.env_ref)}` lists what there is.",
        code=ExitCode.USAGE,
    )


def chosen_image(session: Session, given: str | None, running: Revision) -> str:
    """Digest or tag to release: the given one, else what runs, else the configured one where nothing was released.

    Raises SitechatError (3) where there is none of them.
    """
    configured = session.env.image.digest or session.env.image.tag
    if not configured:
        raise SitechatError(
            f"no image is configured for {session.env.name}, so its service is to run no task",
            hint=f"Put the digest of the first one into [image]; `{again('deploy', session.env_ref)}` releases it.",
            code=ExitCode.MISSING,
        )
    return given or (configured if running.unreleased else image_reference(running.image))


def running_reference(session: Session) -> str:
    """Digest or tag of the image in service; empty where none is, or nothing is deployed. Raises SitechatError (6)."""
    try:
        service = deployed_service(session)
    except SitechatError as error:
        if error.code is not ExitCode.MISSING:  # without a state bucket nothing is deployed
            raise
        return ""
    running = read_revision(service, service.running) if service else None
    return "" if running is None or running.unreleased else image_reference(running.image)


def image_reference(image: str) -> str:
    """Digest or tag of an image as a task definition names it: what follows the repository."""
    name, _, digest = image.partition("@")
    return digest or name.rpartition("/")[2].partition(":")[2]
