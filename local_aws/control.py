"""Start, find and stop the emulated AWS of a folder. A run may outlive the command that started it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from local_aws.emulators import emulators_python
from local_aws.endpoint import HEALTH_PATH, Endpoint, RunFiles, read_run
from local_aws.errors import LocalAwsError
from local_aws.locks import is_locked, waiting_for
from local_aws.traffic.clock import chosen_factor

ProgressCallback = Callable[[str], None]
_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 90.0
_STOP_SECONDS = 10.0


def _silent(message: str) -> None:
    """The default callback: shows no progress."""


def start(
    work_dir: Path, *, region: str = "us-east-1", traffic: bool = False, progress: ProgressCallback = _silent
) -> Endpoint:
    """The running emulated AWS of `work_dir` (the folder of its files, e.g. `.sitechat/local`), started if need be.

    The emulators serve every region: `region` is only the default of the environment. With `traffic` the data plane
    runs, too: what is deployed carries requests, and tasks are processes; without it they are counted only. A run that
    is there stays as it is. The plane's clock runs as fast as SITECHAT_CLOCK_FACTOR says, 10 times unless it is set.
    Raises LocalAwsError.
    """
    files = RunFiles(work_dir.resolve())
    speed = f"{chosen_factor(os.environ):g}" if traffic else "no-traffic"
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with waiting_for(files.turn, _START_SECONDS) as mine:
        if not mine:
            raise LocalAwsError("another command is starting or stopping the emulated AWS", "try again in a moment")
        running = status(files.folder)
        if running is not None:
            progress(f"emulated AWS already runs at {running.url}")
            return replace(running, region=region)
        _end_run(files)
        emulators_python()
        progress("starting the emulated AWS (moto and ministack)")
        endpoint = _launch(files, region, speed)
        progress(f"emulated AWS is ready at {endpoint.url}")
        return endpoint


def status(work_dir: Path) -> Endpoint | None:
    """The run of `work_dir` if its supervisor lives and answers, else None."""
    files = RunFiles(work_dir.resolve())
    if not is_locked(files.alive):
        return None
    endpoint = read_run(files)
    return endpoint if endpoint is not None and _answers(endpoint) else None


def is_running(work_dir: Path, run_id: str) -> bool:
    """Whether this very run of `work_dir` lives. Asks nobody, so a busy machine isn't taken for an end."""
    files = RunFiles(work_dir.resolve())
    run = read_run(files)
    return run is not None and run.run_id == run_id and is_locked(files.alive)


def stop(work_dir: Path) -> bool:
    """End every process of the run and remove its state; False when nothing ran. Raises LocalAwsError."""
    files = RunFiles(work_dir.resolve())
    if not files.folder.is_dir():
        return False
    with waiting_for(files.turn, _START_SECONDS) as mine:
        if not mine:
            raise LocalAwsError("another command is starting or stopping the emulated AWS", "try again in a moment")
        return _end_run(files)


def _launch(files: RunFiles, region: str, traffic: str) -> Endpoint:
    run_id = uuid.uuid4().hex
    process = None
    try:
        with _interrupts_later():
            process = _supervisor(files, run_id, region, traffic)
        # The supervisor outlives this call; without a thread that waits for it, its end would leave a zombie here.
        threading.Thread(target=process.wait, daemon=True).start()
        return _wait_ready(files, process, run_id)
    except BaseException:  # Ctrl-C included: an abandoned start leaves no process
        if process is None:
            raise
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise


def _supervisor(files: RunFiles, run_id: str, region: str, traffic: str) -> subprocess.Popen[bytes]:
    with files.log.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "local_aws.supervisor", str(files.folder), run_id, region, traffic],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C meant for the command must not reach it
        )


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back until the block ends: nothing could end a process that is still being started."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if came:
        signal.raise_signal(signal.SIGINT)


def _wait_ready(files: RunFiles, process: subprocess.Popen[bytes], run_id: str) -> Endpoint:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        endpoint = read_run(files)
        if endpoint is not None and endpoint.run_id == run_id and _answers(endpoint):
            return endpoint
        time.sleep(0.05)
    lines = files.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
    raise LocalAwsError("the emulated AWS did not start: " + " | ".join(lines), f"the whole log is {files.log}")


def _end_run(files: RunFiles) -> bool:
    """End the run of the folder. A pid is used only while the lock proves that it is still that process."""
    endpoint = read_run(files)
    if not is_locked(files.alive):
        files.run.unlink(missing_ok=True)
        return False
    if endpoint is None:
        raise LocalAwsError(
            f"the emulated AWS in {files.folder} is starting or ending", "wait a moment, then `sitechat local down`"
        )
    for number in (signal.SIGTERM, signal.SIGKILL):
        os.kill(endpoint.pids[0], number)
        with waiting_for(files.alive, _STOP_SECONDS) as ended:
            if ended:
                _wait_gone(endpoint.pids)
                files.run.unlink(missing_ok=True)
                return True
    raise LocalAwsError(f"process {endpoint.pids[0]} can't be ended", f"end it by hand: kill -9 {endpoint.pids[0]}")


def _wait_gone(pids: tuple[int, ...]) -> None:
    """Wait until all processes are gone: the emulators end by themselves with the supervisor."""
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and any(_exists(pid) for pid in pids):
        time.sleep(0.05)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # by now a process of another user
    return True


def _answers(endpoint: Endpoint) -> bool:
    parts = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        connection.request("GET", HEALTH_PATH)
        reply = json.loads(connection.getresponse().read())
        return bool(reply.get("run_id") == endpoint.run_id)
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
