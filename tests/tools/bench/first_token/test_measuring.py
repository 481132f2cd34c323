"""Medians of both ways, their difference, and the site that is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench.first_token.measuring import FirstTokens, MeasuringError, first_tokens_markdown, measure_first_tokens


@pytest.mark.parametrize(("slowest", "verdict"), [(70.0, "reached"), (70.1, "NOT reached")])
def test_the_difference_of_the_medians_has_a_limit(slowest: float, verdict: str) -> None:
    found = FirstTokens((30.0, 90.0, 50.0), (slowest, 20.0, 95.0))
    assert found.target.value == pytest.approx(slowest - 50)
    assert found.target.verdict == verdict


def test_the_tables_name_the_command_and_the_way() -> None:
    lines = first_tokens_markdown("python -m x", "2 cores", FirstTokens((20.0, 21.0), (23.0, 25.0))).splitlines()
    assert lines[0] == "Printed by `python -m x` on 2 cores."
    assert "| from the task | 2 | 20.5 | 20.0 to 21.0 |" in lines
    assert "| through the plane | 2 | 24.0 | 23.0 to 25.0 |" in lines
    assert lines[-1].endswith("| 20 ms | 3.5 ms | reached |")


def test_without_emulators_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITECHAT_EMULATORS_VENV", str(tmp_path / "nowhere"))
    with pytest.raises(MeasuringError, match=r"no emulators in .*nowhere; run `make setup`"):
        measure_first_tokens(tmp_path / "run", 1)


@pytest.mark.slow
def test_a_small_site_is_asked_both_ways(tmp_path: Path) -> None:
    found = measure_first_tokens(tmp_path / "run", 2)
    # The application's fake model waits 20 ms.
    assert len(found.direct) == len(found.through) == 2
    assert min(found.direct + found.through) >= 20
