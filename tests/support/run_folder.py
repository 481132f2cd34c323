"""Folder that all workers of one test run share, deleted after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "FOLDER_OF_THIS_TEST_RUN"


@contextmanager
def run_folder() -> Iterator[None]:
    """Make the folder, unless this process is a worker of a run that has one."""
    if VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="sitechat-tests-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]


def path() -> Path:
    """Path of this run's folder."""
    return Path(os.environ[VARIABLE])
