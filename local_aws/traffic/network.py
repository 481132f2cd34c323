"""Security groups, network ACLs and routes: whether a connection would be made in the deployed VPC."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from local_aws.traffic.snapshot import Snapshot
from local_aws.traffic.vpc.ends import INTERNET, Source, Verdict, vpc_origin
from local_aws.traffic.vpc.judging import judge
from local_aws.traffic.vpc.parts import Interface, Vpcs
from local_aws.traffic.vpc.reading import read_task_interfaces, read_vpcs
from local_aws.traffic.world import FRESH_SECONDS, World

__all__ = ["INTERNET", "Network", "Source", "Verdict", "vpc_origin"]

_HTTPS = 443


class Network:
    """Judges connections by what is deployed. A refused one looks to the caller as a packet that nobody answers.

    `living` tells the addresses of tasks whose processes live: such a task has its interface until it has ended, though
    ministack calls it stopped as soon as it is told to stop.
    """

    def __init__(self, world: World, living: Callable[[], Collection[str]] = frozenset) -> None:
        self._world, self._living = world, living
        self._tasks: dict[str, Interface] = {}
        self._still = Snapshot(self._read_still, world.changes)
        self._vpcs = Snapshot(self._read)
        self._judged: tuple[Vpcs | None, dict[tuple[Source, Source, int], Verdict]] = (None, {})

    async def verdict(self, source: Source, target: Source, port: int) -> Verdict:
        """Whether `source` reaches TCP `port` of `target`, and gets answers from it."""
        vpcs = await self._vpcs.get()
        if self._judged[0] is not vpcs:
            self._judged = (vpcs, {})
        known = self._judged[1]
        asked = (source, target, port)
        if asked not in known:
            known[asked] = judge(vpcs, source, target, port)
        return known[asked]

    async def interface(self, ip: str, *, look_again: bool = True) -> Source | None:
        """The interface with an address in the VPC, as one end of a connection.

        With `look_again` one that isn't known is looked for in a new reading, which takes its time.
        """
        found = (await self._vpcs.get()).interfaces.get(ip)
        if found is None and look_again:
            # A task that has just started is registered before it is read here.
            found = (await self._vpcs.get(younger_than=FRESH_SECONDS)).interfaces.get(ip)
        if found is None:
            return None
        kind = "task" if found.name.startswith("task ") else "interface"
        return Source(kind, found.subnet, found.ip, found.groups, found.name, found.public)

    async def zone(self, subnet: str) -> str:
        """Availability zone of a subnet; empty for an unknown one."""
        found = (await self._vpcs.get()).subnets.get(subnet)
        return found.zone if found else ""

    async def refresh(self, after: float) -> None:
        """Keep the reading younger than some seconds, so that no request waits for one."""
        await self._vpcs.get(refresh_after=after)

    async def to_service(self, source: Source, service: str) -> Verdict:
        """Whether a task reaches an AWS service ("bedrock-runtime") over HTTPS.

        By the interface endpoint that takes the service's name in the VPC, or else over the internet. Gateway endpoints
        aren't looked at.
        """
        vpcs = await self._vpcs.get()
        home = vpcs.subnets.get(source.subnet)
        suffix = f".{service}"
        for endpoint in vpcs.endpoints:
            if home and endpoint.vpc == home.vpc and endpoint.service.endswith(suffix):
                # The name leads to any of the endpoint's interfaces, so all have to be reachable.
                ends = [
                    Source("interface", each, groups=endpoint.groups, name=endpoint.id) for each in endpoint.subnets
                ]
                verdicts = [await self.verdict(source, end, _HTTPS) for end in ends]
                return next((each for each in verdicts if not each.allowed), verdicts[0])
        return await self.verdict(source, INTERNET, _HTTPS)

    async def _read(self) -> Vpcs:
        """The VPCs, which only requests change, with the interfaces of tasks, which come and go by themselves."""
        vpcs = await self._still.get(younger_than=0)
        tasks = await self._world.ask(
            "task interfaces", lambda: read_task_interfaces(self._world.client("ecs"), vpcs.subnets)
        )
        living = self._living()
        self._tasks = {ip: each for ip, each in self._tasks.items() if ip in living} | tasks
        return replace(vpcs, interfaces={**vpcs.interfaces, **self._tasks})

    async def _read_still(self) -> Vpcs:
        question = partial(read_vpcs, self._world.client("ec2"))
        read: Vpcs = await self._world.ask_anew("vpcs", question)
        return read
