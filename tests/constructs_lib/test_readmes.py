"""The example of each package's README runs, and the README knows every file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from constructs import Construct

from tests.support.environments import ROOT
from tests.support.synthesised import template

READMES = sorted((ROOT / "constructs_lib").glob("*/README.md"))
every_readme = pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)


@every_readme
def test_the_example_runs(readme: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)

    def build(scope: Construct) -> None:
        exec(compile(example, str(readme), "exec"), {"scope": scope})

    assert template(build).types()


@every_readme
def test_every_file_is_in_the_table(readme: Path) -> None:
    files = {path.name for path in readme.parent.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `(\w+\.py)` \|", readme.read_text(), re.MULTILINE)) == files
