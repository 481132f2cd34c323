"""Results: medians and spreads of the samples, and the targets with the values reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from tools.bench.cases import FAST, GROWTH, NAIVE, REAL, SITECHAT, STOCK, SUITE, UNCHANGED, Case, growth_name
from tools.bench.deployments import DEPLOY, REPLAN, case_name, changed_name


@dataclass(frozen=True)
class Figure:
    """Median, lowest and highest of one quantity."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Make a figure from at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Row:
    """Row of the results: the figures of a case, or the reason why it wasn't measured."""

    name: str
    runs: int
    seconds: Figure | None
    cpu_seconds: Figure | None
    peak_mb: Figure | None
    error: str | None


@dataclass(frozen=True)
class Target:
    """Limit with the measured value; None when a case it needs wasn't measured. `reason` is why it is missed."""

    name: str
    limit: float
    unit: str
    value: float | None
    reason: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the value is within the limit; None when it wasn't measured."""
        return None if self.value is None else self.value <= self.limit

    @property
    def verdict(self) -> str:
        """Whether the target is reached, in words."""
        missed = f"NOT reached: {self.reason}" if self.reason else "NOT reached"
        return {True: "reached", False: missed, None: "not measured"}[self.reached]


def result_rows(cases: Sequence[Case]) -> list[Row]:
    """Rows of the cases, in the same order. A case that failed once has no figures."""
    return [_row(case) for case in cases]


def _row(case: Case) -> Row:
    if case.error is not None or not case.samples:
        return Row(case.name, 0, None, None, None, case.error or "not run")
    seconds = Figure.of([sample.seconds for sample in case.samples])
    memory = Figure.of([sample.peak_mb for sample in case.samples])
    used = Figure.of([sample.cpu_seconds for sample in case.samples])
    return Row(case.name, len(case.samples), seconds, used, memory, None)


def measure_targets(measured: Sequence[Row]) -> list[Target]:
    """Targets of this project, as ratios of medians of one run wherever possible."""
    seconds = {row.name: row.seconds.median for row in measured if row.seconds}
    memory = {row.name: row.peak_mb.median for row in measured if row.peak_mb}
    used = {row.name: row.cpu_seconds.median for row in measured if row.cpu_seconds}
    (replan, before), (deploy, deploy_before) = (
        (case_name(what, "now"), case_name(what, "before")) for what in (REPLAN, DEPLOY)
    )
    return [
        Target("fast synth / stock synth, time", 0.125, "", _ratio(seconds, FAST, STOCK)),
        Target("fast synth / stock synth, peak memory", 0.35, "", _ratio(memory, FAST, STOCK)),
        Target(
            "sitechat synth / stock synth, time",
            0.125,
            "",
            _ratio(seconds, SITECHAT, STOCK),
            "main.py alone takes nearly as much, and the command needs a tenth of a second to begin it",
        ),
        Target("sitechat synth, unchanged / stock synth, time", 0.03, "", _ratio(seconds, UNCHANGED, STOCK)),
        Target(
            "sitechat scan / naive synth + scan, time",
            0.18,
            "",
            _ratio(seconds, REAL, NAIVE),
            "more than half of it is the synth before it",
        ),
        Target("each resource added, up to 1,000", 2.0, "ms", milliseconds_per_resource(seconds)),
        Target("re-plan now / before, CPU", 0.7, "", _ratio(used, replan, before)),
        Target("re-plan now / before, time", 0.6, "", _ratio(seconds, replan, before)),
        Target(
            "plan --changed in monitoring / re-plan before, time",
            0.25,
            "",
            _ratio(seconds, changed_name("monitoring"), before),
            "the provider waits 5 s before it reads a budget",
        ),
        Target("plan --changed in edge / re-plan before, time", 0.4, "", _ratio(seconds, changed_name("edge"), before)),
        Target(
            "deploy now / before, time",
            0.7,
            "",
            _ratio(seconds, deploy, deploy_before),
            "half of it are the provider's own waits, the same on both sides",
        ),
        Target("unit suite", 60.0, "s", seconds.get(SUITE), "6,600 tests use two minutes of CPU on two cores"),
    ]


def _ratio(values: Mapping[str, float], part: str, whole: str) -> float | None:
    return values[part] / values[whole] if part in values and whole in values else None


def milliseconds_per_resource(seconds: Mapping[str, float]) -> float | None:
    """Slope of the straight line through the growth cases, all of which are needed."""
    names = [growth_name(count) for count in GROWTH]
    if not all(name in seconds for name in names):
        return None
    return 1000 * linear_regression(GROWTH, [seconds[name] for name in names]).slope
