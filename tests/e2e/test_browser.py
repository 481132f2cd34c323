"""Parts of the browser tests that need no browser: what is missing is named, and contrast is that of WCAG 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import browser

RATIOS = [("rgb(0, 0, 0)", "rgb(255, 255, 255)", 21.0), ("rgb(119, 119, 119)", "rgb(255, 255, 255)", 4.48)]


@pytest.mark.parametrize(("colour", "behind", "ratio"), RATIOS)
def test_contrast_is_that_of_wcag(colour: str, behind: str, ratio: float) -> None:
    assert browser.contrast(colour, behind) == pytest.approx(ratio, abs=0.01)
    assert browser.contrast(behind, colour) == pytest.approx(ratio, abs=0.01)


def test_a_colour_that_lets_through_is_not_judged() -> None:
    with pytest.raises(AssertionError, match="lets through"):
        browser.luminance("rgba(0, 0, 0, 0.5)")


def test_the_browser_is_the_named_one_or_one_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_chromium() is None
    assert "bash tools/browser.sh installs it" in str(browser.missing())
    for name in ("google-chrome", "mine"):
        (tmp_path / name).touch(0o755)
    assert browser.find_chromium() == str(tmp_path / "google-chrome")
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "mine"))
    assert browser.find_chromium() == str(tmp_path / "mine")
