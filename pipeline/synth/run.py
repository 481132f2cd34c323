"""Run `main.py` in a process of its own and read what it wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import layers
from pipeline.work import Work, private_dir, repo_root

if TYPE_CHECKING:
    from config import Environment

# The last lines of a failed synthesis hold the reason; what is above is jsii's stack.
TAIL_LINES = 15


def synthesise(env: Environment, out: Path | None = None, *, env_ref: str) -> layers.Synthesis:
    """Synthesise `env` into `out` (default `.sitechat/synth/ENV`), replacing what was there.

    `env_ref` is what the user gave for --env: a name or a file. Raises SitechatError with the end of the output
    when `main.py` fails; the old folder is left as it was.
    """
    return run_app(repo_root() / "main.py", env_ref, out or Work(repo_root()).synth(env.name), env.name)


def run_app(script: Path, env_ref: str, target: Path, env_name: str) -> layers.Synthesis:
    """Run a CDKTF app into a temporary folder next to `target`, then move its result there."""
    parent = private_dir(target.parent) if ".sitechat" in target.parts else target.parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=f".{target.name}-") as scratch:
        result = subprocess.run(
            [sys.executable, str(script)],
            cwd=repo_root(),
            env=_app_environment(env_ref, scratch),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise _failure(script, result.returncode, result.stderr or result.stdout)
        layers.read_synthesis(Path(scratch), env_name)
        _replace(Path(scratch), target)
    return layers.read_synthesis(target, env_name)


def _app_environment(env_ref: str, outdir: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join(part for part in (str(repo_root()), inherited.get("PYTHONPATH", "")) if part)
    return inherited | {
        "SITECHAT_ENV": str(Path(env_ref).resolve()) if env_ref.endswith(".toml") else env_ref,
        "CDKTF_OUTDIR": outdir,
        "PYTHONPATH": path,
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }


def _failure(script: Path, status: int, output: str) -> SitechatError:
    tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
    if status == ExitCode.USAGE or status == ExitCode.MISSING:
        return SitechatError(tail, code=ExitCode(status))
    shown = os.path.relpath(script, repo_root())
    return SitechatError(
        f"{shown} failed with status {status}:\n{tail}",
        hint=f"Run `python {shown}` by hand for the whole output.",
        code=ExitCode.BUG,
    )


def _replace(source: Path, target: Path) -> None:
    """Put the synthesised files of `source` in the place of those in `target`; other files there stay."""
    shutil.rmtree(target / "stacks", ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    shutil.move(source / "stacks", target / "stacks")
    shutil.move(source / "manifest.json", target / "manifest.json")
