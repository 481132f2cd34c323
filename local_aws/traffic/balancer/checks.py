"""Health checks, and the way from a load balancer to a target."""

from __future__ import annotations

import asyncio

from local_aws.traffic.balancer.deployed import LoadBalancer, Target, TargetGroup
from local_aws.traffic.balancer.health import Failure
from local_aws.traffic.balancer.wire import Call, Targets, Wire
from local_aws.traffic.hops import HopError
from local_aws.traffic.network import Network, Source, Verdict

_AGENT = "ELB-HealthChecker/2.0"
_TIMEOUT = Failure("Target.Timeout", "Request timed out")
_FAILED = Failure("Target.FailedHealthChecks", "Health checks failed")


def nodes(balancer: LoadBalancer) -> list[Source]:
    """The load balancer's interfaces, one in each of its subnets."""
    return [Source("load-balancer", subnet, groups=balancer.groups, name=balancer.name) for subnet in balancer.subnets]


class Reach:
    """Connections from load balancers to targets: whether they are made, and where they lead on loopback."""

    def __init__(self, network: Network, targets: Targets) -> None:
        self._network = network
        self._targets = targets

    async def address(self, balancer: LoadBalancer, target: Target) -> tuple[tuple[str, int], str]:
        """Where a target is reached, and what let the connection through.

        Every node of the load balancer has to get there. Raises HopError "timeout" where a packet is dropped, "refused"
        where nothing listens.
        """
        end = await self._network.interface(target.ip)
        if end is None:
            raise HopError("timeout", f"nothing in the VPC has the address {target.ip}")
        verdict = Verdict(False, f"{balancer.name} has no subnets")
        for node in nodes(balancer):
            verdict = await self._network.verdict(node, end, target.port)
            if not verdict.allowed:
                raise HopError("timeout", f"dropped: {verdict.decided}")
        if not verdict.allowed:
            raise HopError("timeout", verdict.decided)
        found = self._targets.address(target.ip, target.port)
        if found is None:
            raise HopError("refused", f"{end} listens on no port {target.port}")
        return found, verdict.decided


async def check(balancer: LoadBalancer, group: TargetGroup, target: Target, reach: Reach, wire: Wire) -> Failure | None:
    """Send one health check; what it fails by, or None. Its time-out is of the wall clock, as all of a request."""
    settings = group.check
    asked = Target(target.ip, settings.port or target.port)
    try:
        async with asyncio.timeout(settings.timeout_seconds):
            address, _ = await reach.address(balancer, asked)
            # The connection is closed after each check (ELB guide).
            headers = (("Host", str(asked)), ("User-Agent", _AGENT), ("Connection", "close"))
            tls = settings.protocol == "HTTPS"
            call = Call(address, tls, "GET", settings.path, headers, None, settings.timeout_seconds)
            reply = await wire.send(call)
            status = reply.status
            await reply.close()
    except TimeoutError:
        return _TIMEOUT
    except HopError as error:
        return _TIMEOUT if error.kind == "timeout" else _FAILED
    if any(first <= status <= last for first, last in settings.codes):
        return None
    return Failure("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")
