"""The seam between a release and the AWS service that carries it out, shaped after ECS's native deployments.

Their verbs are start, watch, continue, roll back and stop. A strategy knows how to begin one, and to say at any time,
from any machine, how far it is: so a client that is killed changes nothing, and the next one takes it up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

# "rolled back": a person took it back, and what ran before runs again. "replaced": somebody else's deployment did.
State = Literal["running", "succeeded", "failed", "rolled back", "replaced"]


@dataclass(frozen=True)
class Started:
    """A deployment that was begun: its id (empty where nobody saw it), the revision it brings, and the one before.

    `taken_back` is the id of the deployment that rolls it back; empty while nobody asked for that. `begun` is when its
    release was recorded; None where none was.
    """

    deployment: str
    revision: str
    before: str
    taken_back: str = ""
    begun: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Progress:
    """How far a deployment is. `waiting` says what is waited for, `reason` why it failed, in the service's words.

    `old` and `new` are running tasks of the revisions before and of this one, `wanted` those that the service is to
    have. `events` are lines of the service about it, the oldest first.
    """

    state: State
    old: int
    new: int
    wanted: int
    waiting: str = ""
    reason: str = ""
    events: tuple[str, ...] = ()


class Strategy(Protocol):
    """How a release replaces what runs. Methods raise SitechatError (6) where AWS refuses."""

    @property
    def name(self) -> str:
        """The name in `[deployment] strategy`."""
        ...

    @property
    def has_alarms(self) -> bool:
        """Whether alarms can take a release back, so that ignoring them means something."""
        ...

    @property
    def watches_rollbacks(self) -> bool:
        """Whether alarms take a rollback back as well, unless a person says why not."""
        ...

    @property
    def always_ends(self) -> bool:
        """Whether each deployment comes to an end by itself, as its settings say, so that watching needs no limit."""
        ...

    @property
    def suspends(self) -> bool:
        """Whether scaling in and scheduled actions would disturb it."""
        ...

    def under_way(self) -> Started | None:
        """The deployment that is under way, whoever began it; None while the service is steady."""
        ...

    def creation(self) -> Started | None:
        """The deployment that created the service, over or not, where its tasks are those that serve."""
        ...

    def judge_alarms(self, *, ignore: bool) -> None:
        """Raise SitechatError (5) for an alarm that is on already; with `ignore` for what can't be ignored now."""
        ...

    def restore_alarms(self) -> bool:
        """Have alarms take releases back again, or as configured; whether anything had to be changed."""
        ...

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        """Begin to put a revision into service; the deployment's id. `at_least` so many tasks are wanted then."""
        ...

    def watch(self, started: Started) -> Progress:
        """Look once at how far it is."""
        ...

    def go_on(self, started: Started) -> None:
        """Continue a deployment that waits for a person."""
        ...

    def roll_back(self, started: Started) -> str:
        """Begin to take it back; the id of the deployment that does, empty where it has ended already."""
        ...

    def stop(self, started: Started) -> None:
        """Stop where it is, and take nothing back."""
        ...
