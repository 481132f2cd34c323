"""What is planned is what was scanned, whatever other commands write meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.bundle.build import snapshot
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Synthesis
from tests.pipeline import samples


def test_a_copy_is_the_same_and_stays_so(pair: Synthesis, tmp_path: Path) -> None:
    pinned = pair.sha256
    copied = snapshot(pair, tmp_path / "copy")
    pair.layer("first").path.write_text("{}")
    assert copied.sha256 == pinned
    assert copied.layer("first").config == samples.FIRST


def test_files_replaced_after_the_scan_are_refused(pair: Synthesis, tmp_path: Path) -> None:
    assert pair.sha256  # the scan's moment
    pair.layer("first").path.write_text("{}")
    with pytest.raises(SitechatError, match="by another command") as caught:
        snapshot(pair, tmp_path / "copy")
    assert caught.value.code is ExitCode.REFUSED
