"""Cases that deploy: this checkout and an earlier commit, each on an emulated AWS of its own, take turns."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools.bench.cases import REPO, Case, bench_variables
from tools.bench.processes import RunError, Sample, measure

# The last commit before plans were made quicker; the targets are ratios to it.
BEFORE = "9314f65"
ENVIRONMENT = "local"
# What a checkout has that its sources don't.
GENERATED = (".git", ".venv*", "node_modules", ".sitechat", "cdktf.out", "__pycache__", ".*_cache", ".hypothesis")
# A change of one value, by the layer that it is in.
CHANGED = {
    "monitoring": ("[budget]", "monthly_usd = 1234"),
    "edge": ("[edge]", "rate_limit_per_5_minutes = 1234"),
}
BOOTSTRAP, DEPLOY, REPLAN = "bootstrap", "deploy", "re-plan"


def case_name(what: str, side: str) -> str:
    """Name of a case that both sides have."""
    return f"{what}, {side}"


def changed_name(layer: str) -> str:
    """Name of the case of `plan --changed` after a change in `layer`."""
    return f"plan --changed, {layer}"


@dataclass
class Side:
    """One version of the sources below `root`, with an emulated AWS while the benchmark lasts."""

    name: str
    root: Path
    started: bool = field(default=False, init=False)

    def sitechat(self, *arguments: str) -> Sample:
        """Run a `sitechat` command of this version. Raises RunError when it fails."""
        command = [str(self.root / ".venv" / "bin" / "python"), "-m", "pipeline", *arguments]
        variables = bench_variables() | {"PYTHONPATH": str(self.root)}
        variables.pop("SITECHAT_ENV", None)
        return measure(command, cwd=self.root, env=variables)

    def up(self) -> None:
        """Start the emulated AWS."""
        self.sitechat("local", "up")
        self.started = True

    def down(self) -> None:
        """Stop the emulated AWS, whatever became of the cases."""
        if self.started:
            self.sitechat("local", "down")

    def planned_change(self, layer: str) -> Sample:
        """Plan one changed value of `layer` with `--changed`."""
        folder = self.root / "changed" / layer
        folder.mkdir(parents=True, exist_ok=True)
        text = (self.root / "environments" / f"{ENVIRONMENT}.toml").read_text(encoding="utf-8")
        (folder / f"{ENVIRONMENT}.toml").write_text(_with_setting(text, *CHANGED[layer]), encoding="utf-8")
        return self.sitechat("plan", "--changed", "--env", str(folder / f"{ENVIRONMENT}.toml"))


def _with_setting(text: str, table: str, line: str) -> str:
    """An environment's file with one setting more, in its table where it has it; TOML has each table once."""
    before, has, after = f"\n{text}".partition(f"\n{table}\n")
    return f"{before}\n{table}\n{line}\n{after}" if has else f"{text}\n{table}\n{line}\n"


@dataclass(frozen=True)
class Deployments:
    """Cases that run once, before the rounds, and those of every round."""

    once: Sequence[Case]
    rounds: Sequence[Case]


@contextmanager
def deployments(folder: Path, commit: str) -> Iterator[Deployments]:
    """Copy both versions below `folder`, start their emulated AWS, and stop it in the end.

    A side that can't be had makes its cases "not measured", with the reason.
    """
    before, now = Side("before", folder / "before"), Side("now", folder / "now")
    shutil.rmtree(folder, ignore_errors=True)
    problem = _prepared(before, partial(_copy_commit, commit, before.root))
    _prepared(now, partial(_copy_checkout, now.root), must=True)
    try:
        yield _cases(before, now, problem)
    finally:
        for side in (before, now):
            side.down()


def _cases(before: Side, now: Side, problem: str | None) -> Deployments:
    def pair(what: str, *arguments: str) -> list[Case]:
        command = (*arguments, "--env", ENVIRONMENT)
        return [
            Case(case_name(what, before.name), partial(before.sitechat, *command), error=problem),
            Case(case_name(what, now.name), partial(now.sitechat, *command)),
        ]

    changed = [Case(changed_name(layer), partial(now.planned_change, layer)) for layer in CHANGED]
    return Deployments(
        [*pair(BOOTSTRAP, "bootstrap"), *pair(DEPLOY, "deploy", "--yes")], [*pair(REPLAN, "plan"), *changed]
    )


def _prepared(side: Side, copy: partial[None], *, must: bool = False) -> str | None:
    """Make a side ready; returns why it can't be."""
    try:
        copy()
        side.up()
    except RunError as error:
        if must:
            raise
        return str(error)
    return None


def _copy_checkout(root: Path) -> None:
    shutil.copytree(REPO, root, ignore=shutil.ignore_patterns(*GENERATED))
    _link_environments(root)


def _copy_commit(commit: str, root: Path) -> None:
    """Unpack the sources of a commit. Raises RunError when this clone doesn't have it."""
    root.mkdir(parents=True)
    archive = root.with_suffix(".tar")
    made = subprocess.run(["git", "archive", "-o", archive, commit], cwd=REPO, capture_output=True, check=False)
    if made.returncode != 0:
        raise RunError(f"this clone has no commit {commit}")
    shutil.unpack_archive(archive, root, filter="data")
    archive.unlink()
    _link_environments(root)


def _link_environments(root: Path) -> None:
    """Give a copy the installed environments of this checkout: both sides run with the same packages."""
    (root / ".venv").symlink_to(sys.prefix)
    (root / ".venv-emulators").symlink_to(os.environ.get("SITECHAT_EMULATORS_VENV", REPO / ".venv-emulators"))
