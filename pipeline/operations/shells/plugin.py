"""AWS's Session Manager plugin, which carries a shell between this terminal and a container."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation.interrupts import ignoring_interrupts

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

    def run(self, session: Mapping[str, Any], target: str, *, region: str, endpoint: str, seconds: float) -> int | None:
        """Hand the terminal to a session; its exit code, or None where it was ended after `seconds`.

        Ctrl-C is for the shell inside: here it is ignored.
        """
        words = (str(self.path), _RESPONSE, region, "StartSession", "", json.dumps({"Target": target}), endpoint)
        variables = {**os.environ, _RESPONSE: json.dumps(session)}
        with ignoring_interrupts(), subprocess.Popen(words, env=variables) as process:
            try:
                return process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.terminate()
            try:
                process.wait(timeout=_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        return None


def find_plugin() -> Plugin:
    """The plugin. Raises SitechatError (3) when there is none, or one that wants the token on its command line."""
    found = shutil.which(NAME)
    if found is None:
        raise SitechatError(
            f"{NAME} is not on PATH, and AWS carries a shell through it alone", hint=_HINT, code=ExitCode.MISSING
        )
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", told)
    if numbers is None or tuple(map(int, numbers.groups())) < _LEAST:
        raise SitechatError(
            f"{found} is {told or 'of no known version'}; {'.'.join(map(str, _LEAST))} is the first that takes a "
            "session's token where other users of this machine can't read it",
            hint=_HINT,
            code=ExitCode.MISSING,
        )
    return Plugin(Path(found))
