"""`sitechat cost`: exit 0, 4 above the ceiling, 8 without a table of the region; only JSON on stdout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main

pytestmark = pytest.mark.usefixtures("synthesised_once")


def cost(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["cost", *arguments])
    return int(stopped.value.code or 0)


def _environment(folder: Path, name: str, content: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(f'account_id = "111111111111"\n{content}')
    return str(path)


def _answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_json_holds_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost("--env", _environment(tmp_path, "priced", ""), "--json") == 0
    answer = _answer(capsys)
    assert (answer["env"], answer["region"], answer["complete"], answer["currency"]) == (
        "priced",
        "us-east-1",
        True,
        "USD",
    )
    total = answer["usd"]
    assert total["low"] < total["expected"] < total["high"]
    assert total["expected"] == pytest.approx(sum(line["usd"]["expected"] for line in answer["lines"]))
    assert set(answer["lines"][0]) == {
        "layer",
        "addresses",
        "what",
        "kind",
        "quantity",
        "unit",
        "unit_usd",
        "usd",
        "free_tier",
        "source",
        "checked",
    }
    assert {"unpriced", "free", "layers", "alternatives", "always_free_usd", "price_table"} <= set(answer)


def test_above_the_ceiling_is_4_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = _environment(tmp_path, "dear", "[cost]\nceiling_usd = 1\n")
    assert cost("--env", env) == 4
    shown = capsys.readouterr()
    assert "ABOVE THE CEILING: cost.ceiling_usd is 1." in shown.out
    assert "What would change the expected price:" in shown.out
    assert "above its ceiling of 1" in shown.err
    assert cost("--env", env, "--json") == 4
    assert _answer(capsys)["ceiling_exceeded"] is True


def test_another_region_is_8_and_differs_from_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = 'region = "eu-north-1"\n[bedrock]\nmodel_id = "eu.amazon.nova-lite-v1:0"\n'
    content += 'destination_regions = ["eu-north-1"]\n'
    home, away = _environment(tmp_path, "home", ""), _environment(tmp_path, "away", content)
    assert cost("--env", away, "--diff", home, "--json") == 8
    answer = _answer(capsys)
    assert answer["before"]["complete"] is False
    assert answer["after"]["complete"] is True
