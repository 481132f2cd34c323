"""Configuration is checked before anything slow is imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from config.reading import ROOT

SLOW = ("cdktf", "cdktf_cdktf_provider_aws", "constructs", "jsii")
BUILDERS = ("main", "stacks", "constructs_lib", "backend")
FREE = ("config", "ingestion", "pipeline", "policies", "terraform_json")
SUITES = ("config", "pipeline", "terraform_json")
FILES = sorted(file for folder in FREE for file in (ROOT / folder).rglob("*.py"))


def imported(source: str) -> set[str]:
    """Top-level packages a source imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
    return found


def modules(source: str) -> set[str]:
    """Modules a source may import, by their whole names, those it only names as a member too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reached(suite: str) -> dict[Path, set[str]]:
    """Imports of a suite's tests and, through all levels, of the helpers in tests/ that they import; by file."""
    found: dict[Path, set[str]] = {}
    left = [ROOT / "tests" / "conftest.py", *(ROOT / "tests" / suite).rglob("*.py")]
    while left:
        file = left.pop()
        if file not in found and file.is_file():
            found[file] = modules(file.read_text(encoding="utf-8"))
            left += [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in found[file] if name[:6] == "tests."]
    return found


def test_imports_are_seen() -> None:
    assert imported("def f():\n    import cdktf.x, os\n    from constructs import Construct") == {
        "cdktf",
        "os",
        "constructs",
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_bindings_are_imported(file: Path) -> None:
    assert not imported(file.read_text(encoding="utf-8")) & set(SLOW)


@pytest.mark.parametrize("suite", SUITES)
def test_suites_never_load_the_bindings(suite: str) -> None:
    """Neither the slow packages nor modules that load them; only suites that build something pay for them."""
    loading = {
        f"{file.relative_to(ROOT)}: {name}"
        for file, names in reached(suite).items()
        for name in names
        if name.split(".")[0] in (*SLOW, *BUILDERS)
    }
    assert loading == set()


def test_the_helpers_of_a_suite_are_looked_at() -> None:
    assert ROOT / "tests" / "support" / "shared.py" in reached("pipeline")
    stacks = reached("stacks")
    assert "cdktf" in stacks[ROOT / "tests" / "support" / "synthesised.py"]


def test_mistakes_are_reported_without_slow_imports(tmp_path: Path) -> None:
    file = tmp_path / "dev.toml"
    file.write_text('account_id = "1"\nregion = "x"\n[service]\ncpu = 1\nport = 1\n[edge]\nprice_class = "x"\n')
    program = (
        "import sys, config\n"
        "try:\n    config.load(sys.argv[1])\n"
        "except config.ConfigError as error:\n    print(len(error.problems))\n"
        f"print(*[name for name in {(*SLOW, 'boto3', 'botocore')!r} if name in sys.modules])\n"
    )
    command = [sys.executable, "-c", program, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "5\n\n"
