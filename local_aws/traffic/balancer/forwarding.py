"""A request on its way to a target, and the answer on its way back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from local_aws.traffic.balancer import pages
from local_aws.traffic.balancer.checks import Reach
from local_aws.traffic.balancer.conditions import UnknownError
from local_aws.traffic.balancer.counts import Counts
from local_aws.traffic.balancer.deployed import Item, Listener, LoadBalancer, Rule, TargetGroup
from local_aws.traffic.balancer.forwarded import own_trace, target_headers
from local_aws.traffic.balancer.health import KnownGroup, KnownTarget
from local_aws.traffic.balancer.rotation import Rotation, ignored_settings
from local_aws.traffic.balancer.running import Running, RunningBody
from local_aws.traffic.balancer.wire import Call, Wire
from local_aws.traffic.headers import end_to_end
from local_aws.traffic.hops import Answer, Ask, Headers, HopError

HOP = "load balancer"
# Answers to a target that can't be reached or breaks off before its headers (ELB guide, "HTTP 502" and "HTTP 504").
_STATUS = {"refused": 502, "cut": 502, "timeout": 504}


class ClientIdleError(Exception):
    """The client sent nothing of the body for the idle timeout."""


@dataclass(frozen=True)
class At:
    """Where a request is: load balancer, listener and rule, and the address that it came from."""

    balancer: LoadBalancer
    listener: Listener
    rule: Rule
    client: str


class Forwarder:
    """Forward actions: chooses group and target, sends the request once, streams the answer."""

    def __init__(self, groups: Mapping[str, KnownGroup], reach: Reach, wire: Wire, counts: Counts) -> None:
        self._groups = groups
        self._reach = reach
        self._wire = wire
        self._counts = counts
        self._rotation = Rotation()

    async def forward(self, at: At, action: Item, ask: Ask) -> Answer:
        """The target's answer, or 502, 503 or 504. Raises UnknownError."""
        arn = self._rotation.group(at.rule.arn, action)
        known = self._groups.get(arn or "")
        if known is None:
            ask.road.step(HOP, str(at.rule), f"503: no target group with a weight ({arn or 'all are 0'})", refused=True)
            return self._own(at, 503)
        _check_kind(known.group)
        for setting in ignored_settings(known.group, action):
            ask.road.step(HOP, f"target group {known.group.name}", f"{setting} is set and not heeded here")
        choice = self._rotation.target(known)
        if choice is None:
            states = ", ".join(f"{each.target} {each.state}" for each in known.all()) or "no targets"
            ask.road.step(HOP, f"target group {known.group.name}", f"503: {states}", refused=True)
            return self._own(at, 503)
        headers = target_headers(ask, at.balancer, at.listener, at.client)
        trace = own_trace(headers)
        ask.road.trace_id = trace.partition("=")[2].partition("-")[2].replace("-", "")
        did = f"chose {choice.known.target}, trace {trace}"
        ask.road.step(HOP, f"target group {known.group.name}: {choice.decided}", did)
        return await self._sent(at, known.group, choice.known, ask, headers)

    async def _sent(self, at: At, group: TargetGroup, known: KnownTarget, ask: Ask, headers: Headers) -> Answer:
        began = time.monotonic()
        running = Running(known, _Ended(ask, group))
        self._counts.sent(at.balancer.arn, group.arn)
        try:
            address, decided = await self._reach.address(at.balancer, known.target)
            ask.road.step("network", decided, f"let {at.balancer.name} through to {known.target}")
            body = await _body(ask, at.balancer.idle_seconds)
            tls = group.protocol == "HTTPS"
            call = Call(address, tls, ask.method, ask.path, headers, body, at.balancer.idle_seconds)
            reply = await running.wait(self._wire.send(call))
        except HopError as error:
            running.over()
            return self._failed(at, group, error, ask)
        except ClientIdleError:
            running.over()
            ask.road.step(
                HOP, f"idle timeout {at.balancer.idle_seconds:g} s", "408: the client sent no more", refused=True
            )
            return self._own(at, 408)
        except BaseException:
            running.over()
            raise
        self._counts.target_answer(at.balancer.arn, group.arn, reply.status, time.monotonic() - began)
        did = f"answered {reply.status} over {group.protocol}"
        ask.road.step("target", str(known.target), did, refused=reply.status >= 400)
        return Answer(reply.status, end_to_end(reply.headers), RunningBody(reply, running))

    def _failed(self, at: At, group: TargetGroup, error: HopError, ask: Ask) -> Answer:
        status = _STATUS[error.kind]
        if error.kind in ("refused", "timeout") and not error.connected:
            self._counts.connection_error(at.balancer.arn, group.arn)
        ask.road.step(HOP, error.detail, str(status), refused=True)
        return self._own(at, status)

    def _own(self, at: At, status: int) -> Answer:
        self._counts.own_answer(at.balancer.arn, status)
        return pages.error(status, "Service Temporarily Unavailable" if status == 503 else "")


@dataclass(frozen=True)
class _Ended:
    """Tells the road when an answer was cut."""

    ask: Ask
    group: TargetGroup

    def __call__(self, error: HopError | None) -> None:
        if error is not None:
            self.ask.road.step(HOP, f"target group {self.group.name}", f"cut the answer: {error.detail}", refused=True)


def _check_kind(group: TargetGroup) -> None:
    if group.kind != "ip":
        raise UnknownError(f"targets of type {group.kind}")
    if group.version != "HTTP1" or group.protocol not in ("HTTP", "HTTPS"):
        raise UnknownError(f"targets over {group.protocol} {group.version}")


async def _body(ask: Ask, idle_seconds: float) -> AsyncIterator[bytes] | None:
    """The request's body; None without one, so that none is announced. Reads the first part where no header tells."""
    parts = _timed(ask.body, idle_seconds)
    length = ask.header("content-length")
    if ask.header("transfer-encoding") or (length or "0").strip("0"):
        return parts
    if length is not None or ask.method in ("GET", "HEAD"):
        return None
    async for first in parts:
        return _preceded(first, parts)
    return None


async def _preceded(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for part in rest:
        yield part


async def _timed(body: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    while True:
        try:
            async with asyncio.timeout(idle_seconds):
                part = await anext(body)
        except StopAsyncIteration:
            return
        except TimeoutError as late:
            raise ClientIdleError from late
        yield part
