"""Run `main.py` in a process of its own and read the layers it wrote."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import whole
from pipeline.errors import DISK_FULL, ExitCode, SitechatError
from pipeline.synth import cache, layers, place
from pipeline.synth.settings import SettingsCopy
from pipeline.work import Work, private_dir, repo_root

if TYPE_CHECKING:
    from config import Environment

# Lines shown of a failed synthesis: the last ones hold the reason, those above are jsii's stack.
TAIL_LINES = 15


def synthesise(env: Environment, out: Path | None = None, *, env_ref: str) -> layers.Synthesis:
    """Synthesise `env` into `out` (default `.sitechat/synth/ENV`), replacing an earlier synthesis.

    `env_ref` is what the user gave for --env: a name or a file. Raises SitechatError with the end of the output
    when `main.py` fails, and (5) when the file says something else by now than `env`; the old folder is left as it was.
    """
    return run_app(repo_root() / "main.py", env_ref, out or default_target(env.name), env.name, judged=env)


def run_app(
    script: Path, env_ref: str, target: Path, env_name: str, *, judged: Environment | None = None
) -> layers.Synthesis:
    """Run a CDKTF app, or take its kept result, and put its files into `target`; see `Begun.finish`."""
    with begin(script, env_ref) as begun:
        return begun.finish(target, env_name, judged=judged)


class Begun:
    """A synthesis under way: kept from an earlier run, or a process of its own. A context manager: leaving it ends all.

    `kept` is true where nothing has to run: then the configuration has been checked before, too. `env_name` is the name
    of the environment's file. That file is read here, once: the process gets a copy of it.
    """

    def __init__(self, script: Path, env_ref: str) -> None:
        self._script, self._env_ref = script, env_ref
        self.env_name = cache.environment_file(env_ref).stem
        self._process: subprocess.Popen[str] | None = None
        self.kept = False
        # Beside the usual target, so that moving the files is a rename.
        parent = private_dir(Work(repo_root()).dir / "synth")
        whole.sweep(parent, no_strangers)
        self._scratch = Path(tempfile.mkdtemp(dir=parent, prefix=whole.DRAFT))
        self._out = self._scratch / "out"
        try:
            self._settings = SettingsCopy(env_ref, self._scratch / "settings")
            self._key = self._find_key()
            self._start()
        except BaseException:
            self.__exit__()
            raise

    def finish(self, target: Path, env_name: str, *, judged: Environment | None = None) -> layers.Synthesis:
        """Wait for the result and move it to `target`. Raises SitechatError with the end of the output.

        `judged` is the environment as this process has read it: raises SitechatError (5) unless the synthesis was given
        the same. Nothing but an earlier synthesis is replaced.
        """
        self._settings.check(judged)
        if self._process is not None:
            stdout, stderr = self._process.communicate()
            if self._process.returncode != 0:
                raise _failure(self._script, self._process.returncode, stderr or stdout)
        made = layers.read_synthesis(self._out, env_name).sha256
        # What changed while it was read belongs to neither key.
        if self._key is not None and not self.kept and self._key == self._find_key():
            cache.keep(self._key, self._out)
        return _moved(self._result(), target, env_name, made)

    def _result(self) -> Path:
        """A folder with the layers and their manifest, without what constructs packed on the way."""
        result = self._scratch / "result"
        result.mkdir()
        for name in (cache.MANIFEST, "stacks"):
            (self._out / name).rename(result / name)
        return result

    def _find_key(self) -> str | None:
        content = self._settings.content
        if content is None or not cache.synth_cache_enabled():
            return None
        return cache.synthesis_key(self._script, self._env_ref, content)

    def _start(self) -> None:
        """Take what is kept, or start the process. Without a file to read there is nothing to start."""
        self._out.mkdir()
        self.kept = self._key is not None and cache.restore(self._key, self._out)
        if self.kept or self._settings.content is None:
            return
        temporary = self._scratch / "tmp"
        temporary.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, str(self._script)],
            cwd=repo_root(),
            env=_app_environment(self._settings.path, self._out, temporary),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that it is ended with Node, its own child
        )

    def __enter__(self) -> Begun:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
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


def no_strangers(folder: Path) -> tuple[str, ...]:
    """What must not be lost of a folder of our own: nothing."""
    return ()


def _app_environment(settings: Path, outdir: Path, temporary: Path) -> dict[str, str]:
    """Variables of the process. Node leaves temporary files when it is ended: they lie in the scratch folder."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join(part for part in (str(repo_root()), inherited.get("PYTHONPATH", "")) if part)
    return inherited | {
        "SITECHAT_ENV": str(settings),
        "CDKTF_OUTDIR": str(outdir),
        "PYTHONPATH": path,
        "TMPDIR": str(temporary),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }


def _moved(made: Path, target: Path, env_name: str, sha256: str) -> layers.Synthesis:
    """Put what was made in its place, and read it there. Raises SitechatError where that can't be, or isn't."""
    own = place.is_own(target)
    try:
        if not own:
            whole.sweep(target.parent, place.strangers)
        whole.replace_folder(made, target, no_strangers if own else place.strangers)
    except whole.StrangersError as error:
        raise place.place_error(target, place.holds(error.names)) from None
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise place.place_error(target, error.strerror or str(error)) from None
    try:
        moved = layers.read_synthesis(target, env_name)
        if moved.sha256 == sha256:
            return moved
    except (OSError, SitechatError):
        pass  # it was being replaced
    raise other_command(target)


def _failure(script: Path, status: int, output: str) -> SitechatError:
    tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
    if status == ExitCode.USAGE or status == ExitCode.MISSING:
        # A wrong configuration may end with what to do next (main.py).
        said, _, hint = tail.partition("\nnext: ")
        return SitechatError(said, hint=hint, code=ExitCode(status))
    shown = os.path.relpath(script, repo_root())
    return SitechatError(
        f"{shown} failed with status {status}:\n{tail}",
        hint=f"Run `python {shown}` by hand for the whole output.",
        code=ExitCode.BUG,
    )


def other_command(target: Path) -> SitechatError:
    """The refusal (5) of a folder that holds what another command wrote meanwhile."""
    return SitechatError(
        f"{target} was written by another command at the same time",
        hint="Run this command again.",
        code=ExitCode.REFUSED,
    )
