"""Answers of the emulators in memory."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from local_aws.traffic import world
from local_aws.traffic.world import World


class Content:
    """An answer that takes memory."""


def test_an_answer_that_is_not_fresh_any_more_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        asked = World("http://127.0.0.1:9", "123456789012", "us-east-1")
        old = weakref.ref(await asked.ask("old", Content))
        gc.collect()
        assert old() is not None
        monkeypatch.setattr(world, "FRESH_SECONDS", 0.0)
        await asked.ask("new", Content)
        gc.collect()
        assert old() is None

    asyncio.run(run())
