"""`sitechat report`: the page is written, and an incomplete price isn't a pass."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from tests.support.environments import varied

STRANGE = PricedResource("service", "aws_quantum_thing", "x", {})
FIGURE = {"address": "service/aws_quantum_thing.x", "monthly_usd": 1, "reason": "r"}


@pytest.mark.parametrize(
    ("resources", "stated", "options", "code"),
    [
        ((STRANGE,), (), (), 8),
        ((STRANGE,), (FIGURE,), (), 8),
        ((STRANGE,), (FIGURE,), ("--accept-unpriced", FIGURE["address"]), 0),
        ((), (), (), 0),
    ],
)
def test_what_has_no_price_is_8(
    resources: tuple[PricedResource, ...],
    stated: Any,
    options: tuple[str, ...],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cost = estimate_resources(resources, varied("dev", cost__accepted=stated))
    page = tmp_path / "report.html"
    monkeypatch.setattr("pipeline.scan.preload", lambda: None)
    monkeypatch.setattr("pipeline.bundle.kept.newest_bundle", lambda env: None)
    monkeypatch.setattr("pipeline.commands.report._input", lambda *_: SimpleNamespace(cost=cost))
    monkeypatch.setattr("pipeline.report.write_report", lambda data, folder: page)
    with pytest.raises(SystemExit) as stopped:
        main(["report", "--env", "dev", "--json", *options])
    assert int(stopped.value.code or 0) == code
    said = capsys.readouterr()
    assert json.loads(said.out)["report"] == str(page)
    assert ("incomplete" in said.err) is (code == 8)
