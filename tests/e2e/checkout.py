"""Copy of this checkout in which commands run as a user runs them, apart from the developer's `.sitechat`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import load
from local_aws import Endpoint, redirect_variables, status, stop
from pipeline.demo.site import garden_port
from pipeline.errors import ExitCode
from pipeline.session import terraform_variables
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.terraform.tools import find_terraform
from pipeline.work import Work
from tests.support.environments import ROOT

GENERATED = (".git", ".venv*", "node_modules", ".sitechat", "cdktf.out", "__pycache__", ".*_cache", ".hypothesis")
# Long enough for Terraform to save its state; then the whole group is killed.
ENDING_SECONDS = 60
# For commands that wait for a domain or a whole production environment.
LONG_SECONDS = 2400


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Done:
    """Result of a command; `output` is both of its streams, for messages of failed tests."""

    status: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return f"exit {self.status}\n{self.stdout}\n{self.stderr}"

    @property
    def json(self) -> Any:
        """Object that the command printed on standard output."""
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Checkout:
    """Copy of the sources at `root` with the installed environments linked in.

    `said` is what each of its commands printed, in order; `variables` are given to all of them.
    """

    root: Path
    variables: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    said: list[str] = field(default_factory=list, compare=False, repr=False)
    _running: set[subprocess.Popen[str]] = field(default_factory=set, compare=False, repr=False)

    @classmethod
    def copy(cls, root: Path) -> Checkout:
        """Copy the sources. Without Terraform this raises SitechatError naming what to install: nothing is skipped."""
        find_terraform()
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*GENERATED))
        # Its demo serves the garden beside that of a developer's.
        file = root / "environments" / "local.toml"
        file.write_text(file.read_text().replace(f":{garden_port(load('local'))}", f":{_free_port()}"))
        (root / ".venv").symlink_to(sys.prefix)
        (root / ".venv-emulators").symlink_to(os.environ.get("SITECHAT_EMULATORS_VENV", ROOT / ".venv-emulators"))
        return cls(root)

    @property
    def work(self) -> Work:
        return Work(self.root)

    @property
    def endpoint(self) -> Endpoint:
        """Emulated AWS that runs for this checkout."""
        found = status(self.work.local)
        assert found is not None, "the emulated AWS does not run"
        return found

    @property
    def run_work(self) -> Work:
        """Work folder with the bundles of the present run."""
        return Work(self.root, run=self.endpoint.run_id)

    def sitechat(self, *arguments: str, seconds: float = 1200, piped: str | None = None) -> Done:
        """Run a `sitechat` command with `piped` on its standard input."""
        return self.run((sys.executable, "-m", "pipeline", *arguments), seconds=seconds, piped=piped)

    def must(self, *arguments: str) -> Done:
        """Run a command that the next one depends on, however long it takes; a failure ends the run."""
        done = self.sitechat(*arguments, seconds=LONG_SECONDS)
        assert done.status == ExitCode.OK, done.output
        return done

    def demo(self) -> Done:
        """Run the program of `make demo`, without make's own steps."""
        return self.run((sys.executable, "-m", "pipeline.demo"), seconds=LONG_SECONDS)

    def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float,
        variables: Mapping[str, str] | None = None,
        piped: str | None = None,
        started: Callable[[int], None] = lambda pid: None,
    ) -> Done:
        """Run a command to its end; one that takes longer than `seconds` is ended with all its children and fails.

        `started` gets its process id.
        """
        process = subprocess.Popen(
            argv,
            cwd=self.root,
            env={**self._variables(), **(variables or {})},
            stdin=subprocess.DEVNULL if piped is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._running.add(process)
        started(process.pid)
        try:
            stdout, stderr = process.communicate(piped, timeout=seconds)
        except subprocess.TimeoutExpired:
            stdout, stderr = _end(process)
            raise AssertionError(f"{argv} took longer than {seconds} s\n{stdout}\n{stderr}") from None
        finally:
            self._running.discard(process)
        done = Done(process.returncode, stdout, stderr)
        self.said.append(done.output)
        return done

    def stock_variables(self) -> dict[str, str]:
        """Variables for a stock tool on the emulated AWS: those the commands give to Terraform."""
        return terraform_variables(redirect_variables(self.endpoint, self._variables()), self.work)

    def client(self, service: str, endpoint: Endpoint | None = None) -> Any:
        """Client (boto3) of the emulated AWS, or of another way to it."""
        import boto3
        from botocore.config import Config

        endpoint = endpoint or self.endpoint
        return boto3.client(
            service,
            endpoint_url=endpoint.url,
            region_name=endpoint.region,
            aws_access_key_id=endpoint.account_id,
            aws_secret_access_key="emulated",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
        )

    def states(self, env: str) -> dict[str, dict[str, Any]]:
        """States of an environment in the bucket, by layer."""
        backend, s3 = load(env).state_backend, self.client("s3")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=backend.bucket).get("Contents", ())]
        prefix = backend.key("", "").split("/")[:2]
        return {
            Path(key).stem: json.loads(s3.get_object(Bucket=backend.bucket, Key=key)["Body"].read())
            for key in keys
            if key.endswith(".tfstate") and key.split("/")[:2] == prefix
        }

    def plans(self, env: str, bundle: str) -> dict[str, dict[str, Any]]:
        """Plans of a bundle by layer."""
        folder = self.run_work.bundles(env) / bundle
        return {path.parent.name: json.loads(path.read_bytes()) for path in folder.glob("*/plan.json")}

    def synthesis(self, env: str) -> Synthesis:
        """Synthesis of an environment."""
        return layers.read_synthesis(self.work.synth(env), env)

    def end(self) -> None:
        """End commands that still run, and the emulated AWS."""
        for process in tuple(self._running):
            _end(process)
        stop(self.work.local)

    def _variables(self) -> dict[str, str]:
        dropped = ("SITECHAT_ENV", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if name not in dropped} | self.variables
        return kept | {"PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1", "COLUMNS": "120", "NO_COLOR": "1"}


@contextmanager
def checkout(root: Path) -> Iterator[Checkout]:
    """Make a checkout whose processes all end with the block."""
    made = Checkout.copy(root)
    try:
        yield made
    finally:
        made.end()


def resource_types(state: Mapping[str, Any]) -> set[str]:
    """Types of the managed resources in a state."""
    return {each["type"] for each in state["resources"] if each["mode"] == "managed"}


def changes(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    """Actions of a plan by address."""
    found = plan.get("resource_changes", ())
    acts = {each["address"]: each["change"]["actions"] for each in found if each["mode"] == "managed"}
    return {address: actions for address, actions in acts.items() if actions != ["no-op"]}


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()
