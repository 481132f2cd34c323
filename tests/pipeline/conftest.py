"""Fixtures of the pipeline's fast tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.layers import Synthesis
from tests.pipeline import samples

FakeTool = Callable[..., Path]


@pytest.fixture
def pair(tmp_path: Path) -> Synthesis:
    """Two layers, the second reading the first."""
    return samples.synthesis(tmp_path / "synth")


@pytest.fixture
def fake_tool(tmp_path: Path) -> FakeTool:
    """Make an executable that stands for a tool of someone else: `fake_tool("terraform", "echo hello")`."""

    def make(name: str, script: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make
