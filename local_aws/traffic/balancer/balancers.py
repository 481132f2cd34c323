"""The deployed application load balancers: what comes in, and their health checks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from local_aws.traffic.balancer import pages
from local_aws.traffic.balancer.checks import Reach, check, nodes
from local_aws.traffic.balancer.conditions import UnknownError, described, matching_rule
from local_aws.traffic.balancer.counts import Counts
from local_aws.traffic.balancer.deployed import Deployed, Listener, LoadBalancer, Target, TargetGroup
from local_aws.traffic.balancer.forwarding import HOP, At, Forwarder
from local_aws.traffic.balancer.health import KnownGroup, KnownTarget, TargetHealth
from local_aws.traffic.balancer.inspection import objection
from local_aws.traffic.balancer.reading import read_deployed
from local_aws.traffic.balancer.wire import Clock, Targets, Wire
from local_aws.traffic.hops import Answer, Ask, HopError
from local_aws.traffic.metrics import Record, unrecorded
from local_aws.traffic.network import Network, Source
from local_aws.traffic.road import Road
from local_aws.traffic.snapshot import Pace, Snapshot
from local_aws.traffic.world import FRESH_SECONDS, World

_DRAIN_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Entrance:
    """A port of a load balancer that a connection reaches; ARNs of it and of the certificates of its listener."""

    balancer: str
    port: int
    tls: bool
    certificates: tuple[str, ...]


class Balancers:
    """All application load balancers of the account and region.

    `wire` makes the connections to targets; without one they are TCP and TLS on loopback. `record` is told what is
    counted. A dropped packet is told at once, where AWS lets the caller wait for its time-out.
    """

    def __init__(
        self,
        world: World,
        network: Network,
        targets: Targets,
        clock: Clock,
        wire: Wire | None = None,
        *,
        record: Record = unrecorded,
    ) -> None:
        self._world, self._network, self._clock = world, network, clock
        self._wire = wire or _target_wire()
        self._reach = Reach(network, targets)
        self._deployed = Snapshot(self._read)
        self._groups: dict[str, KnownGroup] = {}
        self._taken: Deployed | None = None
        self._counts = Counts(record)
        self._forwarder = Forwarder(self._groups, self._reach, self._wire, self._counts)
        self._checks: set[asyncio.Task[None]] = set()
        self._pace = Pace()

    async def answer(self, arn: str, port: int, ask: Ask, source: Source) -> Answer:
        """The answer to a request that `source` sends to a port of a load balancer.

        Raises HopError "timeout" where security group, ACL or route drop it, "refused" where nothing listens.
        """
        self._pace.asked()
        deployed = await self._deployed.get()
        balancer = deployed.balancers.get(arn)
        if balancer is None or balancer.state != "active":
            raise HopError("timeout", f"no active load balancer has the ARN {arn}")
        await self._let_in(balancer, port, ask.road, source)
        listener = next((each for each in balancer.listeners if each.port == port), None)
        if listener is None:
            ask.road.step(HOP, balancer.name, f"no listener on port {port}: refused", refused=True)
            raise HopError("refused", f"{balancer.name} has no listener on port {port}")
        if deployed is not self._taken:
            await self._update(deployed)
        try:
            return await self._routed(balancer, listener, ask, source)
        except UnknownError as unknown:
            ask.road.step(HOP, f"listener {listener.port}", f"501: {unknown} isn't known here", refused=True)
            return pages.unknown(str(unknown))

    async def entrance(self, dns_name: str, port: int, source: Source) -> Entrance:
        """The port of the load balancer with a name, for a connection that `source` makes.

        Raises HopError as `answer` does.
        """
        deployed = await self._deployed.get()
        found = (each for each in deployed.balancers.values() if each.dns_name.lower() == dns_name.lower().rstrip("."))
        balancer = next(found, None)
        if balancer is None:
            raise HopError("timeout", f"no load balancer has the name {dns_name}")
        await self._let_in(balancer, port, Road(), source)
        listener = next((each for each in balancer.listeners if each.port == port), None)
        if listener is None:
            raise HopError("refused", f"{balancer.name} has no listener on port {port}")
        return Entrance(balancer.arn, port, listener.protocol == "HTTPS", listener.certificates)

    async def tick(self) -> None:
        """Take over what is registered and start the health checks that are due; to be called every clock second."""
        after = self._pace.refresh_after
        await self._network.refresh(after)
        deployed = await self._deployed.get(refresh_after=after)
        await self._update(deployed)
        for known in tuple(self._groups.values()):
            balancer = next((deployed.balancers[each] for each in known.group.balancers), None)
            if balancer is None:
                continue
            self._counts.hosts(balancer.arn, known.group.arn, [each.state for each in known.all()])
            for target in known.due(self._clock.now()):
                task = asyncio.create_task(self._check(balancer, known.group, target))
                self._checks.add(task)
                task.add_done_callback(self._check_ended)

    async def checked(self) -> None:
        """Wait for the health checks that are under way."""
        await asyncio.gather(*self._checks, return_exceptions=True)

    def health(self, target_group_arn: str) -> list[TargetHealth] | None:
        """Health of a group's targets, as the last tick or request found them; None for an unknown group."""
        known = self._groups.get(target_group_arn)
        return None if known is None else known.health()

    async def drained(self, ip: str) -> None:
        """Wait until nothing runs any more on the deregistered targets of an address, or their delay is over.

        ECS stops a task only then. A target that is still registered isn't waited for.
        """
        # Who deregistered it has done so a moment ago: later than what is remembered.
        await asyncio.sleep(FRESH_SECONDS)
        await self._update(await self._deployed.get(younger_than=0))
        while any(each.running for each in self._known(ip) if each.state == "draining"):
            await asyncio.sleep(_DRAIN_LOOK_SECONDS)
            await self._update(await self._deployed.get())

    async def certificates(self, arn: str, port: int) -> tuple[str, ...]:
        """ARNs of a listener's certificates, which a client may want to check; none where there is no listener."""
        balancer = (await self._deployed.get()).balancers.get(arn)
        listeners = balancer.listeners if balancer else ()
        return next((each.certificates for each in listeners if each.port == port), ())

    async def close(self) -> None:
        """End health checks and connections."""
        for task in tuple(self._checks):
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        await self._wire.close()

    async def _let_in(self, balancer: LoadBalancer, port: int, road: Road, source: Source) -> None:
        """Every node has to be reachable, since a client may meet any of them."""
        decided = ""
        for node in nodes(balancer):
            verdict = await self._network.verdict(source, node, port)
            if not verdict.allowed:
                did = f"dropped {source} to {balancer.name}:{port}"
                road.step("network", verdict.decided, did, refused=True)
                raise HopError("timeout", f"dropped: {verdict.decided}")
            decided = verdict.decided
        road.step("network", decided, f"let {source} through to {balancer.name}:{port}")

    async def _routed(self, balancer: LoadBalancer, listener: Listener, ask: Ask, source: Source) -> Answer:
        if balancer.kind != "application":
            raise UnknownError(f"a load balancer of type {balancer.kind}")
        if (refused := self._wrong_protocol(balancer, listener, ask)) is not None:
            return refused
        if against := objection(ask, balancer):
            ask.road.step(HOP, f"{balancer.name}: {against.reason}", str(against.status), refused=True)
            return self._own(balancer, pages.error(against.status))
        rule = matching_rule(listener, ask, source.ip)
        if rule.transforms:
            raise UnknownError("a transform of the request")
        action = pages.only_terminal(rule.actions)
        decided = f"{listener.protocol} listener {listener.port}, {rule}: {described(rule.conditions)}"
        ask.road.step(HOP, decided, action["Type"])
        if action["Type"] == "redirect":
            self._counts.add("HTTP_Redirect_Count", balancer.arn)
            return self._own(balancer, pages.redirect(action, balancer, listener, ask))
        if action["Type"] == "fixed-response":
            self._counts.add("HTTP_Fixed_Response_Count", balancer.arn)
            return pages.fixed_response(action)
        return await self._forwarder.forward(At(balancer, listener, rule, source.ip), action, ask)

    def _wrong_protocol(self, balancer: LoadBalancer, listener: Listener, ask: Ask) -> Answer | None:
        if listener.protocol not in ("HTTP", "HTTPS"):
            raise UnknownError(f"a listener of {listener.protocol}")
        if listener.protocol == "HTTP" and ask.scheme == "https":
            ask.road.step(HOP, f"HTTP listener {listener.port}", "no TLS here: the handshake failed", refused=True)
            raise HopError("cut", f"port {listener.port} of {balancer.name} speaks no TLS")
        if listener.protocol == "HTTPS" and ask.scheme == "http":
            ask.road.step(HOP, f"HTTPS listener {listener.port}", "400: the request came without TLS", refused=True)
            return self._own(balancer, pages.error(400, "The plain HTTP request was sent to HTTPS port"))
        return None

    def _own(self, balancer: LoadBalancer, answer: Answer) -> Answer:
        self._counts.own_answer(balancer.arn, answer.status)
        return answer

    async def _update(self, deployed: Deployed) -> None:
        elsewhere = {arn: await self._elsewhere(deployed, group) for arn, group in deployed.groups.items()}
        if self._taken is not None and self._taken.read_at > deployed.read_at:
            return
        self._taken, now = deployed, self._clock.now()
        for arn, group in deployed.groups.items():
            known = self._groups.setdefault(arn, KnownGroup(group))
            known.update(group, now, self._clock.drain(group.drain_seconds), elsewhere[arn])
        for arn, known in list(self._groups.items()):
            if arn not in deployed.groups:
                known.update(_without_targets(known.group), now, self._clock.drain(known.group.drain_seconds))
                if known.empty:
                    del self._groups[arn]

    async def _elsewhere(self, deployed: Deployed, group: TargetGroup) -> set[Target]:
        """Targets in zones where none of the group's load balancers has a subnet."""
        subnets = [each for arn in group.balancers for each in deployed.balancers[arn].subnets]
        zones = {await self._network.zone(each) for each in subnets}
        return {each for each in group.targets if await self._is_elsewhere(each, zones)}

    async def _is_elsewhere(self, target: Target, zones: Iterable[str]) -> bool:
        end = await self._network.interface(target.ip, look_again=False)
        zone = await self._network.zone(end.subnet) if end else ""
        return bool(zone and zones and zone not in zones)

    async def _check(self, balancer: LoadBalancer, group: TargetGroup, target: KnownTarget) -> None:
        try:
            failure = await check(balancer, group, target.target, self._reach, self._wire)
        except BaseException:
            # Nothing is known of the target, such as when the emulators don't answer: the next check is made in time.
            target.checking = False
            raise
        target.checked(group.check, failure)

    def _check_ended(self, task: asyncio.Task[None]) -> None:
        self._checks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            print(f"health check: {problem!r}", file=sys.stderr, flush=True)

    def _known(self, ip: str) -> list[KnownTarget]:
        return [each for group in self._groups.values() for each in group.all() if each.target.ip == ip]

    async def _read(self) -> Deployed:
        read: Deployed = await self._world.ask("load balancers", lambda: read_deployed(self._world.client("elbv2")))
        return read


def _without_targets(group: TargetGroup) -> TargetGroup:
    """A group that was deleted."""
    return replace(group, targets=(), balancers=())


def _target_wire() -> Wire:
    # The product's own environment, where this is type-checked and mostly tested, has no httpcore.
    from local_aws.traffic.balancer.targets import TargetWire

    return TargetWire()
