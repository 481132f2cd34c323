"""The chat page in a browser, on what is deployed: answers, sources, errors, keyboard, colours, narrow screens.

The tests share the deployment of deployed_site.py and leave it as they found it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.e2e.browser import Visitor, chromium, luminance, needs_browser, unreadable
from tests.e2e.deployed_site import PAGES, QUESTION, WAIT_SECONDS, without_tasks
from tests.e2e.site import LOOPBACK, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.slow, needs_browser]

SOURCE = "Opening hours"
SOURCE_URL = "https://garden.example/Opening%20hours"
ANSWER = PAGES[SOURCE].partition(". ")[0]
FAILED = "The answer could not be completed. Please try again in a moment."
UNAVAILABLE = "at the moment. Please ask again in a minute."
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
# Width at which WCAG 2 asks that nothing scrolls sideways (success criterion 1.4.10).
NARROW = {"width": 320, "height": 640}
WAIT = WAIT_SECONDS * 1000
TOKEN_SECONDS = 0.2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def visitor(browser: Browser, site: Site) -> Iterator[Visitor]:
    """A visitor who asks the site alone, unless a test expects more and forgets it."""
    found = Visitor(browser, f"http://{LOOPBACK}:{site.ports.https}")
    yield found
    assert found.asked_elsewhere == []


def _ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask by mouse, as soon as the page is there; the turn that shows question and answer."""
    turns = page.locator("article").count()
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask").click()
    return page.locator("article").nth(turns)


def _sources(turn: Locator) -> Locator:
    """Links to the sources, once they are there."""
    turn.get_by_role("link").first.wait_for(timeout=WAIT)
    return turn.get_by_role("link")


def _overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_an_answer_grows_as_it_comes(site: Site, visitor: Visitor) -> None:
    site.fault(model="*nova*", token_seconds=TOKEN_SECONDS, times=1)
    with visitor.opens() as page:
        turn = _ask(page)
        seen = ["…"]
        deadline = time.monotonic() + WAIT_SECONDS
        while not turn.get_by_role("link").count():
            assert time.monotonic() < deadline, seen
            text = turn.locator("p").first.inner_text()
            if text != seen[-1]:
                seen.append(text)
            page.wait_for_timeout(TOKEN_SECONDS * 250)
        assert turn.get_by_role("heading").inner_text() == QUESTION
    grown = [text for text in seen if text not in ("", "…")]
    assert len(grown) > 3, "the answer came at once"
    assert all(later.startswith(earlier) for earlier, later in pairwise(grown))
    assert grown[-1].startswith(ANSWER)


def test_a_source_opens_beside_the_conversation(visitor: Visitor) -> None:
    with visitor.opens() as page:
        turn = _ask(page)
        links = {link.inner_text(): link.get_attribute("href") for link in _sources(turn).all()}
        assert links.items() <= {title: f"https://garden.example/{title}" for title in PAGES}.items()
        with page.expect_popup() as opened:
            turn.get_by_role("link", name=SOURCE).click()
        opened.value.wait_for_load_state()
        assert opened.value.evaluate("window.opener") is None
        assert turn.locator("p").first.inner_text().startswith(ANSWER), "the conversation is still there"
    assert visitor.asked_elsewhere == [SOURCE_URL]
    visitor.asked_elsewhere.clear()


def test_a_throttled_model_is_told_and_the_next_question_answered(site: Site, visitor: Visitor) -> None:
    site.fault(error="ThrottlingException", model="*nova*")
    try:
        with visitor.opens() as page:
            failed = _ask(page).locator("p")
            failed.get_by_text(FAILED).wait_for(timeout=WAIT)
            assert failed.all_inner_texts() == [FAILED]
            assert unreadable(page) == []
            site.fault()
            assert SOURCE in _sources(_ask(page)).all_inner_texts()
    finally:
        site.fault()


def test_an_answer_that_breaks_off_keeps_what_came(site: Site, visitor: Visitor) -> None:
    site.fault(error="ModelStreamErrorException", model="*nova*", after_tokens=3, times=1)
    try:
        with visitor.opens() as page:
            turn = _ask(page)
            turn.get_by_text(FAILED).wait_for(timeout=WAIT)
            answer, message = turn.locator("p").all_inner_texts()
            assert ANSWER.startswith(answer)
            assert answer != ""
            assert message == FAILED
    finally:
        site.fault()


def test_a_question_that_the_firewall_refuses_is_told(visitor: Visitor) -> None:
    with visitor.opens() as page:
        page.get_by_label("Your question").evaluate("field => field.removeAttribute('maxlength')")
        turn = _ask(page, "x" * 20_000)
        turn.get_by_text(UNAVAILABLE).wait_for(timeout=WAIT)
        assert "…" not in turn.locator("p").all_inner_texts()


def test_the_keyboard_alone_asks_and_reaches_a_source(visitor: Visitor) -> None:
    focused = "document.activeElement.textContent || document.activeElement.name"
    with visitor.opens() as page:
        page.keyboard.press("Tab")
        assert page.evaluate(focused) == "question"
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        links = _sources(page.locator("article"))
        assert page.evaluate(focused) == "question", "the next question can be typed"
        for expected in reversed(links.all_inner_texts()):
            page.keyboard.press("Shift+Tab")
            assert page.evaluate(focused) == expected
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "where the focus is can't be seen"
        title = page.evaluate(focused)
        with page.expect_popup() as opened:
            page.keyboard.press("Enter")
        opened.value.wait_for_load_state()
    assert visitor.asked_elsewhere == [f"https://garden.example/{title.replace(' ', '%20')}"]
    visitor.asked_elsewhere.clear()


def test_nothing_scrolls_sideways_on_a_narrow_screen(visitor: Visitor) -> None:
    with visitor.opens(viewport=NARROW) as page:
        assert _overflow(page) == 0
        _sources(_ask(page))
        assert _overflow(page) == 0
        _sources(_ask(page, f"{QUESTION} {LONG_WORD}"))
        assert _overflow(page) == 0


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_visitor_and_are_readable(visitor: Visitor, scheme: str, dark: bool) -> None:
    with visitor.opens(color_scheme=scheme) as page:
        _sources(_ask(page))
        assert unreadable(page) == []
        assert (luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.2) is dark


def test_without_tasks_the_status_page_is_shown_and_an_open_page_says_so(site: Site, visitor: Visitor) -> None:
    with visitor.opens() as before, without_tasks(site):
        turn = _ask(before)
        turn.get_by_text(UNAVAILABLE).wait_for(timeout=WAIT)
        assert "…" not in turn.locator("p").all_inner_texts()
        for scheme in ("light", "dark"):
            with visitor.opens(viewport=NARROW, color_scheme=scheme) as page:
                assert page.get_by_role("heading").inner_text() == "Temporarily unavailable"
                assert unreadable(page) == []
                assert _overflow(page) == 0
                page.keyboard.press("Tab")
                assert page.evaluate("document.activeElement.textContent") == "Try again now"
    with visitor.opens() as page:
        assert page.get_by_role("heading").inner_text() == "Ask this site"
