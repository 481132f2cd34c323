"""Times of the tests of several pytest runs, in one table.

`python -m tests.support.times FILE` prints the ten slowest tests, and ten files.

The runs append to the file that SITECHAT_TEST_TIMES names; without that variable nothing is written.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

VARIABLE = "SITECHAT_TEST_TIMES"
SHOWN = 10
Times = Sequence[tuple[float, str]]


class TimesPlugin:
    """Adds up set-up, call and teardown of each test, and appends them to a file when the session ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase of a test."""
        self._seconds[report.nodeid.partition("@")[0]] += report.duration  # xdist adds the group

    def pytest_sessionfinish(self) -> None:
        """Write the session's tests down."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as lines:
            lines.writelines(f"{seconds:.3f}\t{name}\n" for name, seconds in self._seconds.items())


def register_times(config: pytest.Config) -> None:
    """Measure this run if the variable asks for it. Workers of xdist report to the process that started them."""
    file = os.environ.get(VARIABLE)
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(TimesPlugin(Path(file)))


def read_times(lines: Iterable[str]) -> Times:
    """Times by test, the slowest first."""
    found = [(float(seconds), name) for seconds, _, name in (line.rstrip("\n").partition("\t") for line in lines)]
    return sorted(found, reverse=True)


def by_file(times: Times) -> Times:
    """Times of all tests of a file together, the slowest file first."""
    found: defaultdict[str, float] = defaultdict(float)
    for seconds, name in times:
        found[name.partition("::")[0]] += seconds
    return sorted(((seconds, name) for name, seconds in found.items()), reverse=True)


def slowest_table(times: Times, kind: str = "test") -> str:
    """Markdown table of the slowest tests, or files, with how much of the time of all each has."""
    total = sum(seconds for seconds, _ in times) or 1.0
    rows = [f"| {seconds:.0f} | {seconds / total:.0%} | `{name}` |" for seconds, name in times[:SHOWN]]
    title = f"The {len(rows)} slowest of {len(times)} {kind}s, with what they set up."
    return "\n".join([title, "", f"| s | of all | {kind} |", "|--:|--:|---|", *rows])


if __name__ == "__main__":
    read = read_times(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    print(slowest_table(read), slowest_table(by_file(read), "file"), sep="\n\n")
