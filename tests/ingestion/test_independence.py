"""What the functions' package imports: Lambda's runtime has nothing of this repository, and no bindings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from config.reading import ROOT
from tests.config.test_independence import imported

# boto3 and botocore are in Lambda's runtime; what else is here is put into the package.
IN_THE_PACKAGE = {"ingestion", "passages", "bs4"}
IN_THE_RUNTIME = {"boto3", "botocore", *sys.stdlib_module_names}
ABSENT = {"config", "pipeline", "stacks", "constructs_lib", "backend", "local_aws", "policies", "terraform_json"}
ABSENT |= {"cdktf", "constructs", "jsii", "lxml"}
FILES = sorted((ROOT / "ingestion").rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_function_imports_what_its_package_and_the_runtime_have(file: Path) -> None:
    assert imported(file.read_text(encoding="utf-8")) - IN_THE_PACKAGE - IN_THE_RUNTIME == set()


def test_the_fetching_function_loads_neither_configuration_nor_bindings() -> None:
    program = f"import sys, ingestion.functions.fetch\nprint(*sorted({ABSENT!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
