"""AWS's Session Manager plugin, which carries a shell between this terminal and a container."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError

NAME = "session-manager-plugin"
# The variable that hands the session's token over: command lines are read by other users of the machine. The plugin
# takes it so since 1.2.497 (as AWS's own command line does).
_RESPONSE = "AWS_SSM_START_SESSION_RESPONSE"
_LEAST = (1, 2, 497)
_HINT = (
    "Install the newest one (docs.aws.amazon.com/systems-manager, "
    '"Install the Session Manager plugin for the AWS CLI"), then run this again.'
)
# Between asking the plugin to end and making it.
_GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Plugin:
    """The plugin's program on this machine."""

    path: Path

    def run(
        self,
        session: Mapping[str, Any],
        target: str,
        *,
        region: str,
        endpoint: str,
        seconds: float,
        output: int | None = None,
    ) -> int | None:
        """Hand the terminal to a session; its exit code, or None where it was ended after `seconds`.

        Ctrl-C is for the shell inside, so it is ignored here. `output` is a file descriptor in stdout's place.
        """
        words = (str(self.path), _RESPONSE, region, "StartSession", "", json.dumps({"Target": target}), endpoint)
        variables = {**os.environ, _RESPONSE: json.dumps(session)}
        with _for_the_shell(), subprocess.Popen(words, env=variables, stdout=output) as process:
            try:
                return process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                # Also where this command is told to end.
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


@contextmanager
def _for_the_shell() -> Iterator[None]:
    """Leave Ctrl-C to the other program while inside."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def find_plugin() -> Plugin:
    """The plugin. Raises SitechatError (3) when there is none, or one that wants the token on its command line."""
    found = shutil.which(NAME)
    if found is None:
        raise SitechatError(
            f"{NAME} is not on PATH, and AWS carries a shell through it alone", hint=_HINT, code=ExitCode.MISSING
        )
    told = _version(found)
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", told)
    if numbers is None or tuple(map(int, numbers.groups())) < _LEAST:
        raise SitechatError(
            f"{found} is {told or 'of no known version'}; {'.'.join(map(str, _LEAST))} is the first that takes a "
            "session's token where other users of this machine can't read it",
            hint=_HINT,
            code=ExitCode.MISSING,
        )
    return Plugin(Path(found))


def _version(program: str) -> str:
    """What a program says of its version; empty where it can't be started, as one for another processor."""
    try:
        run = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return ""
    return run.stdout.strip()
