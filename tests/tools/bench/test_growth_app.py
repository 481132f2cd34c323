"""The generated app has exactly the requested number of resources, which the cost per resource depends on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tools.bench.cases import BUILD, REPO


def test_has_as_many_resources_as_asked_for_in_stacks_of_125(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", BUILD, "140", str(tmp_path)], cwd=REPO, check=True)
    counts = {}
    for path in tmp_path.glob("stacks/*/cdk.tf.json"):
        resources = json.loads(path.read_text())["resource"]
        counts[path.parent.name] = sum(len(named) for named in resources.values())
    assert counts == {"stack0": 125, "stack1": 15}
