"""``python -m bench [--repeat N] [--no-suite] [--write docs/performance.md]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import report
from bench.cases import GROWTH, REPO, SUITE, Case, all_cases, growth_name, suite
from bench.plot import svg
from bench.processes import RunError
from bench.results import Row, rows, targets
from fast_bindings import cache, warm

OUT = REPO / ".sitechat" / "bench"


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, write results.json and plot.svg. The exit code is 0 even where a target is missed."""
    options = _parser().parse_args(arguments)
    if not cache.ready() and warm.main() != 0:
        return 3
    cases = all_cases()
    for number in range(1, options.repeat + 1):
        for case in cases:
            _run(case, f"round {number} of {options.repeat}")
    if not options.no_suite:
        cases.append(suite())
        _run(cases[-1], "once")
    measured = rows(cases)
    reached, where = targets(measured), report.machine()
    command = " ".join(["python -m bench", *arguments])
    tables = report.markdown(command, where, measured, reached)
    OUT.mkdir(parents=True, exist_ok=True)
    report.write_json(OUT / "results.json", where, measured, reached)
    (OUT / "plot.svg").write_text(_plot(measured))
    if options.write:
        report.write_into(options.write, tables)
    print(f"\n{tables}\nWritten: {OUT.relative_to(REPO)}/results.json and plot.svg")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure synth, scan and growth side by side.")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="interleaved rounds (default 3)")
    parser.add_argument("--no-suite", action="store_true", help="leave the unit suite out")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    return parser


def _run(case: Case, when: str) -> None:
    """Run a case once, telling so; one that failed isn't tried again, and is reported as not measured."""
    if case.error is not None:
        return
    try:
        sample = case.run()
    except RunError as error:
        case.error = str(error)
        print(f"{when}: {case.name}: not measured: {error}", file=sys.stderr, flush=True)
        return
    case.samples.append(sample)
    print(f"{when}: {case.name}: {sample.seconds:.2f} s, {sample.peak_mb:.0f} MB", file=sys.stderr, flush=True)


def _plot(measured: Sequence[Row]) -> str:
    growth = {growth_name(count) for count in GROWTH}
    single = [row for row in measured if row.name not in {*growth, SUITE}]
    return svg(
        [
            ("Time of the whole process", "s", [(row.name, row.seconds) for row in single if row.seconds]),
            ("Peak memory, Python and Node", "MB", [(row.name, row.peak_mb) for row in single if row.peak_mb]),
            ("Growth", "s", [(row.name, row.seconds) for row in measured if row.name in growth and row.seconds]),
            ("All fast tests", "s", [(row.name, row.seconds) for row in measured if row.name == SUITE and row.seconds]),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
