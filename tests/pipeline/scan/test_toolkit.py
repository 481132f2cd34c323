"""Effects of loading checkov on the process."""

from __future__ import annotations

import os
import subprocess
import sys

from pipeline.work import repo_root

CODE = """
import gc
from pipeline.scan.toolkit import toolkit
assert toolkit().problems == ()
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


def test_garbage_is_looked_for_again_but_not_among_what_was_imported() -> None:
    variables = os.environ | {"PYTHONPATH": str(repo_root())}
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env=variables, check=True)
    assert done.stdout == "True True\n"
