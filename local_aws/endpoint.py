"""The endpoint of a running emulated AWS, the files of a run, and reading and writing its description."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

# moto's default account; ministack takes any 12-digit access key for the account id. So both show this one.
ACCOUNT_ID = "123456789012"
HEALTH_PATH = "/_local_aws/health"


@dataclass(frozen=True)
class Endpoint:
    """A running emulated AWS. `pids` are the supervisor (which is also the gateway) and then the emulators."""

    url: str
    account_id: str
    region: str
    pids: tuple[int, ...]
    started: str
    run_id: str


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
    def certificate(self) -> Path:
        """Certificate and key of the run's TLS door, which its clients trust."""
        return self.scratch / "loopback.pem"


def write_run(files: RunFiles, endpoint: Endpoint) -> None:
    """Publish a ready run in one step, so that a reader never sees half a file."""
    draft = files.run.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(endpoint), indent=2) + "\n", encoding="utf-8")
    os.replace(draft, files.run)


def read_run(files: RunFiles) -> Endpoint | None:
    """The run described in the folder, or None when there is none or the file isn't ours."""
    try:
        raw = json.loads(files.run.read_text(encoding="utf-8"))
        return Endpoint(**{**raw, "pids": tuple(int(pid) for pid in raw["pids"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
