from __future__ import annotations

import re

import pytest

from passages.splitting import MOST_CHARS, OVERLAP_CHARS, split

WORDS = " ".join(f"word{number}" for number in range(600))
SENTENCES = " ".join(f"Sentence {number} says something about the garden." for number in range(80))
PARAGRAPHS = "\n\n".join(f"Paragraph {number}. " + "It says something. " * 8 for number in range(20))


@pytest.mark.parametrize("text", [WORDS, SENTENCES, PARAGRAPHS, "x" * 5000, f"{'y' * 3000} {WORDS}"])
def test_no_passage_is_longer_than_allowed_and_nothing_is_lost(text: str) -> None:
    passages = split(text)
    assert len(passages) > 1
    assert max(map(len, passages)) <= MOST_CHARS
    if "xx" in text or "yy" in text:
        assert sum(map(len, passages)) >= len(text)
    else:
        assert set(text.split()) == {word for each in passages for word in each.split()}


def test_a_short_text_is_one_passage() -> None:
    assert split("One.\n\n  Two\t words. \n") == ("One.\nTwo words.",)


@pytest.mark.parametrize("text", ["", " \n\t\n "])
def test_without_words_there_are_no_passages(text: str) -> None:
    assert split(text) == ()


def test_neighbours_share_whole_words() -> None:
    first, second, *_ = split(WORDS)
    shared = second.split("\n")[0]
    assert 0 < len(shared) <= OVERLAP_CHARS
    assert first.endswith(shared)
    assert all(re.fullmatch(r"word\d+", word) for word in shared.split())


def test_paragraphs_stay_whole_where_they_fit() -> None:
    passages = split(PARAGRAPHS)
    for number in range(20):
        whole = (f"Paragraph {number}. " + "It says something. " * 8).strip()
        assert any(whole in each for each in passages)


def test_the_same_text_gives_the_same_passages() -> None:
    assert split(SENTENCES) == split(SENTENCES)
    assert split(SENTENCES, most=300, overlap=0) != split(SENTENCES)
