"""Look after what a killed command has left: follow Terraform to its end, then say how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from pipeline.console import StepProgress, err, step
from pipeline.errors import ExitCode, SitechatError, again
from pipeline.invocation.course import given_words
from pipeline.terraform.progress import Progress
from pipeline.terraform.runs.endings import NOT_BEGUN, Ending, close_process, judged_status, kind_of_end
from pipeline.terraform.runs.log_text import Tail
from pipeline.terraform.runs.record import KeptProcess, KeptRun, kept_runs, time_text

# Interval in seconds at which logs are read and limits compared.
LOOK_SECONDS = 0.2
# Ends after which `recover` has something to look for.
LOSSES = (Ending.CUT_OFF, Ending.UNSTORED)


def settle_runs(folder: Path, env_ref: str) -> None:
    """Settle the runs in `folder` whose command was killed on this machine; one that goes on is left alone.

    Where Terraform is still at work, follow it to its end; past its time limit it gets its one interrupt. Raises
    SitechatError (130) for an interrupt meanwhile: Terraform goes on.
    """
    for run in kept_runs(folder):
        if run.unfinished:
            _settle(run, env_ref)


def _settle(run: KeptRun, env_ref: str) -> None:
    left = [each for each in run.processes() if not each.outcome]
    working = [each for each in left if each.alive]
    err.print(f"An earlier command was killed: {run.command} ({run.id}).", markup=False)
    if working:
        _follow(run, working, env_ref)
    lost = False
    for process in left:
        kind, told = _close(process)
        lost = lost or kind in LOSSES
        err.print(f"  {process.layer}, {process.command}: {told}", markup=False)
    if not left:
        err.print("  What it had started had ended.")
    if lost and given_words()[:1] != ("recover",):
        err.print(f"  See what is left with `{again('recover', env_ref)}`.", markup=False)
    err.print(f"  its log: {again(f'logs {run.id}', env_ref)}", markup=False)
    run.write(settled=time_text())


def _close(process: KeptProcess) -> tuple[Ending, str]:
    """Write down the end of a process that is over; returns its kind, and how it is told."""
    if process.outcome:  # another command was quicker
        return kind_of_end(process, "", process.status), process.outcome
    if not process.begun_at_all:
        process.close(None, NOT_BEGUN)
        return Ending.DONE, NOT_BEGUN
    output = ""
    with suppress(FileNotFoundError):
        output = process.log.read_text(encoding="utf-8", errors="replace")
    seen = process.status
    kind = close_process(process, output, judged_status(output, None) if seen is None else seen)
    return kind, process.outcome


def _follow(run: KeptRun, working: Sequence[KeptProcess], env_ref: str) -> None:
    """Follow processes until all have ended."""
    names = ", ".join(f"{each.command} of {each.layer}" for each in working)
    err.print("  Terraform goes on without it, and is waited for. Ctrl-C leaves it going.")
    try:
        with step(f"follow {names}") as progress, ExitStack() as files:
            followed, asked = [], set[int]()
            for each in working:
                tail = Tail(each.log)
                files.callback(tail.close)
                followed.append((each, tail, Progress(_named(progress, each.layer), each.total)))
            while followed:
                going_on = [each.alive for each, _, _ in followed]
                for process, tail, shown in followed:
                    for line in tail.lines():
                        shown(line)
                    if time.time() > process.deadline and process.number not in asked:
                        asked.add(process.number)
                        process.interrupt("limit")
                        progress.note(f"{process.layer}: past its time limit ({time_text(process.deadline)}), stopped")
                followed = [each for each, alive in zip(followed, going_on, strict=True) if alive]
                time.sleep(LOOK_SECONDS if followed else 0)
    except KeyboardInterrupt:
        raise SitechatError(
            f"interrupted; Terraform of {run.id} goes on: {names}",
            hint=f"Follow it with `{again(f'logs {run.id}', env_ref, '--follow')}`. The next command waits again.",
            code=ExitCode.INTERRUPTED,
        ) from None


def _named(progress: StepProgress, layer: str) -> Callable[[str], None]:
    return lambda text: progress.update(f"{layer}: {text}")
