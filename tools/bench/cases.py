"""Cases that are measured: each is one or more commands, run one after the other as a user would."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pipeline.work import Work
from tools.bench.processes import Sample, interpreter, measure

REPO = Path(__file__).resolve().parents[2]
ENVIRONMENT = "prod"
GROWTH_BASE = 125
GROWTH = tuple(GROWTH_BASE * factor for factor in (1, 2, 4, 8))
BUILD = (
    "import sys, fast_bindings; fast_bindings.install(); from tools.bench.growth_app import main; "
    "main(int(sys.argv[1]), sys.argv[2])"
)
# As in the Makefile: two workers, and a file stays on one of them.
FAST_SUITE = (
    *("-m", "not slow", "--ignore=tests/e2e"),
    *("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q"),
)
CHECKOV_FOUND_SOMETHING = 1
GATE_REFUSED = 4

STOCK, FAST, NAIVE, REAL, SUITE = "stock synth", "fast synth", "naive synth + scan", "sitechat scan", "unit suite"
SITECHAT, UNCHANGED = "sitechat synth", "sitechat synth, unchanged"


@dataclass
class Case:
    """One case: its name, the function that runs it once, and its samples. ``error`` says why it wasn't measured."""

    name: str
    run: Callable[[], Sample]
    samples: list[Sample] = field(default_factory=list)
    error: str | None = None


def all_cases() -> list[Case]:
    """Cases of one interleaved round, in order."""
    growth = [Case(growth_name(count), partial(_growth, count)) for count in GROWTH]
    return [
        Case(STOCK, _stock),
        Case(FAST, _fast),
        Case(SITECHAT, _sitechat_synth),
        Case(UNCHANGED, partial(_sitechat, "synth")),
        Case(NAIVE, _naive),
        Case(REAL, _sitechat_scan),
        *growth,
    ]


def suite_case() -> Case:
    """Case of the suite that ``make test-fast`` runs; run once, not in every round."""
    return Case(SUITE, lambda: _run([interpreter(), "-m", "pytest", *FAST_SUITE]))


def growth_name(count: int) -> str:
    """Name of the growth case of ``count`` resources."""
    return f"synth of {count} resources"


def bench_variables(**changes: str) -> dict[str, str]:
    """User's environment without variables that would change the measurement."""
    dropped = ("SITECHAT_", "NODE_OPTIONS", "PYTHONDONTWRITEBYTECODE", "CDKTF_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(REPO), "SITECHAT_ENV": ENVIRONMENT, **changes}


def _run(command: list[str], *accepted: int, **changes: str) -> Sample:
    return measure(command, cwd=REPO, env=bench_variables(**changes), accepted=(0, *accepted))


def _stock() -> Sample:
    with tempfile.TemporaryDirectory() as out:
        return _synth(out, SITECHAT_FAST_BINDINGS="0")


def _fast() -> Sample:
    with tempfile.TemporaryDirectory() as out:
        return _synth(out)


def _synth(out: str, **changes: str) -> Sample:
    return _run([interpreter(), "main.py"], CDKTF_OUTDIR=out, **changes)


def _naive() -> Sample:
    """Synthesise, then run checkov on the folder, as the documentation of both tools says."""
    with tempfile.TemporaryDirectory() as out:
        synth = _synth(out, SITECHAT_FAST_BINDINGS="0")
        # Path of checkov beside this interpreter.
        checkov = str(Path(interpreter()).with_name("checkov"))
        command = [checkov, "-d", out, "--framework", "terraform_json", "--quiet", "--compact"]
        scan = _run(command, CHECKOV_FOUND_SOMETHING)
    used = synth.cpu_seconds + scan.cpu_seconds
    return Sample(synth.seconds + scan.seconds, max(synth.peak_mb, scan.peak_mb), used)


def _sitechat(command: str) -> Sample:
    """Run the `sitechat` of this checkout, not the one on PATH."""
    return _run([interpreter(), "-m", "pipeline", command, "--env", ENVIRONMENT], GATE_REFUSED)


def _sitechat_synth() -> Sample:
    """Synthesise what was never synthesised."""
    _forget_syntheses()
    return _sitechat("synth")


def _sitechat_scan() -> Sample:
    """Synthesise and scan what was never synthesised."""
    _forget_syntheses()
    return _sitechat("scan")


def _forget_syntheses() -> None:
    shutil.rmtree(Work(REPO).cache / "synth", ignore_errors=True)


def _growth(count: int) -> Sample:
    with tempfile.TemporaryDirectory() as out:
        return _run([interpreter(), "-c", BUILD, str(count), out])
