"""The endpoint of a running emulated AWS, the files of a run, and reading and writing its description."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

# moto's default account; ministack takes any 12-digit access key for the account id. So both show this one.
ACCOUNT_ID = "123456789012"
# A search domain that every run has from its start, for environments with search.domain = "existing".
SEARCH_DOMAIN = "local-search"
HEALTH_PATH = "/_local_aws/health"
# All that a run listens on: an address of IPv4, so that nothing depends on what "localhost" means.
LOOPBACK = "127.0.0.1"
# In the user agent of requests that the data plane makes.
PLANE_AGENT = "local-aws-plane"
_SOCKET_PATH = 104


@dataclass(frozen=True)
class Ports:
    """Ports of the data plane on loopback.

    Attributes:
        https, http: where a viewer counts as one over HTTPS, or over HTTP; both speak HTTP.
        control: roads of requests, credentials of tasks.
        bedrock: the Bedrock runtime, for the gateway.
        search: search domains, over TLS with the run's certificate.
        inside: load balancers, for functions inside a VPC.
        traces: X-Ray's OTLP endpoint, for the gateway.
    """

    https: int
    http: int
    control: int
    bedrock: int
    search: int
    inside: int = 0
    traces: int = 0


@dataclass(frozen=True)
class Endpoint:
    """A running emulated AWS. `pids` are the supervisor (which is also the gateway) and then the emulators.

    `traffic` are the ports of the data plane, None where it was left out; `clock_factor` is how many seconds of its
    clock pass in one second.
    """

    url: str
    account_id: str
    region: str
    pids: tuple[int, ...]
    started: str
    run_id: str
    traffic: Ports | None = None
    clock_factor: float | None = None

    @property
    def site(self) -> str:
        """Address at which the deployed site answers; empty without a data plane."""
        return f"http://{LOOPBACK}:{self.traffic.https}" if self.traffic else ""


@dataclass(frozen=True)
class RunFiles:
    """The files of a run, all in one folder that is ignored by git."""

    folder: Path

    @property
    def run(self) -> Path:
        """Description of the run: written once the emulators are ready, removed when they end."""
        return self.folder / "run.json"

    @property
    def alive(self) -> Path:
        """Lock of the supervisor while it lives: the kernel frees it, so it can't be stale like a pid."""
        return self.folder / "alive.lock"

    @property
    def turn(self) -> Path:
        """Lock of the command that is starting or stopping the run."""
        return self.folder / "turn.lock"

    @property
    def log(self) -> Path:
        """Output of the supervisor and of both emulators."""
        return self.folder / "emulators.log"

    @property
    def requests(self) -> Path:
        """Requests of the run, each kind once: see recording.py. Kept until the next start."""
        return self.folder / "requests.jsonl"

    @property
    def scratch(self) -> Path:
        """Home and temporary files of the emulators; emptied at start and end, so that no state outlives a run."""
        return self.folder / "scratch"

    @property
    def engine(self) -> Path:
        """Socket of the plane's container engine. While nobody listens there, tasks are counted and don't run.

        A path of more than 104 characters is none for a socket (macOS, `sys/un.h`); then it lies among temporary files.
        """
        inside = self.scratch / "engine.sock"
        if len(str(inside)) < _SOCKET_PATH:
            return inside
        return (
            Path(tempfile.gettempdir()) / f"sitechat-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]}.sock"
        )

    @property
    def ports(self) -> Path:
        """Ports of the data plane, written as soon as it has them."""
        return self.scratch / "ports.json"

    @property
    def images(self) -> Path:
        """Files of the images that were pushed in this run."""
        return self.folder / "images"

    @property
    def certificate(self) -> Path:
        """Certificate and key of the run's TLS door, which its clients trust."""
        return self.scratch / "loopback.pem"


def images_folder(work_dir: Path) -> Path:
    """Folder of the images pushed in the run of `work_dir`."""
    return RunFiles(work_dir.resolve()).images


def write_run(files: RunFiles, endpoint: Endpoint) -> None:
    """Publish a ready run in one step, so that a reader never sees half a file."""
    draft = files.run.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(endpoint), indent=2) + "\n", encoding="utf-8")
    os.replace(draft, files.run)


def read_run(files: RunFiles) -> Endpoint | None:
    """The run described in the folder, or None when there is none or the file isn't ours."""
    try:
        raw = json.loads(files.run.read_text(encoding="utf-8"))
        told = raw.get("traffic")
        traffic = Ports(**told) if told else None
        return Endpoint(**{**raw, "pids": tuple(int(pid) for pid in raw["pids"]), "traffic": traffic})
    except (OSError, ValueError, TypeError, KeyError):
        return None
