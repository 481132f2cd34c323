"""The set-up command: its output, exit code and files."""

from __future__ import annotations

from pathlib import Path

from tests.fast_bindings.conftest import REPO, Run
from tests.fast_bindings.test_install import fake_release

WARM = ("-m", "fast_bindings.warm")
COMPILING = """
import sys
from fast_bindings import warm
warm.COMPILED = ("typeguard",)  # looking through all 2,135 modules takes a second
sys.exit(warm.main())
"""


def test_compiles_what_is_not_compiled_even_where_imports_may_not(run: Run, tmp_path: Path) -> None:
    package = tmp_path / "typeguard"
    package.mkdir()
    (package / "__init__.py").write_text("VALUE = 1\n")
    result = run("-c", COMPILING, PYTHONPATH=f"{tmp_path}:{REPO}", PYTHONDONTWRITEBYTECODE="1")
    assert "warm: .pyc files ready" in result.stdout
    assert list(package.glob("__pycache__/__init__.*.pyc"))


def test_says_so_when_the_release_is_not_known(run: Run, tmp_path: Path) -> None:
    result = run(*WARM, PYTHONPATH=fake_release(tmp_path, "cdktf", "0.20.0"))
    assert result.stdout.startswith("warm: cdktf 0.21.0 is known, 0.20.0 is installed; nothing to prepare")


def test_exits_3_and_says_what_to_do_when_the_cache_cannot_be_built(run: Run, tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.touch()
    result = run(*WARM, code=3, JSII_RUNTIME_PACKAGE_CACHE_ROOT=str(not_a_folder))
    assert "warm: the jsii package cache couldn't be built" in result.stderr
    assert "JSII_RUNTIME_PACKAGE_CACHE_ROOT names another folder" in result.stderr


def test_says_what_a_switched_off_cache_costs(run: Run) -> None:
    result = run("-c", COMPILING, JSII_RUNTIME_PACKAGE_CACHE="disabled")
    assert result.stdout.startswith("warm: JSII_RUNTIME_PACKAGE_CACHE switches jsii's package cache off")
