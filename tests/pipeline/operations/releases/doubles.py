"""A strategy that answers as a test says, revisions that nobody has to register, and a service that scales."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from pipeline.errors import SitechatError
from pipeline.operations.releases.choosing import Wanted
from pipeline.operations.releases.definitions import Revision
from pipeline.operations.releases.scaling import SUSPENDED
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.session import Session, open_session
from tests.pipeline.operations.support import Account

ARN = "arn:aws:ecs:us-east-1:222222222222:task-definition/app"
DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"registry/app@{DIGEST}"
SERVICE: Any = SimpleNamespace(cluster="arn:aws:ecs:us-east-1:222222222222:cluster/scaled", name="app")
SUCCEEDED = Progress("succeeded", 0, 2, 2)
RUNNING = Progress("running", 2, 1, 2, waiting="new tasks have to start")
FAILED = Progress("failed", 2, 0, 2, reason="no task started")


@dataclass
class Scripted:
    """A strategy with these answers to `watch`, of which the last one stays, and these errors; `did` is what was asked.

    `brings` is what the deployment under way brings; None while there is none.
    """

    answers: list[Progress] = field(default_factory=lambda: [SUCCEEDED])
    refuses: SitechatError | None = None
    start_fails: SitechatError | None = None
    brings: Started | None = None
    did: list[str] = field(default_factory=list)
    name: str = "canary"
    suspends: bool = True
    has_alarms: bool = True
    watches_rollbacks: bool = True
    always_ends: bool = True

    def judge_alarms(self, *, ignore: bool) -> None:
        self.did.append("alarms ignored" if ignore else "alarms")
        if self.refuses is not None and not ignore:
            raise self.refuses

    def restore_alarms(self) -> bool:
        self.did.append("alarms again")
        return False

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        self.did.append("start without alarms" if ignore_alarms else "start")
        if self.start_fails is not None:
            raise self.start_fails
        return "d-NEW"

    def under_way(self) -> Started | None:
        return self.brings

    def creation(self) -> Started | None:
        return None

    def watch(self, started: Started) -> Progress:
        self.did.append(f"watch {started.deployment}")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def roll_back(self, started: Started) -> str:
        self.did.append("roll back")
        return ""

    def go_on(self, started: Started) -> None:
        raise AssertionError

    def stop(self, started: Started) -> None:
        raise AssertionError


def revision(number: int, image: str = IMAGE) -> Revision:
    return Revision(f"{ARN}:{number}", {}, (), image)


def wanted(**changes: Any) -> Wanted:
    """A release of an image that has to be registered first."""
    return Wanted("release", IMAGE, DIGEST, revision(1), revision(2), steady=True, **changes)


def repository(*digests: str) -> Any:
    """A repository with these images; tags that were added are in `tags`."""
    tags: list[str] = []
    images = [SimpleNamespace(digest=each, tags=()) for each in digests]
    return SimpleNamespace(
        name="app", uri="registry/app", tags=tags, images=lambda: images, add_tag=lambda digest, tag: tags.append(tag)
    )


def open_scaled(account: Account) -> Session:
    """A session whose account has a state bucket, and scaling of the service that nothing suspends."""
    session = open_session(str(account.file), needs_terraform=False)
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    session.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/scaled/app",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
        SuspendedState=dict.fromkeys(SUSPENDED, False),
    )
    return session
