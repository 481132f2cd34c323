"""Released images are kept: the repository's expiry counts pushes and knows nothing of what runs."""

from __future__ import annotations

from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.registry import DeployedRepository, RegistryImage, find_repository
from pipeline.session import Session

# Beginning of the tags that the repository's lifecycle policy keeps (constructs_lib/containers/repository.py).
RELEASED = "released-"
# Digits of the digest in the tag: enough to tell the images of one repository apart.
DIGITS = 12


def keep_released(session: Session) -> None:
    """Tag the configured image as released, before anything runs it. One that isn't in the repository is left alone.

    Raises SitechatError (6) when AWS refuses: a task whose image expires can't be replaced.
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
        if image.digest == wanted.digest if wanted.digest else wanted.tag in image.tags:
            keep_image(repository, image)


def keep_image(repository: DeployedRepository, image: RegistryImage) -> None:
    """Tag an image as released, unless it is. Raises SitechatError (6) when AWS refuses."""
    if any(tag.startswith(RELEASED) for tag in image.tags):
        return
    tag = f"{RELEASED}{image.digest.removeprefix('sha256:')[:DIGITS]}"
    repository.add_tag(image.digest, tag)
    err.print(f"  {repository.name}: {tag} keeps the image from expiry", markup=False)
