"""A VPC with a load balancer and tasks, and the surroundings of `Balancers` that tests decide about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from local_aws.traffic.balancer import Balancers
from local_aws.traffic.balancer.wire import Call
from local_aws.traffic.hops import Answer, Ask, Headers, HopError, nothing, whole
from local_aws.traffic.network import Network, Source, vpc_origin
from local_aws.traffic.road import Road
from local_aws.traffic.snapshot import Snapshot
from local_aws.traffic.vpc.parts import Acl, AclEntry, Group, GroupRule, Interface, Route, RouteTable, Subnet, Vpcs
from local_aws.traffic.world import World
from tests.support.recorded import Recorded

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"
OTHER_GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/other/2"
FORWARD = {"Type": "forward", "TargetGroupArn": GROUP}
VPC = IPv4Network("10.0.0.0/16")
WORLD = IPv4Network("0.0.0.0/0")
ORIGIN = vpc_origin("vo_1")


def entries(*allowed: tuple[int, bool, IPv4Network, int, int]) -> tuple[AclEntry, ...]:
    """Entries that allow: number, egress, addresses, first and last port."""
    return tuple(AclEntry(number, egress, True, cidr, first, last) for number, egress, cidr, first, last in allowed)


OPEN = Acl("acl-1", entries((100, False, WORLD, 0, 65535), (100, True, WORLD, 0, 65535)))


def subnet(name: str, cidr: str, *, acl: Acl = OPEN, zone: str = "a", routes: tuple[Route, ...] = ()) -> Subnet:
    """A subnet of the VPC."""
    table = RouteTable(f"rtb-{name}", (Route(str(VPC), "local"), *routes))
    return Subnet(name, "vpc-1", IPv4Network(cidr), zone, acl, table)


def vpcs(**changes: Any) -> Vpcs:
    """CloudFront may reach the load balancer at 80, and that the tasks at 8080."""
    prefix_list = "pl-1"
    settings: dict[str, Any] = {
        "vpcs": {"vpc-1": (VPC,)},
        "subnets": {"alb": subnet("alb", "10.0.0.0/24"), "task": subnet("task", "10.0.1.0/24")},
        "groups": {
            "sg-alb": Group(
                "sg-alb",
                "alb",
                "vpc-1",
                (GroupRule("sgr-1", False, 80, 80, prefix_list), GroupRule("sgr-2", True, 8080, 8080, "sg-task")),
            ),
            "sg-task": Group("sg-task", "task", "vpc-1", (GroupRule("sgr-3", False, 8080, 8080, "sg-alb"),)),
        },
        "lists": {prefix_list: ("com.amazonaws.global.cloudfront.origin-facing", (IPv4Network("130.176.0.0/18"),))},
        "interfaces": {
            ip: Interface(ip, "task", ("sg-task",), f"task {ip}") for ip in ("10.0.1.1", "10.0.1.2", "10.0.1.3")
        },
    }
    return Vpcs(**{**settings, **changes})


class FixedNetwork(Network):
    """Network of a VPC that a test states, and may replace."""

    def __init__(self, stated: Vpcs) -> None:
        super().__init__(World("http://127.0.0.1:9", "123456789012", "us-east-1"))
        self.stated = stated

    async def _read(self) -> Vpcs:
        return self.stated


@dataclass
class ElbApi:
    """Answers of ELB's API for one load balancer with one listener."""

    rules: list[dict[str, Any]] = field(default_factory=list)
    default: list[dict[str, Any]] = field(default_factory=lambda: [FORWARD])
    protocol: str = "HTTP"
    port: int = 80
    attributes: dict[str, str] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=lambda: {GROUP: ["10.0.1.1"]})
    group: dict[str, Any] = field(default_factory=dict)
    group_attributes: dict[str, str] = field(default_factory=dict)

    def describe_load_balancers(self) -> dict[str, Any]:
        balancer = {
            "LoadBalancerArn": BALANCER,
            "LoadBalancerName": "web",
            "Type": "application",
            "State": {"Code": "active"},
            "DNSName": "web.elb.amazonaws.com",
            "AvailabilityZones": [{"SubnetId": "alb"}],
            "SecurityGroups": ["sg-alb"],
        }
        return {"LoadBalancers": [balancer]}

    def describe_load_balancer_attributes(self, **_: str) -> dict[str, Any]:
        return _attributes(self.attributes)

    def describe_listeners(self, **_: str) -> dict[str, Any]:
        listener = {"ListenerArn": "l", "Port": self.port, "Protocol": self.protocol, "DefaultActions": self.default}
        return {"Listeners": [listener]}

    def describe_listener_attributes(self, **_: str) -> dict[str, Any]:
        return _attributes({})

    def describe_rules(self, **_: str) -> dict[str, Any]:
        return {"Rules": [{"RuleArn": f"r{each['Priority']}", "Actions": [FORWARD], **each} for each in self.rules]}

    def describe_target_groups(self) -> dict[str, Any]:
        settings = {
            "Protocol": "HTTPS",
            "TargetType": "ip",
            "HealthCheckProtocol": "HTTPS",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 30,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            **self.group,
        }
        return {
            "TargetGroups": [
                {"TargetGroupArn": arn, "TargetGroupName": arn.split("/")[1], **settings} for arn in self.targets
            ]
        }

    def describe_target_group_attributes(self, **_: str) -> dict[str, Any]:
        return _attributes(self.group_attributes)

    def describe_target_health(self, *, TargetGroupArn: str) -> dict[str, Any]:  # noqa: N803 - the API's name
        registered = self.targets[TargetGroupArn]
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": ip, "Port": 8080}, "TargetHealth": {"State": "healthy"}} for ip in registered
            ]
        }


def _attributes(given: dict[str, str]) -> dict[str, Any]:
    return {"Attributes": [{"Key": name, "Value": value} for name, value in given.items()]}


class ApiWorld(World):
    """A world that asks the stated API each time."""

    def __init__(self, api: ElbApi) -> None:
        super().__init__("http://127.0.0.1:9", "123456789012", "us-east-1")
        self._api = api

    def client(self, service: str, region: str | None = None) -> Any:
        assert service == "elbv2"
        return self._api

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        return question()


@dataclass
class FixedReply:
    """An answer of a target, in parts."""

    status: int = 200
    headers: Headers = ()
    body: AsyncIterator[bytes] = field(default_factory=lambda: whole(b"hello"))
    closed: bool = False

    def parts(self) -> AsyncIterator[bytes]:
        return self.body

    async def close(self) -> None:
        self.closed = True


class FixedWire:
    """Targets that answer as a test says: `answers` by path, a status, a reply, or an error to raise."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, int | FixedReply | HopError] = {"/health": 200}
        self.waits: dict[str, asyncio.Event] = {}

    async def send(self, call: Call) -> FixedReply:
        self.calls.append(call)
        path = call.path.partition("?")[0]
        if path in self.waits:
            await self.waits[path].wait()
        found = self.answers.get(path, 200)
        if isinstance(found, HopError):
            raise found
        return found if isinstance(found, FixedReply) else FixedReply(found)

    async def close(self) -> None:
        return

    def asked(self, path: str = "/") -> list[str]:
        """The targets that were asked for a path, by their address."""
        return [call.address[0] for call in self.calls if call.path == path]


class SetClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def drain(self, seconds: float) -> float:
        return seconds

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class EveryTarget:
    """Every port is listened on, at the address itself, except those that a test closes."""

    def __init__(self) -> None:
        self.closed: set[str] = set()

    def address(self, ip: str, port: int) -> tuple[str, int] | None:
        return None if ip in self.closed else (ip, port)


class Stage:
    """Load balancers with surroundings that a test may change before each step; every step reads them anew."""

    def __init__(self, **api: Any) -> None:
        self.api = ElbApi(**api)
        self.network = FixedNetwork(vpcs())
        self.wire, self.clock, self.targets = FixedWire(), SetClock(), EveryTarget()
        self.recorded = Recorded()
        self.balancers = Balancers(
            ApiWorld(self.api), self.network, self.targets, self.clock, self.wire, record=self.recorded
        )
        self.road = Road()

    async def tick(self, times: int = 1, *, seconds: float = 30) -> None:
        """Let time pass, and the health checks that are due then."""
        for _ in range(times):
            self._forget()
            await self.balancers.tick()
            await self.balancers.checked()
            self.clock.time += seconds

    async def answer(self, path: str = "/", *, port: int = 80, source: Source = ORIGIN, **ask: Any) -> Answer:
        """The answer to a request; its road is `road`."""
        self._forget()
        self.road = Road()
        return await self.balancers.answer(BALANCER, port, request(path, road=self.road, **ask), source)

    async def status(self, path: str = "/", **ask: Any) -> int:
        """The status of an answer that is read to its end."""
        answer = await self.answer(path, **ask)
        await read(answer)
        return answer.status

    def states(self) -> dict[str, str]:
        """State of each target of the group, by address."""
        return {each.target.ip: each.state for each in self.balancers.health(GROUP) or ()}

    def said(self) -> str:
        """All steps of the last request's road."""
        return "\n".join(f"{each.hop}: {each.decided}: {each.did}" for each in self.road.steps)

    def _forget(self) -> None:
        for holder, name in ((self.balancers, "_deployed"), (self.network, "_vpcs")):
            setattr(holder, name, Snapshot(getattr(holder, "_read")))  # noqa: B009 - private on purpose


def request(
    path: str = "/",
    *,
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (("Host", "example.com"),),
    body: bytes = b"",
    scheme: str = "http",
    road: Road | None = None,
) -> Ask:
    """A request of a client."""
    content = whole(body) if body else nothing()
    return Ask(method, path, headers, content, scheme, "127.0.0.1", road or Road())


async def read(answer: Answer) -> bytes:
    """The whole body of an answer."""
    return b"".join([part async for part in answer.body])
