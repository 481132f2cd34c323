"""The entrance to the network: ends by their address, and ways to AWS services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from local_aws.traffic.network import Network, Source, Verdict
from local_aws.traffic.vpc.parts import Endpoint, Group, GroupRule, Interface, Route
from local_aws.traffic.world import World
from tests.support.balancing import FixedNetwork, subnet, vpcs


def services(*rules: GroupRule, routes: tuple[Route, ...] = (), **changes: Any) -> FixedNetwork:
    """A network in which the tasks may open HTTPS connections; `rules` are the endpoint's."""
    out = GroupRule("sgr-out", True, 443, 443, "0.0.0.0/0")
    groups = {"sg-task": Group("sg-task", "task", "vpc-1", (out,)), "sg-end": Group("sg-end", "end", "vpc-1", rules)}
    subnets = {**vpcs().subnets, "task": subnet("task", "10.0.1.0/24", routes=routes)}
    return FixedNetwork(vpcs(groups=groups, subnets=subnets, **changes))


def verdict(network: FixedNetwork, service: str) -> Verdict:
    task = Source("task", "task", "10.0.1.1", ("sg-task",), "task 1", public=True)
    return asyncio.run(network.to_service(task, service))


def test_an_address_leads_to_its_interface() -> None:
    async def run() -> None:
        beside = Interface("10.0.1.9", "task", (), "eni-1")
        network = FixedNetwork(vpcs(interfaces={**vpcs().interfaces, beside.ip: beside}))
        assert await network.interface("10.0.1.1") == Source(
            "task", "task", "10.0.1.1", ("sg-task",), "task 10.0.1.1", public=False
        )
        found = await network.interface("10.0.1.9")
        assert found is not None
        assert found.kind == "interface"
        assert await network.zone("task") == "a"
        assert await network.zone("subnet-x") == ""

    asyncio.run(run())


def test_an_interface_that_is_new_is_looked_for_once_more() -> None:
    async def run() -> None:
        network = FixedNetwork(vpcs(interfaces={}))
        assert await network.interface("10.0.1.1") is None
        network.stated = vpcs()
        await asyncio.sleep(0.6)
        assert await network.interface("10.0.1.1") is not None

    asyncio.run(run())


class ToldWorld(World):
    """Emulators that tell of one VPC, and of the interfaces of `tasks`."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", "123456789012", "us-east-1")
        self.tasks: dict[str, Interface] = {}

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        return dict(self.tasks)

    async def ask_anew(self, name: str, question: Callable[[], Any]) -> Any:
        return vpcs(interfaces={})

    async def changes(self) -> int | None:
        return None


def test_a_task_keeps_its_interface_until_its_process_has_ended() -> None:
    async def run() -> None:
        task, living, world = Interface("10.0.1.7", "task", (), "task 7"), {"10.0.1.7"}, ToldWorld()
        network = Network(world, lambda: living)
        world.tasks = {task.ip: task}
        assert (await network._read()).interfaces == {task.ip: task}
        world.tasks = {}
        assert (await network._read()).interfaces == {task.ip: task}, "it is told to stop, and still answers"
        living.clear()
        assert (await network._read()).interfaces == {}

    asyncio.run(run())


ENDPOINT = Endpoint("vpce-1", "com.amazonaws.us-east-1.bedrock-runtime", "vpc-1", ("alb", "task"), ("sg-end",))
OPEN = GroupRule("sgr-in", False, 443, 443, "sg-task")


def test_a_service_is_reached_by_its_endpoint_where_there_is_one() -> None:
    assert verdict(services(OPEN, endpoints=(ENDPOINT,)), "bedrock-runtime").allowed
    closed = verdict(services(endpoints=(ENDPOINT,)), "bedrock-runtime")
    assert "sg-end (end) has no inbound rule for tcp 443 from task 1" in closed.decided
    # Another service's endpoint is no way.
    assert "no route to the internet" in verdict(services(OPEN, endpoints=(ENDPOINT,)), "logs").decided


def test_a_service_without_an_endpoint_is_reached_over_the_internet() -> None:
    assert verdict(services(routes=(Route("0.0.0.0/0", "igw-1"),)), "bedrock-runtime").allowed
    assert "no route to the internet" in verdict(services(), "bedrock-runtime").decided
