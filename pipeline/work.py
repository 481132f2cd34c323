"""The work folder `.sitechat/`. It is private, since plans and copies of states hold values in clear text."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


def repo_root() -> Path:
    """The folder that holds `main.py` and `environments/`."""
    return Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Work:
    """Paths below `.sitechat/`, the same for every command.

    `run` is the id of an emulator run: bundles and Terraform's data of one run are kept apart, because a
    restarted emulator has forgotten everything they refer to. Empty for real AWS.
    """

    root: Path
    run: str = ""

    @property
    def dir(self) -> Path:
        """The folder `.sitechat`, created with access for its owner only."""
        return private_dir(self.root / ".sitechat")

    def synth(self, env: str) -> Path:
        """The folder of the synthesised files of `env`."""
        return self.dir / "synth" / env

    def bundles(self, env: str) -> Path:
        """The folder of the bundles of `env`, with one folder per id."""
        return self._per_run / "bundles" / env

    def terraform(self, env: str) -> Path:
        """The folder of Terraform's working directories of `env`, with one per layer."""
        return self._per_run / "terraform" / env

    def applied(self, env: str) -> Path:
        """Notes of the layers of `env` as they were last applied, one file a layer."""
        return self._per_run / "applied" / env

    def logs(self, env: str) -> Path:
        """The folder of the runs that started Terraform for `env`, with one folder per run."""
        return self._per_run / "logs" / env

    def road(self, env: str) -> Path:
        """The file with the road of the last request that `sitechat trace` followed through `env`."""
        return self._per_run / "roads" / f"{env}.json"

    def report(self, env: str) -> Path:
        """The folder of the HTML report of `env`."""
        return self.dir / "reports" / env

    @property
    def local(self) -> Path:
        """The folder of the emulated AWS: its status file and logs."""
        return self.dir / "local"

    @property
    def cache(self) -> Path:
        """The cache folder, which can be deleted at any time."""
        return self.dir / "cache"

    @property
    def runs(self) -> Path:
        """Bundles and Terraform data of emulator runs, with one folder per run."""
        return self.dir / "runs"

    @property
    def _per_run(self) -> Path:
        return self.runs / self.run if self.run else self.dir


def private_dir(path: Path) -> Path:
    """Create the folder `path` and its parents; `path` itself is readable by its owner only."""
    path.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_FOLDER)
    return path


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read. It is replaced as a whole: no reader sees half of it."""
    private_dir(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
        file.write(data)
    temporary.replace(path)


def write_private_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only its owner can read."""
    write_private(path, json.dumps(content, indent=1, sort_keys=True).encode())
