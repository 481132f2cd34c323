"""Fixtures around the small layers of `samples.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config import load
from pipeline.scan import Verdict, gate
from pipeline.synth.layers import Synthesis
from tests.pipeline.scan import samples
from tests.pipeline.scan.samples import Configs

TODAY = date(2026, 1, 15)


@pytest.fixture
def configs() -> Configs:
    """The green configuration, as data."""
    return samples.green()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder to which `scan` writes the layers."""
    return tmp_path / "synth"


@pytest.fixture
def write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Configs], Synthesis]:
    """Write layers the way synthesis does, and read them back."""
    # These few resources are no environment: neither its whole network, nor all that it promises.
    monkeypatch.setattr("pipeline.scan.vouching.unvouched", lambda layers, env, order: [])
    monkeypatch.setattr("policies.proof.catalogue.unproven_network", lambda account, env: ())
    # Nor are they made by the constructs: what the positive lists say of them is no subject of these tests.
    monkeypatch.setattr("pipeline.scan.vouching.vouchers", dict)
    return lambda configs: samples.write(folder, configs)


@pytest.fixture
def scan(write: Callable[[Configs], Synthesis], tmp_path: Path) -> Callable[..., Verdict]:
    """Write the layers and judge them, with no waivers but those given as TOML."""

    def scan(configs: Configs, waivers: str = "", env: str = "dev") -> Verdict:
        path = tmp_path / "waivers.toml"
        path.write_text(waivers)
        return gate(write(configs), env=load(env), waivers=path, today=TODAY)

    return scan
