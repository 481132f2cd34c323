"""Every package has a README that names its files and constructs, and whose example runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from constructs import Construct

from tests.support.environments import ROOT
from tests.support.synthesised import template

LIBRARY = ROOT / "constructs_lib"
CAPABILITIES = sorted(path.parent for path in LIBRARY.glob("*/__init__.py"))
PACKAGES = [LIBRARY, ROOT / "stacks", ROOT / "backend", *CAPABILITIES]
CONSTRUCT_BASES = {"Construct", "TerraformStack", "LayerStack"}
every_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)


def _readme(package: Path) -> str:
    return (package / "README.md").read_text(encoding="utf-8")


def _constructs(package: Path) -> Iterator[str]:
    """Public classes that extend a construct or a stack."""
    for module in sorted(package.glob("*.py")):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            if CONSTRUCT_BASES & {base.id for base in node.bases if isinstance(base, ast.Name)}:
                yield f"{module.name}: {node.name}"


@pytest.mark.parametrize("package", [LIBRARY, *CAPABILITIES], ids=lambda path: path.name)
def test_the_example_runs(package: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", _readme(package), re.DOTALL)

    def build(scope: Construct) -> None:
        exec(compile(example, str(package / "README.md"), "exec"), {"scope": scope})

    assert template(build).types()


@every_package
def test_every_file_is_in_the_table(package: Path) -> None:
    files = {path.name for path in package.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"^\| `(\w+\.py)` \|", _readme(package), re.MULTILINE)) == files


@every_package
def test_every_construct_stands_beside_its_file(package: Path) -> None:
    rows = re.findall(r"^\| `(\w+\.py)` \| (.*?) ?\|", _readme(package), re.MULTILINE)
    named = {f"{file}: {name}" for file, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert set(_constructs(package)) <= named


def test_every_capability_is_in_the_librarys_table() -> None:
    linked = re.findall(r"^\| \[(\w+)\]\(\1/README\.md\) \|", _readme(LIBRARY), re.MULTILINE)
    assert linked == [package.name for package in CAPABILITIES]


def test_constructs_are_found_where_there_are_some() -> None:
    """The search itself: without it, a base class of another name would leave nothing to be named."""
    # What every function has in common is built in the construct that has the function.
    assert {each.name for each in PACKAGES if not list(_constructs(each))} == {"constructs_lib", "functions"}
    assert "vpc.py: VpcNetwork" in set(_constructs(LIBRARY / "network"))
