"""How often the emulators are asked for what is deployed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.traffic import snapshot
from local_aws.traffic.edge.deployed import Reader
from tests.local_aws.traffic.edge.fakes import FakeWorld


class CountingWorld(FakeWorld):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def ask_anew(self, name: str, question: Callable[[], Any]) -> Any:
        self.asked.append(name)
        return await super().ask_anew(name, question)


def test_a_request_soon_after_asks_nothing() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 60)
        first = await reader.read()
        assert len(world.asked) == 7
        assert await reader.read() is first
        assert len(world.asked) == 7

    asyncio.run(scenario())


def test_a_request_finds_what_a_refresh_has_read() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 60)
        await reader.refresh()
        assert len(world.asked) == 7
        assert (await reader.read()).distributions[0].root_object == "index.html"
        assert len(world.asked) == 7

    asyncio.run(scenario())


def test_a_refresh_renews_beside_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 60)
        await reader.read()
        world.config["DefaultRootObject"] = "other.html"
        monkeypatch.setattr(snapshot, "REFRESH_SECONDS", 0.0)
        await reader.refresh()
        monkeypatch.undo()
        await asyncio.sleep(0.05)
        assert (await reader.read()).distributions[0].root_object == "other.html"
        assert len(world.asked) == 14

    asyncio.run(scenario())


def test_a_failed_renewal_is_told_to_the_next_request() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 0)
        await reader.read()
        del world.all["vpc_origins"]
        with pytest.raises(KeyError):
            await reader.read()

    asyncio.run(scenario())


def test_a_state_that_is_too_old_is_waited_for() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 0)
        await reader.read()
        world.config["DefaultRootObject"] = "other.html"
        assert (await reader.read()).distributions[0].root_object == "other.html"

    asyncio.run(scenario())


def test_the_web_acl_comes_with_its_sets() -> None:
    async def scenario() -> None:
        world = FakeWorld()
        arn = "arn:aws:wafv2:us-east-1:123456789012:global/ipset/bad/1"
        world.all["ip_sets"] = {"bad": ["192.0.2.0/24"]}
        statement = {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": arn}}}}
        world.acl["Rules"].append({"Name": "x", "Priority": 99, "Statement": statement, "Action": {"Count": {}}})
        found = await Reader(world, 0).read()
        assert found.web_acls[world.acl["ARN"]].sets == {arn: ("192.0.2.0/24",)}

    asyncio.run(scenario())
