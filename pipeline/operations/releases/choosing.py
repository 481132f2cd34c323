"""What is to be put into service, and by which strategy: chosen before anything is begun."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.findings import review_image, stop_on_findings
from pipeline.operations.registry import find_repository
from pipeline.operations.releases.code_deploy import find_group
from pipeline.operations.releases.definitions import Revision, find_revision, read_revision, revision_name
from pipeline.operations.releases.images import chosen_image, find_image, find_kept_image, image_reference
from pipeline.operations.releases.native import find_native
from pipeline.operations.releases.record import Kind, Release
from pipeline.operations.releases.records import every_release, find_release
from pipeline.operations.releases.rolling import find_rolling
from pipeline.operations.releases.service import DeployedService
from pipeline.operations.releases.strategy import Strategy
from pipeline.session import Session

# Releases that a refusal names as ways back.
_WAYS = 3


@dataclass(frozen=True)
class Wanted:
    """What is to be put into service: an image in a revision that differs from Terraform's newest in the image alone.

    `revision` is the ARN of a revision that is there already; empty where one has to be registered. `steady` says
    whether what is in service runs, and where the configuration wants it.
    """

    kind: Kind
    image: str
    digest: str
    running: Revision
    newest: Revision
    steady: bool
    revision: str = ""
    goes_to: str = ""

    @property
    def runs_already(self) -> bool:
        """Whether the service runs exactly this."""
        return self.steady and self.revision == self.running.arn


def choose_strategy(session: Session, service: DeployedService) -> Strategy:
    """The strategy of a deployed service. Raises SitechatError (3) for a controller that isn't known."""
    if service.controller == "ECS":
        return find_native(session, service) or find_rolling(session, service)
    if service.controller == "CODE_DEPLOY":
        return find_group(session, service)
    raise SitechatError(
        f"the service {service.name} is deployed by {service.controller}, which `sitechat release` doesn't know",
        hint="It knows those of `[deployment] strategy`.",
        code=ExitCode.MISSING,
    )


def choose_release(session: Session, service: DeployedService, image: str | None, *, restart: bool = False) -> Wanted:
    """What `sitechat release` is to put into service.

    `restart` asks for a revision of its own also where the same runs already, so that every task is a new one. Raises
    SitechatError: 2 for an unknown image, 3, 4 for one with findings that stop a release, 6.
    """
    running, newest = read_revision(service, service.running), read_revision(service, service.newest)
    repository, found = find_image(session, chosen_image(session, image, running))
    reference = f"{repository.uri}@{found.digest}"
    wanted = newest.with_image(reference, service.container)
    there = next((each.arn for each in (running, newest) if each.settings == wanted and not restart), "")
    chosen = Wanted("release", reference, found.digest, running, newest, _settled(service), there)
    if not chosen.runs_already:
        stop_on_findings(session, found.digest, review_image(session, repository, found.digest))
    return chosen


def choose_rollback(session: Session, service: DeployedService, wanted: str | None) -> Wanted:
    """What `sitechat rollback` is to put into service: the named release, or what ran before the present one.

    Findings stop no rollback: what ran is known to run. Raises SitechatError: 2 for a release that there isn't or that
    can't be gone back to, such as one that failed or whose image has expired, 3, 6.
    """
    running, newest = read_revision(service, service.running), read_revision(service, service.newest)
    named = None if wanted is None else find_release(session, wanted)
    if named is not None:
        if named.result != "succeeded":
            raise SitechatError(
                f"there is no way back to {named.kind} {named.id}: it {_ended_so(named)}, so what it brought never "
                "proved to run",
                hint=_ways_back(session, service, running),
                code=ExitCode.USAGE,
            )
        revision, goes_to = named.task_definition, named.id
    else:
        revision, goes_to = _before(session, running), ""
    found = find_revision(service, revision)
    if found is None or found.unreleased:
        image = f" of {named.shown_image}" if named else ""
        raise SitechatError(
            f"there is no way back to {revision_name(revision)}{image}: "
            f"{'it stands for no image' if found else 'it is deregistered'}",
            hint=_ways_back(session, service, running),
            code=ExitCode.USAGE,
        )
    image_there = find_kept_image(session, image_reference(found.image), found.name)
    return Wanted("rollback", found.image, image_there.digest, running, newest, _settled(service), found.arn, goes_to)


def _ended_so(release: Release) -> str:
    words = {"rolled back": "was taken back", "replaced": "was replaced by another", "begun": "has no end yet"}
    return words.get(release.result, release.result)


def _ways_back(session: Session, service: DeployedService, running: Revision) -> str:
    """Hint that names the newest releases to which there is a way back: image and revision are there."""
    digests = {image.digest for image in find_repository(session).images()}
    there = (
        f"`{again(f'rollback {each.id}', session.env_ref)}`"
        for each in every_release(session)
        if each.result == "succeeded" and each.task_definition != running.arn and each.digest in digests
        if find_revision(service, each.task_definition) is not None
    )
    if ways := list(islice(there, _WAYS)):
        return f"Those that succeeded can be gone back to, the newest first: {', '.join(ways)}."
    return f"None of those recorded can be gone back to: `{again('release', session.env_ref)}` goes forward."


def _settled(service: DeployedService) -> bool:
    return service.steady and not service.misplaced


def _before(session: Session, running: Revision) -> str:
    """The revision that ran before the present one, as the release that brought this one recorded it."""
    for each in every_release(session):
        if each.result == "succeeded" and each.task_definition == running.arn and each.before:
            return each.before
    raise SitechatError(
        f"no recorded release has put {running.name}, which runs, into the place of another: nothing to go back to",
        hint=f"Name the release to go back to; `{again('releases', session.env_ref)}` lists them.",
        code=ExitCode.USAGE,
    )
