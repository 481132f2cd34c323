"""Cases that are measured: each is one or more commands, run one after the other as a user would."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

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
    return [Case(STOCK, _stock), Case(FAST, _fast), Case(NAIVE, _naive), Case(REAL, _real), *growth]


def suite_case() -> Case:
    """Case of the suite that ``make test-fast`` runs; run once, not in every round."""
    return Case(SUITE, lambda: _run([interpreter(), "-m", "pytest", *FAST_SUITE]))


def growth_name(count: int) -> str:
    """Name of the growth case of ``count`` resources."""
    return f"synth of {count} resources"


def _environment(**changes: str) -> dict[str, str]:
    """User's environment without variables that would change the measurement."""
    dropped = ("SITECHAT_", "NODE_OPTIONS", "PYTHONDONTWRITEBYTECODE", "CDKTF_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PYTHONPATH": str(REPO), "SITECHAT_ENV": ENVIRONMENT, **changes}


def _run(command: list[str], *accepted: int, **changes: str) -> Sample:
    return measure(command, cwd=REPO, env=_environment(**changes), accepted=(0, *accepted))


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
    return Sample(synth.seconds + scan.seconds, max(synth.peak_mb, scan.peak_mb))


def _real() -> Sample:
    """Scan with the `sitechat` of this checkout, not the one on PATH."""
    return _run([interpreter(), "-m", "pipeline", "scan", "--env", ENVIRONMENT], GATE_REFUSED)


def _growth(count: int) -> Sample:
    with tempfile.TemporaryDirectory() as out:
        return _run([interpreter(), "-c", BUILD, str(count), out])
