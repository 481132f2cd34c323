"""What the load balancer needs from its surroundings: connections, addresses of targets, and time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from local_aws.traffic.hops import Headers


@dataclass(frozen=True)
class Call:
    """A request to a target. `idle_seconds` is the time without a byte that ends it, before and after the headers."""

    address: tuple[str, int]
    tls: bool
    method: str
    path: str
    headers: Headers
    body: AsyncIterator[bytes] | None
    idle_seconds: float


class Reply(Protocol):
    """A target's answer, whose body streams. It has to be closed, which cuts what is still on its way."""

    @property
    def status(self) -> int:
        """Status code."""

    @property
    def headers(self) -> Headers:
        """Headers as the target sent them."""

    def parts(self) -> AsyncIterator[bytes]:
        """The body in the parts in which it arrives. Raises HopError where it doesn't arrive whole."""

    async def close(self) -> None:
        """Give the connection back if the body was read, and cut it otherwise."""


class Wire(Protocol):
    """Connections to targets."""

    async def send(self, call: Call) -> Reply:
        """Send a request once, never again. Raises HopError "refused", "timeout" or "cut"."""

    async def close(self) -> None:
        """Close all connections."""


class Targets(Protocol):
    """The tasks' addresses."""

    def address(self, ip: str, port: int) -> tuple[str, int] | None:
        """Where a port of an address in the VPC is reached on loopback; None where nobody listens."""


class Clock(Protocol):
    """The plane's time, in seconds, for health checks and draining; never for a request's own time-outs."""

    def now(self) -> float:
        """Seconds since some moment."""

    def drain(self, seconds: float) -> float:
        """How long a drain of `seconds` lasts."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
