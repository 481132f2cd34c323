"""Ask the gate about a folder: first what costs milliseconds, then the whole scan.

It is what `sitechat scan --env REF --dir DIR --json` does, in this process.
"""

from __future__ import annotations

import contextlib
import functools
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from config import Environment, load
from pipeline.commands import scan
from pipeline.errors import ExitCode, SitechatError
from pipeline.scan.gate import gate, read_layers
from pipeline.scan.synthesised import differences
from pipeline.scan.vouching import unvouched
from pipeline.synth.layers import Synthesis
from tests.support.environments import NAMES
from tests.support.shared import synthesis

TODAY = date(2026, 12, 1)  # fixed, because expiry of waivers is not the subject of these tests
LONGEST_SECONDS = 30.0
# A refusal that shows an exception instead of saying what is wrong.
_BARE = re.compile(r"Traceback|\b[A-Z]\w*(Error|Exception)\(")


@dataclass(frozen=True)
class Answer:
    """What the gate says: one line a problem or finding, and what went wrong while asking, if anything did."""

    lines: tuple[str, ...]
    crash: str = ""

    @property
    def red(self) -> bool:
        """Whether the folder is refused in an orderly way."""
        return bool(self.lines) and not self.crash

    @property
    def bare(self) -> tuple[str, ...]:
        """Lines that show an exception, or aren't one line."""
        return tuple(line for line in self.lines if "\n" in line or _BARE.search(line))


@dataclass(frozen=True)
class Gate:
    """What is asked: `compared` adds what the command adds, the comparison with a fresh synthesis.

    Without it, the lists and rules answer alone, as they do for what this checkout synthesises itself.
    """

    compared: bool = True

    def ask(self, folder: Path, ref: str) -> Answer:
        """Ask the cheap part, and the whole gate only if that finds nothing."""
        cheap = self.ask_cheaply(folder, ref)
        return cheap if cheap.lines or cheap.crash else self.ask_all(folder, ref)

    def ask_cheaply(self, folder: Path, ref: str) -> Answer:
        """Read the folder, ask the positive lists, and compare."""
        return _asked(folder, ref, self._cheap_lines)

    def ask_all(self, folder: Path, ref: str) -> Answer:
        """Ask the whole gate."""
        return _asked(folder, ref, self._lines)

    def _made(self, ref: str) -> Synthesis | None:
        """Fresh synthesis of a checked-in environment. Settings of one's own are judged without."""
        return synthesis(ref) if self.compared and ref in NAMES else None

    def _cheap_lines(self, found: Synthesis, env: Environment, ref: str) -> list[str]:
        sources, problems = read_layers({layer.name: layer.path for layer in found.layers}, found.dir)
        if problems:
            return problems
        made = self._made(ref)
        different = differences(found, made) if made else []
        return different + unvouched({source.layer: source.config for source in sources}, env)

    def _lines(self, found: Synthesis, env: Environment, ref: str) -> list[str]:
        verdict = gate(found, env=env, made=self._made(ref), today=TODAY)
        findings = [asdict(finding) for finding in verdict.findings]
        return [*verdict.problems, *(" ".join(map(str, finding.values())) for finding in findings)]


def _asked(folder: Path, ref: str, lines: Callable[[Synthesis, Environment, str], list[str]]) -> Answer:
    try:
        with _limited():
            env = _loaded(ref) if ref in NAMES else load(ref)
            return Answer(tuple(lines(scan._read(folder, env.name), env, ref)))
    except SitechatError as error:
        crash = "" if error.code == ExitCode.GATE else f"exit status {int(error.code)}: {error.message}"
        return Answer((f"{error.message} {error.hint or ''}".strip(),), crash)
    except Exception as error:  # whatever escapes is what these tests look for
        return Answer((), f"{type(error).__name__}: {error}"[:500])


_loaded = functools.cache(load)


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Raise TimeoutError in whatever hangs."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"no answer within {LONGEST_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
