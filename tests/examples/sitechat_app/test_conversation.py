"""Signed conversation ids."""

from __future__ import annotations

import pytest

from examples.sitechat_app.conversation import conversation_name, new_conversation_id

KEY = b"k" * 32


def test_an_id_names_its_conversation_without_the_signature() -> None:
    conversation_id = new_conversation_id(KEY)
    assert conversation_name(KEY, conversation_id) == conversation_id.split(".")[0]


def test_ids_differ() -> None:
    assert len({new_conversation_id(KEY) for _ in range(50)}) == 50


@pytest.mark.parametrize("given", ["", ".", "abc", "abc.", ".abc", "abc.def"])
def test_made_up_ids_are_not_known(given: str) -> None:
    assert conversation_name(KEY, given) is None


def test_another_key_or_name_breaks_the_signature() -> None:
    name, signature = new_conversation_id(KEY).split(".")
    assert conversation_name(b"x" * 32, f"{name}.{signature}") is None
    assert conversation_name(KEY, f"{name}0.{signature}") is None
