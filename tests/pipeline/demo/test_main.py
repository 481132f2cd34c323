"""The number of uncovered types in the demo's last line."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws import UNCOVERED
from pipeline.demo.__main__ import uncovered_types
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from tests.pipeline import samples


def test_a_type_that_no_emulator_has_counts_once_over_all_environments(
    pair: Synthesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "aws_nowhere_else"
    monkeypatch.setitem(UNCOVERED, missing, "no emulator has it")
    config = {**samples.FIRST, "resource": {missing: {"one": {}, "two": {}}}}
    others = [
        layers.read_synthesis(samples.write(tmp_path / name, {"first": (config, [])}), name) for name in ("dev", "prod")
    ]
    assert uncovered_types([pair]) == set()
    assert uncovered_types([pair, *others]) == {missing}
