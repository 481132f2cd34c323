"""Change of strategy that gives the service to another controller: what is looked at before, and what people are told.

Terraform ends the service and creates one of the same name, because the provider can't hand it over. Visitors find no
task until those of the new service are healthy, so a person starts this, and an ordinary deployment refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.operations.releases.choosing import choose_strategy
from pipeline.operations.releases.definitions import read_revision
from pipeline.operations.releases.images import find_image, image_reference
from pipeline.operations.releases.run import refuse_a_second
from pipeline.operations.releases.service import DeployedService, find_service
from pipeline.session import Session

RUNBOOK = "docs/runbooks/changing-strategy.md"


@dataclass(frozen=True)
class StrategyChange:
    """A service that goes from one strategy to another: what deploys it `now`, and what is to, `then`."""

    service: DeployedService
    now: str
    then: str

    @property
    def replaces(self) -> bool:
        """Whether the service is replaced: another controller is to deploy it."""
        return self.service.controller != self.then


def find_change(session: Session) -> StrategyChange:
    """What the configuration makes of the deployed service.

    Raises SitechatError: 3 before it is deployed, 2 where the new service would start with another image than runs, 7
    while a release is under way, 6.
    """
    service = find_service(session)
    change = StrategyChange(service, service.controller, session.env.deployment_controller)
    if change.replaces:
        refuse_a_second(session, service, choose_strategy(session, service))
        _refuse_another_image(session, service)
    return change


def _refuse_another_image(session: Session, service: DeployedService) -> None:
    """The new service starts with the configured image, so what was released since has to stand there."""
    running = read_revision(service, service.running)
    if running.unreleased or session.env.service.parked:
        return
    runs = find_image(session, image_reference(running.image))[1].digest
    configured = session.env.image.digest or session.env.image.tag
    if configured and find_image(session, configured)[1].digest == runs:
        return
    raise SitechatError(
        f"the new service would start with {configured or 'no image'}; what runs is {runs}",
        hint=f'Put what runs into the environment\'s file first: `digest = "{runs}"` under [image], and no tag.',
        code=ExitCode.USAGE,
    )


def warning(session: Session, change: StrategyChange) -> str:
    """What a person has to know before agreeing."""
    return (
        f"From {change.now} to {change.then}: the service {change.service.name} is ended and created anew. From its "
        f"end until new tasks are healthy nobody gets an answer from {session.env.name}, and visitors see the page "
        f"for that ({RUNBOOK})."
    )


def nothing_to_hand_over(session: Session, change: StrategyChange) -> str:
    """What to say where the controller stays."""
    return (
        f"{change.service.name} stays with {change.now}: nothing is replaced.\nnext: {again('deploy', session.env_ref)}"
    )
