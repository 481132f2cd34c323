"""Run `main.py` in a process of its own and read the layers it wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import cache, layers
from pipeline.work import Work, private_dir, repo_root

if TYPE_CHECKING:
    from config import Environment

# Lines shown of a failed synthesis: the last ones hold the reason, those above are jsii's stack.
TAIL_LINES = 15


def synthesise(env: Environment, out: Path | None = None, *, env_ref: str) -> layers.Synthesis:
    """Synthesise `env` into `out` (default `.sitechat/synth/ENV`), replacing what was there.

    `env_ref` is what the user gave for --env: a name or a file. Raises SitechatError with the end of the output
    when `main.py` fails; the old folder is left as it was.
    """
    return run_app(repo_root() / "main.py", env_ref, out or default_target(env.name), env.name)


def run_app(script: Path, env_ref: str, target: Path, env_name: str) -> layers.Synthesis:
    """Run a CDKTF app, or take its kept result, and put its files into `target`."""
    with begin(script, env_ref) as begun:
        return begun.finish(target, env_name)


class Begun:
    """A synthesis under way: kept from an earlier run, or a process of its own. A context manager: leaving it ends all.

    `kept` is true where nothing has to run: then the configuration has been checked before, too. `env_name` is the name
    of the environment's file.
    """

    def __init__(self, script: Path, env_ref: str) -> None:
        self._script, self._env_ref = script, env_ref
        self.env_name = cache.environment_file(env_ref).stem
        self._key = cache.synthesis_key(script, env_ref) if cache.synth_cache_enabled() else None
        # Beside the usual target, so that moving the files is a rename.
        parent = private_dir(Work(repo_root()).dir / "synth")
        self._scratch = Path(tempfile.mkdtemp(dir=parent, prefix=".synth-"))
        self._process: subprocess.Popen[str] | None = None
        self.kept = self._key is not None and cache.restore(self._key, self._scratch)
        if not self.kept:
            self._process = subprocess.Popen(
                [sys.executable, str(script)],
                cwd=repo_root(),
                env=_app_environment(env_ref, str(self._scratch)),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )

    def finish(self, target: Path, env_name: str) -> layers.Synthesis:
        """Wait for the result and move it to `target`. Raises SitechatError with the end of the output."""
        if self._process is not None:
            stdout, stderr = self._process.communicate()
            if self._process.returncode != 0:
                raise _failure(self._script, self._process.returncode, stderr or stdout)
        made = layers.read_synthesis(self._scratch, env_name).sha256
        # What changed while it was read belongs to neither key.
        if self._key is not None and not self.kept and self._key == cache.synthesis_key(self._script, self._env_ref):
            cache.keep(self._key, self._scratch)
        if ".sitechat" in target.parts:
            private_dir(target.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _replace(self._scratch, target)
            moved = layers.read_synthesis(target, env_name)
        except OSError as error:
            raise _other_command(target) from error
        if moved.sha256 != made:
            raise _other_command(target)
        return moved

    def __enter__(self) -> Begun:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)


def begin(script: Path, env_ref: str) -> Begun:
    """Begin a synthesis before its configuration is loaded here: Python and Node start meanwhile."""
    return Begun(script, env_ref)


def begin_environment(env_ref: str) -> Begun:
    """Begin the synthesis of an environment."""
    return begin(repo_root() / "main.py", env_ref)


def default_target(env_name: str) -> Path:
    """Default folder of an environment's synthesis: `.sitechat/synth/ENV`."""
    return Work(repo_root()).synth(env_name)


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


def _other_command(target: Path) -> SitechatError:
    return SitechatError(
        f"{target} was written by another command at the same time",
        hint="Run this command again.",
        code=ExitCode.REFUSED,
    )


def _replace(source: Path, target: Path) -> None:
    """Put the synthesised files of `source` in the place of those in `target`; other files there stay."""
    shutil.rmtree(target / "stacks", ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    shutil.move(source / "stacks", target / "stacks")
    shutil.move(source / "manifest.json", target / "manifest.json")
