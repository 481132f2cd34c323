"""``python -m tools.bench.first_token [--questions N] [--write FILE]``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.bench.first_token.measuring import QUESTIONS, MeasuringError, first_tokens_markdown, measure_first_tokens
from tools.bench.report import FIRST_TOKEN_MARKS, describe_machine, write_into


def main(arguments: Sequence[str]) -> int:
    """Measure and print the tables. Exits 0 even where the target is missed, 3 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.first_token", description="Time to the first token.")
    parser.add_argument("--questions", type=int, default=QUESTIONS, metavar="N", help="each way (default %(default)s)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the marks in FILE")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = measure_first_tokens(Path(folder), options.questions)
    except MeasuringError as problem:
        print(f"first token: not measured: {problem}", file=sys.stderr)
        return 3
    command = " ".join(["python -m tools.bench.first_token", *arguments])
    tables = first_tokens_markdown(command, describe_machine(), found)
    if options.write:
        write_into(options.write, tables, FIRST_TOKEN_MARKS)
    print(tables, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
