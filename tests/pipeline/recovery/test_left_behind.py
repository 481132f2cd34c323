"""A deployed layer that the configuration no longer has is refused, with how it is taken down."""

from __future__ import annotations

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.left_behind import refuse_left_behind
from tests.pipeline.recovery.conftest import Stored, state


def place(stored: Stored, layer: str) -> str:
    """Key of a state that no layer owns."""
    return stored.key().replace("/first.", f"/{layer}.")


def test_layers_of_the_configuration_are_nobodys_leftovers(stored: Stored) -> None:
    refuse_left_behind(stored.session, stored.synthesis)
    stored.put(state(1, "one"))
    stored.put(state(1, "two"), "second")
    refuse_left_behind(stored.session, stored.synthesis)


def test_a_layer_that_was_switched_off_is_refused_by_name(stored: Stored) -> None:
    stored.store.write(place(stored, "edge"), state(3, "one", "two"), {})
    with pytest.raises(SitechatError) as caught:
        refuse_left_behind(stored.session, stored.synthesis)
    assert caught.value.code is ExitCode.REFUSED
    assert "edge: 2 resources" in caught.value.message
    assert "`sitechat destroy --env local --layer edge`" in caught.value.hint


@pytest.mark.parametrize("content", [state(4), b"no state"], ids=["empty", "unreadable"])
def test_a_state_without_resources_and_one_for_recover_refuse_nothing(stored: Stored, content: bytes) -> None:
    stored.store.write(place(stored, "edge"), content, {})
    refuse_left_behind(stored.session, stored.synthesis)


def test_the_state_of_another_region_is_left_behind_too(stored: Stored) -> None:
    key = stored.key()
    moved = key.replace("us-east-1", "eu-west-1")
    assert moved != key
    stored.store.write(moved, state(3, "one"), {})
    with pytest.raises(SitechatError, match="eu-west-1/first"):
        refuse_left_behind(stored.session, stored.synthesis)
