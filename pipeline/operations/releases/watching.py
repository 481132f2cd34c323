"""Watch a deployment to its end, with progress on the screen, and ask at Ctrl-C what is to become of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

from pipeline.console import StepProgress, confirm, step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.operations.releases.strategy import Progress, Started, Strategy
from pipeline.session import Session

# Between two looks, on AWS and on the emulated one.
PAUSE_SECONDS, EMULATED_PAUSE_SECONDS = 5.0, 0.5
# A rolling deployment that finds no capacity never fails: after this long nobody watches it any more.
WATCH_SECONDS = 3600.0

RollBack = Callable[[], Started]


def watch(
    session: Session, strategy: Strategy, started: Started, title: str, *, roll_back: RollBack | None = None
) -> Progress:
    """Watch until the deployment is over.

    At Ctrl-C a person at a terminal is asked whether to take it back, which `roll_back` begins; what it gives has no
    `taken_back` where the deployment was over. Without a terminal, or where nothing can be taken back, it goes on
    without us. Raises SitechatError: 130 then, 8 after WATCH_SECONDS, 6 where AWS can't be asked.
    """
    with step(title) as shown:
        screen = _Screen(shown)
        until = time.monotonic() + WATCH_SECONDS
        while True:
            try:
                progress = screen.show(strategy.watch(started))
                if progress.state != "running":
                    return progress
                if time.monotonic() >= until and not strategy.always_ends:
                    raise SitechatError(
                        f"{title} is not over after an hour: {progress.waiting}",
                        hint=f"It goes on by itself; `{again('releases', session.env_ref, '--follow')}` watches it.",
                        code=ExitCode.INCOMPLETE,
                    )
                pause(session)
            except KeyboardInterrupt as interrupt:
                if roll_back is None or not _wants_it_back(interrupt):
                    raise _left_alone(session, title) from None
                started = roll_back()
                roll_back = None
                if not started.taken_back:
                    shown.note(
                        "nothing was taken back: the deployment has ended, or goes back already; "
                        f"`{again('rollback', session.env_ref)}` leads back from one that succeeded"
                    )


def pause(session: Session) -> None:
    """Wait as long as between two looks."""
    time.sleep(EMULATED_PAUSE_SECONDS if session.env.emulated else PAUSE_SECONDS)


class _Screen:
    """Shows progress, each event once, and remembers why a deployment was failing before it was gone."""

    def __init__(self, shown: StepProgress) -> None:
        self._shown = shown
        self._told: set[str] = set()
        self._reason = ""

    def show(self, progress: Progress) -> Progress:
        for event in progress.events:
            if event not in self._told:
                self._shown.note(event)
                self._told.add(event)
        if progress.state == "running":
            self._reason = _both(self._reason, progress.reason)
            self._shown.update(progress_line(progress))
            return progress
        if self._reason and progress.state == "succeeded":
            return replace(progress, state="failed", reason=self._reason)
        if self._reason and progress.state == "failed":
            return replace(progress, reason=_both(self._reason, progress.reason))
        return progress


def _both(before: str, now: str) -> str:
    """A reason with what was told before and isn't so any more, such as the alarms that were on."""
    return "; ".join(dict.fromkeys(filter(None, (*before.split("; "), *now.split("; ")))))


def progress_line(progress: Progress) -> str:
    """How far a deployment is, in one line."""
    new = f"{progress.new} of {counted(progress.wanted, 'new task')}"
    waiting = f"; waiting: {progress.waiting}" if progress.waiting else ""
    return f"{new}, {counted(progress.old, 'old one')}{waiting}"


def _wants_it_back(interrupt: KeyboardInterrupt) -> bool:
    """Whether a person at a terminal wants it taken back; a second Ctrl-C means no, and so does any other signal."""
    if type(interrupt) is not KeyboardInterrupt or not sys.stdin.isatty():
        return False
    try:
        return confirm("Take this release back? It goes on by itself otherwise.")
    except SitechatError:
        return False


def _left_alone(session: Session, title: str) -> SitechatError:
    return SitechatError(
        f"interrupted; AWS goes on with it: {title}",
        hint=f"Follow it with `{again('releases', session.env_ref, '--follow')}`.",
        code=ExitCode.INTERRUPTED,
    )
