"""Fast bindings, installed before any test imports cdktf. Nothing heavy is imported, so other suites stay fast."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import fast_bindings
from tests.support.run_folder import run_folder
from tests.support.times import register_times

fast_bindings.install()


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder the workers share; they inherit its name from the process that starts them."""
    register_times(config)
    shared = ExitStack()
    shared.enter_context(run_folder())
    config.add_cleanup(shared.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files without a slow test where only those are asked for: each worker imports what it collects."""
    only_slow = config.option.markexpr == "slow" and collection_path.name.startswith("test_")
    return True if only_slow and collection_path.is_file() and "mark.slow" not in collection_path.read_text() else None


@pytest.fixture(autouse=True)
def _no_credentials_of_an_earlier_test() -> None:
    """Forget boto3's default session, which keeps the credentials of whichever test asked first."""
    if boto3 := sys.modules.get("boto3"):
        vars(boto3)["DEFAULT_SESSION"] = None
