"""The supervisor process: runs the gateway and owns both emulators. They end with it, and it with either of them.

usage: python -m local_aws.supervisor FOLDER RUN_ID REGION CLOCK_FACTOR|no-traffic
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from local_aws.emulators import (
    EmulatorProcess,
    make_certificate,
    start_ministack,
    start_moto,
    start_traffic,
)
from local_aws.endpoint import ACCOUNT_ID, LOOPBACK, Endpoint, RunFiles, write_run
from local_aws.errors import LocalAwsError
from local_aws.gateway import Gateway
from local_aws.locks import try_lock
from local_aws.prepared import make_search_domain
from local_aws.recording import Recording
from local_aws.releases.plane import PlaneDoor
from local_aws.shims import plane_shims

_WATCH_SECONDS = 0.5


def main(folder: str, run_id: str, region: str, traffic: str) -> int:
    """Run until SIGTERM, SIGINT or the end of an emulator."""
    files = RunFiles(Path(folder))
    if try_lock(files.alive) is None:  # held until this process is gone, on purpose
        print("another emulated AWS runs in this folder", file=sys.stderr)
        return 1
    ending = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    for emptied in (files.scratch, files.images):
        shutil.rmtree(emptied, ignore_errors=True)
    files.scratch.mkdir(mode=0o700, parents=True)
    running: list[EmulatorProcess] = []
    recording = Recording(files.requests)
    try:
        gateway = Gateway(run_id, region, recording)
        return _serve(files, gateway, running, ending, clock_factor=None if traffic == "no-traffic" else float(traffic))
    except LocalAwsError as problem:
        print(f"{problem.message}; {problem.hint}", file=sys.stderr, flush=True)
        return 3
    finally:
        files.run.unlink(missing_ok=True)
        for emulator in running:
            emulator.end()
        recording.sort()
        for emptied in (files.scratch, files.images):
            shutil.rmtree(emptied, ignore_errors=True)


def _serve(
    files: RunFiles,
    gateway: Gateway,
    running: list[EmulatorProcess],
    ending: threading.Event,
    *,
    clock_factor: float | None,
) -> int:
    region = gateway.region
    with files.log.open("ab") as log:
        running.append(start_moto(files.scratch, log))
        make_certificate(files.certificate)
        secured = gateway.secured(files.certificate)
        search, ports = secured.address, None
        if clock_factor is not None:
            plane, ports = start_traffic(files, gateway.url, region, clock_factor, log)
            running.append(plane)
            search = f"{LOOPBACK}:{ports.search}"
            gateway.ports["bedrock-runtime"] = ports.bedrock
            gateway.ports["traces"] = ports.traces
            gateway.shims.update(plane_shims(ports.control, region))
            for shim in gateway.shims.values():
                shim.plane_runs(PlaneDoor(gateway.url, ports.control, region))
        ministack = start_ministack(
            gateway.url,
            search,
            files.certificate,
            files.engine,
            region,
            files.scratch,
            log,
            inside=ports.inside if ports else None,
        )
        running.append(ministack)
    running[0].wait_ready("/moto-api/data.json")
    ministack.wait_ready("/_ministack/health")
    gateway.ports.update({emulator.name: emulator.port for emulator in running})
    for door in (gateway, secured):
        threading.Thread(target=door.serve_forever, daemon=True).start()
    make_search_domain(gateway.url, region)
    pids = (os.getpid(), *(emulator.process.pid for emulator in running))
    started = datetime.now(UTC).isoformat(timespec="seconds")
    write_run(files, Endpoint(gateway.url, ACCOUNT_ID, region, pids, started, gateway.run_id, ports, clock_factor))
    while not ending.wait(_WATCH_SECONDS):
        for emulator in running:
            if emulator.process.poll() is not None:
                raise LocalAwsError(f"{emulator.name} ended (code {emulator.process.returncode})", "see the log")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
