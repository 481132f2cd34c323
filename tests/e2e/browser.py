"""A visitor's browser: Chromium by Playwright, which reaches the site alone.

Neither comes with `make setup`; `tools/browser.sh` installs both, and tests that need them are skipped without.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.site import LOOPBACK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

NAMES = ("chromium", "chromium-browser", "google-chrome")
VARIABLE = "SITECHAT_CHROMIUM"
# Names resolve to nothing and no proxy is asked, whatever the routes of a page let through.
ARGUMENTS = (f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {LOOPBACK}", "--no-proxy-server")
# Ratio of luminances that WCAG 2 asks for text (success criterion 1.4.3).
READABLE = 4.5
# For each element with text of its own: the text, its colour and the colour behind it, as "rgb(r, g, b)".
COLOURS = """() => {
  const solid = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = (element) => [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.matches("input") || (texts(element).length && element.checkVisibility()))
    .map((element) => [element.textContent || element.localName, getComputedStyle(element).color, solid(element)]);
}"""


def find_chromium() -> str | None:
    """Path of the browser that the variable names, or else of one on PATH."""
    found = (shutil.which(name) for name in (os.environ.get(VARIABLE) or "", *NAMES) if name)
    return next((path for path in found if path), None)


def missing() -> str | None:
    """Names what the tests lack and how to install it; None when nothing is."""
    lacking = [
        *(["Playwright"] if importlib.util.find_spec("playwright") is None else []),
        *([f"Chromium ({VARIABLE}, or {', '.join(NAMES)} on PATH)"] if find_chromium() is None else []),
    ]
    return f"no {' and no '.join(lacking)}: bash tools/browser.sh installs it" if lacking else None


needs_browser = pytest.mark.skipif(missing() is not None, reason=str(missing()))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's sandbox refuses to run as root.
        yield playwright.chromium.launch(
            executable_path=find_chromium(), args=ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )


@dataclass
class Visitor:
    """Visitor of the site at `address`. What is asked of anything else is refused and kept in `asked_elsewhere`."""

    browser: Browser
    address: str
    asked_elsewhere: list[str] = field(default_factory=list)

    @contextmanager
    def opens(self, **settings: Any) -> Iterator[Page]:
        """The site's page in a fresh window with these settings of Playwright's `new_context`."""
        context: BrowserContext = self.browser.new_context(**settings)
        try:
            context.route("**/*", self._let_through)
            page = context.new_page()
            page.goto(self.address)
            yield page
        finally:
            context.close()

    def _let_through(self, route: Route) -> None:
        if route.request.url.startswith(f"{self.address}/"):
            route.continue_()
        else:
            self.asked_elsewhere.append(route.request.url)
            route.abort()


def unreadable(page: Page) -> list[str]:
    """Texts whose contrast with what is behind them is below READABLE, with both colours and the ratio."""
    found = [(text, colour, behind, contrast(colour, behind)) for text, colour, behind in page.evaluate(COLOURS)]
    assert found, "no text is shown"
    return [f"{text}: {colour} on {behind}: {ratio:.1f}" for text, colour, behind, ratio in found if ratio < READABLE]


def contrast(colour: str, behind: str) -> float:
    """Contrast ratio of WCAG 2."""
    dark, light = sorted((luminance(colour), luminance(behind)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of an opaque "rgb(r, g, b)"."""
    assert colour.startswith("rgb("), f"{colour} lets through what is behind it"
    channels = [int(each) / 255 for each in colour[4:-1].split(",")]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
