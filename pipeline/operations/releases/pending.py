"""What the configuration says and no release has brought into service yet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.releases.definitions import Revision, read_revision
from pipeline.operations.releases.images import find_image, image_reference
from pipeline.operations.releases.kept_images import was_tried
from pipeline.operations.releases.records import newest_releases
from pipeline.operations.releases.service import DeployedService, deployed_service
from pipeline.operations.secrets import has_value
from pipeline.session import Session


@dataclass(frozen=True)
class Pending:
    """Something that waits for a release: in words, with the command that brings it.

    `image` is the digest that `command` releases; empty where a release alone doesn't help.
    """

    what: str
    command: str
    image: str = ""

    @property
    def line(self) -> str:
        """Words and command."""
        return f"not released yet: {self.what}\nnext: {self.command}"

    def to_json(self) -> dict[str, str]:
        """It as plain data."""
        return {"what": self.what, "command": self.command, "image": self.image}


def what_lacks(session: Session, running: Revision) -> Pending | None:
    """What the revision in service can't start without: its image in the repository, and values of its secrets.

    Raises SitechatError (6).
    """
    if not there(session, running):
        image = "no image was released" if running.unreleased else f"{running.image} isn't in the repository"
        tag = session.env.image.tag
        wanted = [f"--tag {tag}"] if tag and image_reference(running.image) == tag else []
        return Pending(f"no task can start: {image}", again("image push", session.env_ref, *wanted))
    names = [each for each in session.env.secrets.names if running.reads_secret(session.env.names.secret(each))]
    empty = [name for name in names if not has_value(session, name)]
    if empty:
        told = f"no task can start: {', '.join(empty)} has no value"
        return Pending(told, again(f"secret set {empty[0]}", session.env_ref))
    return None


def there(session: Session, revision: Revision) -> bool:
    """Whether a revision's image is in the repository, so that it can have run. Raises SitechatError (3, 6)."""
    try:
        find_image(session, image_reference(revision.image))
    except SitechatError as error:
        if error.code is not ExitCode.USAGE:
            raise
        return False
    return True


def look_for_pending(session: Session) -> Pending | None:
    """What waits for a release; nothing before a service is deployed. Raises SitechatError (6)."""
    service = deployed_service(session)
    return None if service is None else find_pending(session, service)


def find_pending(session: Session, service: DeployedService) -> Pending | None:
    """What waits for a release; None where what runs is as the configuration says. Raises SitechatError (6).

    A digest or tag in the environment's file is the first one only: that another image was released since is no
    difference to tell, a configured one that never ran is.
    """
    if session.env.service.parked or not session.env.image.released:
        return None
    running, newest = read_revision(service, service.running), read_revision(service, service.newest)
    found = difference(
        session.env_ref,
        service.container,
        running,
        newest,
        new_image=_never_ran(session, newest),
        misplaced=service.misplaced,
    )
    return found and replace(found, image=_digest(session, found.image))


def difference(
    env_ref: str,
    container: str,
    running: Revision,
    newest: Revision,
    *,
    new_image: bool,
    misplaced: Sequence[str] = (),
) -> Pending | None:
    """What differs between the revision that runs and Terraform's newest one.

    `new_image` says that the newest one's image never ran, `misplaced` what of the place where tasks run differs.
    """
    configured = image_reference(newest.image)
    other_image = new_image and configured != image_reference(running.image)
    command = again("release", env_ref, *(["--image", configured] if other_image else []))
    image = configured if other_image else image_reference(running.image)
    if newest.with_image(running.image, container) != running.settings:
        return Pending(f"{newest.name} of Terraform has other settings than {running.name}, which runs", command, image)
    if misplaced:
        return Pending(f"tasks run with other {', '.join(misplaced)} than configured", command, image)
    if other_image:
        return Pending(f"the configured image {configured[:19]} has never run", command, image)
    return None


def _never_ran(session: Session, newest: Revision) -> bool:
    """Whether no release has brought, tried or replaced the configured image.

    The newest records are looked at, and the image's own tags, which tell of releases whose records are older or gone:
    otherwise the first image would be offered again once enough others were released.
    """
    configured = image_reference(newest.image)
    known = {configured}
    with suppress(SitechatError):  # it isn't in the repository: then it has no other name
        image = find_image(session, configured)[1]
        if was_tried(image):
            return False
        known.add(image.digest)
    releases = newest_releases(session)
    ran = [each.image for each in releases if each.result == "succeeded"] + [each.image_before for each in releases]
    return known.isdisjoint(map(image_reference, ran))


def _digest(session: Session, reference: str) -> str:
    """Digest of an image of the repository; what was given where it isn't there."""
    with suppress(SitechatError):
        return find_image(session, reference)[1].digest
    return reference
