"""Fast bindings before any test imports cdktf; nothing heavy here, so that config and pipeline suites stay light."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

import fast_bindings
from tests.support.run_folder import run_folder

fast_bindings.install()


def pytest_configure(config: pytest.Config) -> None:
    """A folder for what the workers share. The process that starts them comes here first, and they inherit its name."""
    shared = ExitStack()
    shared.enter_context(run_folder())
    config.add_cleanup(shared.close)
