"""Processes of containers: their own group, their own end, and none that outlives the engine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws.traffic.tasks.process import Launch, StartError, TaskProcess, start
from tests.local_aws.traffic.tasks.conftest import alive, wait_for
from tests.support.environments import ROOT

PYTHON = sys.executable
BARE = {"PATH": os.defpath}
# Starts a container's process that starts another one, and says their numbers.
STARTER = """
import asyncio, sys
from pathlib import Path
from local_aws.traffic.tasks.process import Launch, start

async def main():
    code = "import subprocess, os, time; c = subprocess.Popen(['sleep', '60']); print(os.getpid(), c.pid, flush=True);"
    process = await start(Launch((sys.executable, "-c", code + "time.sleep(60)"), {"PATH": "/usr/bin:/bin"}, Path("/")))
    print((await process.output.readline()).decode().strip(), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def _output(launch: Launch) -> tuple[str, int]:
    process = await start(launch)
    assert process.output is not None
    text = (await process.output.read()).decode()
    return text, await process.wait()


def test_it_has_its_folder_its_variables_and_no_input(tmp_path: Path) -> None:
    code = (
        "import os, sys; print(os.getcwd(), sorted(os.environ), repr(sys.stdin.read()), os.getpgid(0) == os.getpid())"
    )
    text, exit_code = asyncio.run(_output(Launch((PYTHON, "-c", code), {**BARE, "LC_ALL": "C"}, tmp_path)))
    assert text.strip() == f"{tmp_path} ['LC_ALL', 'PATH'] '' True"
    assert exit_code == 0


def test_a_command_is_found_by_the_containers_own_path(tmp_path: Path) -> None:
    program = tmp_path / "own-program"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    assert asyncio.run(_output(Launch(("own-program",), {"PATH": str(tmp_path)}, tmp_path)))[0] == "found\n"


@pytest.mark.parametrize(
    ("command", "folder", "words"),
    [
        ("no-such-program", "/", "exec: 'no-such-program': No such file or directory"),
        ("sh", "/no-such-folder", "chdir: '/no-such-folder': No such file or directory"),
    ],
)
def test_what_cannot_be_started_is_told(command: str, folder: str, words: str) -> None:
    with pytest.raises(StartError, match=words):
        asyncio.run(_output(Launch((command,), BARE, Path(folder))))


def test_a_signal_ends_it_with_128_and_its_number() -> None:
    assert asyncio.run(_output(Launch(("sh", "-c", "kill -TERM $$"), BARE, Path("/"))))[1] == 128 + signal.SIGTERM


def test_what_it_started_ends_with_it() -> None:
    text, _ = asyncio.run(_output(Launch(("sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"), BARE, Path("/"))))
    wait_for(lambda: not alive(int(text)))


def test_all_of_it_ends_when_the_engine_is_killed() -> None:
    engine = subprocess.Popen([PYTHON, "-c", STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    pids = [int(each) for each in engine.stdout.readline().split()]
    assert [alive(pid) for pid in pids] == [True, True]
    engine.kill()
    engine.wait()
    wait_for(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
def test_it_runs_as_its_user() -> None:
    assert asyncio.run(_output(Launch(("id", "-u"), BARE, Path("/"), 10001, 10001)))[0] == "10001\n"


def test_a_start_that_is_given_up_leaves_no_process(tmp_path: Path) -> None:
    marker = str(tmp_path / "marker")
    launch = Launch((PYTHON, "-c", "import time; time.sleep(60)", marker), BARE, tmp_path)

    async def run() -> None:
        # From before the fork to after the start, whatever this machine's pace is.
        for milliseconds in range(0, 120, 4):
            starting = asyncio.create_task(start(launch, silent=True))
            await asyncio.sleep(milliseconds / 1000)
            starting.cancel()
            (ended,) = await asyncio.gather(starting, return_exceptions=True)
            if isinstance(ended, TaskProcess):
                ended.end()
                await ended.wait()
        # While this loop runs: with it the processes would end, too.
        for _ in range(100):
            if not _named(marker):
                await asyncio.sleep(0.2)  # for the loop to notice the last ends
                return
            await asyncio.sleep(0.05)
        raise AssertionError(_named(marker))

    asyncio.run(run())


def _named(text: str) -> list[str]:
    """Processes with a text in their arguments."""
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if text in line]
