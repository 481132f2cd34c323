"""Starts the two emulators, bound to loopback, without the user's environment and without state on disk."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local_aws.endpoint import ACCOUNT_ID, LOOPBACK, Ports, RunFiles
from local_aws.errors import LocalAwsError

VENV_VARIABLE = "SITECHAT_EMULATORS_VENV"
_ROOT = Path(__file__).resolve().parent.parent
_READY_SECONDS = 60.0


@dataclass
class EmulatorProcess:
    """One running emulator: the leader of its own process group."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def wait_ready(self, path: str) -> None:
        """Wait until the emulator answers; raises LocalAwsError when it ends or stays silent."""
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise LocalAwsError(f"{self.name} ended while starting (code {self.process.returncode})", "see the log")
            if _answers(self.port, path):
                return
            time.sleep(0.05)
        raise LocalAwsError(f"{self.name} did not answer within {_READY_SECONDS:.0f} seconds", "see the log")

    def end(self) -> None:
        """End the whole group at once: the state of a run is not worth saving."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def emulators_python() -> Path:
    """The interpreter of the emulators' virtual environment; raises LocalAwsError when there is none."""
    chosen = os.environ.get(VENV_VARIABLE)
    venv = Path(chosen) if chosen else _ROOT / ".venv-emulators"
    python = venv / "bin" / "python"
    if not python.exists():
        raise LocalAwsError(f"no emulators in {venv}", f"run `make setup`, or set {VENV_VARIABLE} to their environment")
    return python


def start_moto(scratch: Path, log: IO[bytes]) -> EmulatorProcess:
    """Start moto's server, which answers for services that ministack lacks."""
    port = _free_port()
    return _start("moto", port, ["moto.server", "-H", LOOPBACK, "-p", str(port)], {}, scratch, log)


def make_certificate(file: Path) -> None:
    """Write a key and a certificate for loopback. Raises LocalAwsError when it can't be made."""
    command = [str(emulators_python()), "-P", str(Path(__file__).with_name("certificate.py")), str(file)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise LocalAwsError(f"no certificate for loopback: {made.stderr[-500:]}", "run `make setup`")


def start_ministack(
    gateway_url: str,
    search: str,
    certificate: Path,
    engine: Path,
    region: str,
    scratch: Path,
    log: IO[bytes],
    *,
    inside: int | None = None,
) -> EmulatorProcess:
    """Start ministack, which answers for all other services. `search` is host and port of every search domain.

    `inside` is the plane's port to which functions inside a VPC connect for load balancers, if there is one.
    `engine` is the socket of what stands for Docker there, which may come later: it is looked for with each task.
    """
    port = _free_port()
    settings = {
        "BIND_HOST": LOOPBACK,  # it listens on all addresses otherwise
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",  # its MQTT and SFTP listeners ignore BIND_HOST
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(scratch / "state"),
        "S3_DATA_DIR": str(scratch / "s3"),
        "MINISTACK_REGION": region,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "AWS_ENDPOINT_URL": gateway_url,  # passed on to the functions it runs, like the next line
        "SSL_CERT_FILE": str(certificate),
        "MINISTACK_OPENSEARCH_ENDPOINT": search,
        "AWS_ACCESS_KEY_ID": ACCOUNT_ID,
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_DEFAULT_REGION": region,
        # Never the machine's Docker: no containers of ours appear there.
        "DOCKER_HOST": f"unix://{engine}",
        # The engine answers a start when the container is healthy, which takes as long as its task definition says.
        "MINISTACK_DOCKER_TIMEOUT": "120",
    }
    if inside is not None:
        # Passed on to the functions, which load `sitecustomize.py` from there.
        settings |= {"PYTHONPATH": str(_ROOT / "local_aws" / "in_functions"), "LOCAL_AWS_INSIDE_DOOR": str(inside)}
    program = str(Path(__file__).with_name("ministack_start.py"))
    return _start("ministack", port, [program], settings, scratch, log)


def start_traffic(
    files: RunFiles, gateway_url: str, region: str, clock_factor: float, log: IO[bytes]
) -> tuple[EmulatorProcess, Ports]:
    """Start the data plane, which carries requests; its ports are there before the emulators that it reads."""
    files.ports.unlink(missing_ok=True)
    arguments = ["local_aws.traffic.plane", str(files.folder), gateway_url, ACCOUNT_ID, region, str(clock_factor)]
    plane = _start("traffic", 0, arguments, {"PYTHONPATH": str(_ROOT)}, files.scratch, log)
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and plane.process.poll() is None:
        if files.ports.is_file():
            ports = Ports(**json.loads(files.ports.read_text(encoding="utf-8")))
            plane.port = ports.control
            return plane, ports
        time.sleep(0.05)
    plane.end()
    raise LocalAwsError("the data plane did not start", "see the log; `sitechat local up --no-traffic` leaves it out")


def _start(
    name: str, port: int, arguments: list[str], settings: dict[str, str], scratch: Path, log: IO[bytes]
) -> EmulatorProcess:
    base = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(scratch), "TMPDIR": str(scratch), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [str(emulators_python()), "-P", str(Path(__file__).with_name("leash.py")), *arguments],
        env={**base, **settings},
        cwd=scratch,
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return EmulatorProcess(name, port, process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
