"""Checked-in environments, synthesised once for the whole run, by the worker that asks first.

The bindings load in a process of their own: a suite that only reads the result never loads them.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from config import Environment
from pipeline.synth import layers
from tests.support import run_folder
from tests.support.environments import NAMES, ROOT
from tests.support.template import Template

SCRIPT = Path("tests", "support", "synth_all.py")
SEED = 1


def synth_all(sources: Path, out: Path, *names: str, seed: int) -> None:
    """Synthesise into folders below `out`, with the code in `sources` and Python ordering its sets by `seed`."""
    command = [sys.executable, str(sources / SCRIPT), str(sources), str(out), *names]
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    chosen = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(sources)}
    done = subprocess.run(command, cwd=sources, env=kept | chosen, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@cache
def synthesis(name: str) -> layers.Synthesis:
    """Synthesis of a checked-in environment, as `sitechat synth` leaves it. Shared: copy before changing."""
    folder = run_folder.path() / "synth"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / NAMES[-1]).exists():
            synth_all(ROOT, folder, *NAMES, seed=SEED)
    return layers.read_synthesis(folder / name, name)


@cache
def environment(name: str) -> dict[str, Template]:
    """Layers of a checked-in environment, in the order of deployment."""
    return _templates(synthesis(name))


def configurations(envs: Sequence[Environment]) -> list[dict[str, Template]]:
    """Layers of other configurations, each in the order of deployment."""
    with tempfile.TemporaryDirectory(dir=run_folder.path()) as folder:
        return [_templates(each) for each in _syntheses(envs, Path(folder))]


def syntheses(envs: Sequence[Environment]) -> list[layers.Synthesis]:
    """Syntheses of other configurations, which last as long as the run."""
    return _syntheses(envs, Path(tempfile.mkdtemp(dir=run_folder.path())))


def _syntheses(envs: Sequence[Environment], folder: Path) -> list[layers.Synthesis]:
    files = [folder / f"{number}.json" for number in range(len(envs))]
    for file, env in zip(files, envs, strict=True):
        file.write_text(env.model_dump_json())
    synth_all(ROOT, folder, *map(str, files), seed=SEED)
    return [layers.read_synthesis(file.with_suffix(""), file.stem) for file in files]


def _templates(found: layers.Synthesis) -> dict[str, Template]:
    return {layer.name: Template(layer.config) for layer in found.layers}
