"""Measure everything: ``python -m tools.bench --help`` names the options."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from fast_bindings import cache, warm
from tools.bench import report
from tools.bench.cases import GROWTH, REPO, SUITE, Case, all_cases, growth_name, suite_case
from tools.bench.deployments import BEFORE, BOOTSTRAP, DEPLOY, REPLAN, deployments
from tools.bench.first_token.measuring import (
    QUESTIONS,
    FirstTokens,
    MeasuringError,
    first_tokens_markdown,
    measure_first_tokens,
)
from tools.bench.plot import plot_svg
from tools.bench.processes import RunError
from tools.bench.results import Row, measure_targets, result_rows

OUT = REPO / ".sitechat" / "bench"


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, write results.json and plot.svg. The exit code is 0 even where a target is missed."""
    options = _parser().parse_args(arguments)
    if not cache.ready() and warm.main() != 0:
        return 3
    with nullcontext() if options.no_deployments else deployments(OUT / "sides", options.before) as deployed:
        once = deployed.once if deployed else []
        cases = [*all_cases(), *(deployed.rounds if deployed else [])]
        for case in once:
            _run(case, "once")
        for number in range(1, options.repeat + 1):
            for case in cases:
                _run(case, f"round {number} of {options.repeat}")
        cases += once
    if not options.no_suite:
        cases.append(suite_case())
        _run(cases[-1], "once")
    tokens = None if options.no_traffic else _first_tokens()
    _tell(" ".join(["python -m tools.bench", *arguments]), result_rows(cases), tokens, options.write)
    return 0


def _tell(command: str, measured: Sequence[Row], tokens: FirstTokens | None, document: Path | None) -> None:
    """Print the tables, and write them where they are kept."""
    reached, where = measure_targets(measured), report.describe_machine()
    tables = report.results_markdown(command, where, measured, reached)
    first = first_tokens_markdown(command, where, tokens) if tokens else ""
    OUT.mkdir(parents=True, exist_ok=True)
    targets = [*reached, *([tokens.target] if tokens else [])]
    report.write_results_json(
        OUT / "results.json", where, measured, targets, first_tokens=asdict(tokens) if tokens else None
    )
    (OUT / "plot.svg").write_text(_plot(measured))
    if document:
        report.write_into(document, tables)
        if first:
            report.write_into(document, first, report.FIRST_TOKEN_MARKS)
    print(f"\n{tables}\n{first}\nWritten: {OUT.relative_to(REPO)}/results.json and plot.svg")


def _first_tokens() -> FirstTokens | None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure_first_tokens(Path(folder), QUESTIONS)
    except MeasuringError as problem:
        print(f"first token: not measured: {problem}", file=sys.stderr, flush=True)
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Measure synth, scan and growth.")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="interleaved rounds (default 3)")
    parser.add_argument("--no-suite", action="store_true", help="leave the unit suite out")
    parser.add_argument("--no-deployments", action="store_true", help="leave out what needs Terraform")
    parser.add_argument("--no-traffic", action="store_true", help="leave the first token through the data plane out")
    parser.add_argument("--before", default=BEFORE, metavar="COMMIT", help=f"the other side (default {BEFORE})")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    return parser


def _run(case: Case, when: str) -> None:
    """Run a case once and report it; a case that failed isn't tried again, and counts as not measured."""
    if case.error is not None:
        return
    try:
        sample = case.run()
    except RunError as error:
        case.error = str(error)
        print(f"{when}: {case.name}: not measured: {error}", file=sys.stderr, flush=True)
        return
    case.samples.append(sample)
    figures = f"{sample.seconds:.2f} s, {sample.cpu_seconds:.2f} s of CPU, {sample.peak_mb:.0f} MB"
    print(f"{when}: {case.name}: {figures}", file=sys.stderr, flush=True)


def _plot(measured: Sequence[Row]) -> str:
    growth = {growth_name(count) for count in GROWTH}
    rest = [row for row in measured if row.name not in {*growth, SUITE}]
    single = [row for row in rest if not _of_deployment(row.name)]
    deployed = [row for row in rest if _of_deployment(row.name)]
    return plot_svg(
        [
            ("Time of the whole process", "s", [(row.name, row.seconds) for row in single if row.seconds]),
            ("Peak memory, Python and Node", "MB", [(row.name, row.peak_mb) for row in single if row.peak_mb]),
            ("Growth", "s", [(row.name, row.seconds) for row in measured if row.name in growth and row.seconds]),
            ("With Terraform, on the emulated AWS", "s", [(row.name, row.seconds) for row in deployed if row.seconds]),
            ("All fast tests", "s", [(row.name, row.seconds) for row in measured if row.name == SUITE and row.seconds]),
        ]
    )


def _of_deployment(name: str) -> bool:
    return name.startswith((BOOTSTRAP, DEPLOY, REPLAN, "plan --changed"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
