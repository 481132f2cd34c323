"""Released images are kept: the repository's expiry counts pushes and knows nothing of what runs."""

from __future__ import annotations

import re

from config.sections.image import RELEASED
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.findings import review_image, stop_on_findings
from pipeline.operations.registry import DeployedRepository, RegistryImage, find_repository
from pipeline.session import Session

# The tag of a release has the release's id, which begins with a time; that of a first image has digits of its digest.
_OF_A_RELEASE = re.compile(rf"{RELEASED}\d{{8}}T\d{{6}}Z-[0-9a-f]+")
# Digits of the digest in the tag that an image gets before any release names it.
DIGITS = 12


def keep_released(session: Session) -> None:
    """Tag the configured image as released, before anything runs it. One that isn't in the repository is left alone.

    Raises SitechatError: 4 for a first image with findings that stop a release, 6 when AWS refuses.
    """
    wanted = session.env.image
    if not wanted.released:
        return
    try:
        repository = find_repository(session)
    except SitechatError as error:
        if error.code is ExitCode.MISSING:
            return
        raise
    for image in repository.images():
        chosen = image.digest == wanted.digest if wanted.digest else wanted.tag in image.tags
        if chosen and not is_released(image):
            stop_on_findings(session, image.digest, review_image(session, repository, image.digest))
            keep_image(repository, image.digest, image.digest.removeprefix("sha256:")[:DIGITS])


def was_tried(image: RegistryImage) -> bool:
    """Whether a release has begun with an image, however long ago and however it ended: a tag has the id."""
    return any(_OF_A_RELEASE.fullmatch(tag) for tag in image.tags)


def is_released(image: RegistryImage) -> bool:
    """Whether a tag keeps an image from expiry."""
    return any(tag.startswith(RELEASED) for tag in image.tags)


def keep_image(repository: DeployedRepository, digest: str, release: str) -> None:
    """Tag an image as that of a release, by the release's id. Raises SitechatError (6) when AWS refuses.

    A tag never moves, so each release has its own, and an image as many as it had releases.
    """
    tag = f"{RELEASED}{release}"
    repository.add_tag(digest, tag)
    err.print(f"  {repository.name}: {tag} keeps the image from expiry", markup=False)
