"""How often the emulators are asked for what is deployed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.traffic.edge.deployed import Reader
from tests.local_aws.traffic.edge.fakes import FakeWorld


class CountingWorld(FakeWorld):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        self.asked.append(name)
        return await super().ask(name, question)


def test_a_request_soon_after_asks_nothing() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 60)
        first = await reader.read()
        assert len(world.asked) == 7
        assert await reader.read() is first
        assert len(world.asked) == 7

    asyncio.run(scenario())


def test_the_state_is_renewed_beside_the_requests() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 0.1)
        await reader.read()
        world.config["DefaultRootObject"] = "other.html"
        await asyncio.sleep(0.08)
        asked = len(world.asked)
        assert (await reader.read()).distributions[0].root_object == "other.html"
        assert len(world.asked) == asked

    asyncio.run(scenario())


def test_the_renewal_ends_a_while_after_the_last_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(stop: bool) -> int:
        world = CountingWorld()
        reader = Reader(world, 0.02)
        await reader.read()
        if stop:
            await reader.close()
        await asyncio.sleep(0.15)
        asked = len(world.asked)
        await asyncio.sleep(0.1)
        assert len(world.asked) == asked
        return asked

    monkeypatch.setattr("local_aws.traffic.edge.deployed.BUSY_SECONDS", 0.05)
    assert asyncio.run(scenario(False)) > 7
    assert asyncio.run(scenario(True)) == 7


def test_a_failed_renewal_is_told_to_the_next_request() -> None:
    async def scenario() -> None:
        world = CountingWorld()
        reader = Reader(world, 0.02)
        await reader.read()
        del world.all["vpc_origins"]
        await asyncio.sleep(0.1)
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
