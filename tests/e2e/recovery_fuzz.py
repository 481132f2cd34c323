"""Fuzzer of recovery: `python -m tests.e2e.recovery_fuzz --seeds 50`, or `--seed 17` for one again.

Each seed deploys two small layers on an emulated AWS with the real command and a real backend, lets one fault strike,
and then types only what the output says, five commands at most. In the end the plan is empty, `recover` finds nothing,
and AWS has each resource once. A line a seed is printed; what was typed and said is in a file a seed.
"""

from __future__ import annotations

import argparse
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.fuzz.stage import Played, Stage, stage
from tests.support.environments import ROOT

LOGS = ROOT / ".sitechat" / "recovery-fuzz"
# Two checkouts at a time, each with an emulated AWS: more don't fit on two cores.
MOST_JOBS = 2


def play(seeds: Sequence[int], logs: Path, *, jobs: int = 1) -> list[Played]:
    """Play seeds on `jobs` stages, and print each one's line as it ends. Returns them in the order of the seeds."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for seed in seeds:
        waiting.put(seed)
    played: list[Played] = []
    stages: list[Stage] = []
    ended = threading.Event()

    def work() -> None:
        with stage(logs) as made:
            stages.append(made)
            while not ended.is_set():
                try:
                    seed = waiting.get_nowait()
                except queue.Empty:
                    return
                played.append(made.play(seed))
                print(played[-1].line, flush=True)

    threads = [threading.Thread(target=work) for _ in range(min(jobs, MOST_JOBS, len(seeds)))]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:  # Ctrl-C: no process may stay
        ended.set()
        for each in stages:
            each.end()
    return sorted(played, key=lambda each: each.seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the seeds that the arguments name; 1 when one of them fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.recovery_fuzz", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="play seeds 0 to N-1 (50)")
    parser.add_argument("--seed", type=int, action="append", help="play this one; may be given several times")
    parser.add_argument("--jobs", type=int, default=2, choices=(1, 2), help="seeds at a time (2)")
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder of the logs (.sitechat/recovery-fuzz)")
    given = parser.parse_args(arguments)
    # In the background a shell lets Ctrl-C be ignored; both end the fuzzer with all it started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    played = play(given.seed or range(given.seeds), given.logs, jobs=given.jobs)
    failed = [each for each in played if each.wrongs]
    print(f"{len(played) - len(failed)} of {len(played)} seeds passed in {time.monotonic() - began:.0f} s.")
    for each in failed:
        print(f"\nseed {each.seed}: {each.fault}")
        for wrong in each.wrongs:
            print(f"  {wrong}")
        print(f"  log: {given.logs / f'seed-{each.seed}.log'}")
        print(f"  again: python -m tests.e2e.recovery_fuzz --seed {each.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
