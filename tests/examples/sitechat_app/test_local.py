"""The index in memory."""

from __future__ import annotations

import pytest

from examples.sitechat_app.local import LocalIndex


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("When is the garden open in winter?", "Opening hours"),
        ("Which bus goes from the station?", "Getting here"),
        ("ARE DOGS WELCOME?", "Dogs and other companions"),
    ],
)
def test_finds_the_page_that_answers(question: str, title: str) -> None:
    assert LocalIndex().search(question)[0].title == title


def test_common_words_alone_find_nothing() -> None:
    assert LocalIndex().search("Where is the?") == ()
