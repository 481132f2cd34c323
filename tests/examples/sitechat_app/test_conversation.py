"""Signed conversation ids."""

from __future__ import annotations

import pytest

from examples.sitechat_app.conversation import name_of, new_id

KEY = b"k" * 32


def test_an_id_names_its_conversation_without_the_signature() -> None:
    conversation_id = new_id(KEY)
    assert name_of(KEY, conversation_id) == conversation_id.split(".")[0]


def test_ids_differ() -> None:
    assert len({new_id(KEY) for _ in range(50)}) == 50


@pytest.mark.parametrize("given", ["", ".", "abc", "abc.", ".abc", "abc.def"])
def test_made_up_ids_are_not_known(given: str) -> None:
    assert name_of(KEY, given) is None


def test_another_key_or_name_breaks_the_signature() -> None:
    name, signature = new_id(KEY).split(".")
    assert name_of(b"x" * 32, f"{name}.{signature}") is None
    assert name_of(KEY, f"{name}0.{signature}") is None
