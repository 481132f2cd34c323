"""`sitechat cost`: exit 0, 4 above the ceiling, 8 where something has no price; only JSON on stdout."""

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
    assert "What would lower the expected price:" in shown.out
    assert "above its ceiling of 1" in shown.err
    assert cost("--env", env, "--json") == 4
    assert _answer(capsys)["ceiling_exceeded"] is True


ELSEWHERE = """region = "mx-central-1"
[bedrock]
model_id = "global.amazon.nova-2-lite-v1:0"
destination_regions = ["mx-central-1"]
guardrail = false
[search]
enabled = false
"""


def test_a_region_without_a_table_is_8_on_either_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, away = _environment(tmp_path, "home", ""), _environment(tmp_path, "away", ELSEWHERE)
    for first, second in ((away, home), (home, away)):
        assert cost("--env", first, "--diff", second, "--json") == 8
        answer = _answer(capsys)
        assert {answer[side]["complete"] for side in ("before", "after")} == {True, False}
        assert cost("--env", first, "--diff", second) == 8
        assert "region/mx-central-1" in capsys.readouterr().err


UNKNOWN = '[bedrock]\nmodel_id = "mistral.big-v1:0"\ndestination_regions = []\n'
FIGURE = '[[cost.accepted]]\naddress = "llm/bedrock.mistral.big-v1:0"\nmonthly_usd = 2.5\nreason = "an offer"\n'
PRICE = '[[cost.model_prices]]\nmodel_id = "mistral.big-v1:0"\ninput_usd_per_million = 1\noutput_usd_per_million = 2\n'


def test_what_has_no_price_is_8_and_says_what_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = _environment(tmp_path, "unknown", UNKNOWN)
    for arguments in ((), ("--accept-unpriced", "llm/bedrock.mistral.big-v1:0")):
        assert cost("--env", env, *arguments) == 8
        said = capsys.readouterr().err
        assert "llm/bedrock.mistral.big-v1:0" in said
        assert "[[cost.model_prices]]" in said
        assert cost("--env", env, "--json", *arguments) == 8
        answer = _answer(capsys)
        assert [each["address"] for each in answer["unpriced"]] == ["bedrock.mistral.big-v1:0"]
        assert answer["complete"] is False


def test_a_stated_figure_is_accepted_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = _environment(tmp_path, "stated", UNKNOWN + FIGURE)
    assert cost("--env", env) == 8
    assert "--accept-unpriced llm/bedrock.mistral.big-v1:0" in capsys.readouterr().err
    assert cost("--env", env, "--json", "--accept-unpriced", "llm/bedrock.mistral.big-v1:0") == 0
    answer = _answer(capsys)
    assert (answer["complete"], answer["unpriced"]) == (True, [])
    assert [each["usd"] for each in answer["stated"]] == [2.5]


def test_a_stated_price_of_the_model_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost("--env", _environment(tmp_path, "known", UNKNOWN + PRICE), "--json") == 0
    # 1,000 questions of 2,500 and 300 tokens.
    assert _answer(capsys)["questions"]["model"] == 2.5 + 0.6


def test_other_usage_for_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = _environment(tmp_path, "set", "[cost]\nceiling_usd = 0\n")
    content = Path(env).read_text()
    assert cost("--env", env, "--json") == 0
    now = _answer(capsys)
    settings = ("--set", "chats_per_month=30000", "--set", "cost.input_tokens_per_chat = 5_000")
    assert cost("--env", env, *settings, "--json") == 0
    then = _answer(capsys)
    read = {name: each["quantity"]["expected"] for name, found in (("now", now), ("then", then))
            for each in found["lines"] if each["what"] == "tokens read"}  # fmt: skip
    assert read == {"now": 2.5, "then": 150}
    assert then["usd"]["expected"] > now["usd"]["expected"]
    assert Path(env).read_text() == content
    low = _environment(tmp_path, "low", "[cost]\nceiling_usd = 100\n")
    assert cost("--env", low) == 0
    assert cost("--env", low, "--set", "chats_per_month=30000") == 4


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("chats_per_month", "KEY=VALUE"),
        ("chats_per_month=", "KEY=VALUE"),
        ("chats_per_month=5\nlow_percent=0", "KEY=VALUE"),
        ("ceiling_usd=0", "a usage of [cost]"),
        ('model_prices=[{model_id="us.x.y", input_usd_per_million=0}]', "a usage of [cost]"),
        ("chats_per_month=many", "KEY=VALUE"),
        ("chats_per_month=-1", "a whole number from 0"),
        ('chats_per_month="5"', "a whole number from 0"),
        ("chat_per_month=5", "did you mean chats_per_month?"),
        ("service.min_tasks=5", "unknown key"),
    ],
)
def test_what_is_no_usage_is_refused(
    setting: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost("--env", _environment(tmp_path, "wrong", ""), "--set", setting) == 2
    assert said in capsys.readouterr().err
