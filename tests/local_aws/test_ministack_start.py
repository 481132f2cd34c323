"""The second that a JSONata expression may take is one of its own processor time."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local_aws.emulators import emulators_python

_STARTED = Path(__file__).parents[2] / "local_aws" / "ministack_start.py"
# Evaluates as ministack does, with a limit of 100 ms; `$wait` takes twice that without the processor.
_EVALUATE = """
import runpy, sys, time
from jsonata import Jsonata
runpy.run_path(sys.argv[1])["count_processor_time"]()
expression = Jsonata.jsonata(sys.argv[2], timeout=100)
expression.register_lambda("wait", lambda: time.sleep(0.2) or 1)
try:
    print(expression.evaluate(None))
except Exception as problem:
    print(problem.error)
"""


def _evaluated(expression: str) -> str:
    command = [str(emulators_python()), "-c", _EVALUATE, str(_STARTED), expression]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_time_in_which_a_busy_machine_does_something_else_doesnt_count() -> None:
    assert _evaluated("$wait() + 1") == "2"


def test_an_expression_that_never_ends_is_ended() -> None:
    assert _evaluated("($again := function($n) { $again($n + 1) }; $again(0))") == "D1012"
