"""The way from CloudFront to an origin: attempts, timeouts, and the second origin of a group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import unquote

from local_aws.traffic.edge.bodies import unbroken
from local_aws.traffic.edge.distributions import Distribution, Origin, VpcOrigin
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.paths import split_query
from local_aws.traffic.hops import Answer, Ask, HopError, closed

# Methods whose requests are tried again, and those that lead to the second origin of a group (CloudFront guide,
# response timeout; origin failover).
_REPEATED = ("GET", "HEAD")
_FAILING_OVER = ("GET", "HEAD", "OPTIONS")
# Methods that read an object: writing and cross-origin requests of S3 aren't built.
_OF_BUCKETS = ("GET", "HEAD")
# Status codes of a group that stand for an origin that can't be connected to, and for one that is too slow.
_CODES_FOR = {"refused": 503, "cut": 502, "timeout": 504}
# What a visitor gets then.
_STATUS_FOR = {"refused": 502, "cut": 502, "timeout": 504}


class Origins(Protocol):
    """What lies behind CloudFront. Both raise HopError where no answer comes."""

    async def vpc_origin(self, origin: VpcOrigin, ask: Ask, *, protocol: str, read_timeout: float) -> Answer:
        """Ask a load balancer through a VPC origin. `protocol` is http or https, `read_timeout` in seconds."""
        ...

    async def bucket(self, name: str, key: str, ask: Ask, *, as_distribution: str) -> Answer:
        """Ask a bucket for an object. `as_distribution` is the ARN that signs, empty for an unsigned request."""
        ...


class UnreachableError(Exception):
    """No origin answered; `status` is what the visitor gets."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Upload:
    """The body of a request on its way, and when it last moved."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self.begun = False
        self.moved = time.monotonic()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, once."""
        async for chunk in self._body:
            self.begun = True
            self.moved = time.monotonic()
            yield chunk
        self.begun, self.moved = True, time.monotonic()


@dataclass(frozen=True)
class Way:
    """One visitor's way to the origins of a distribution.

    `prepared` makes the request for an origin. `signing` maps origin access controls to when they sign.
    """

    distribution: Distribution
    vpc_origins: Mapping[str, VpcOrigin]
    signing: Mapping[str, str]
    origins: Origins
    prepared: Callable[[Origin], Ask]

    async def answer(self, target: str) -> Answer:
        """The answer of an origin, or of a group's second one.

        Raises:
            UnreachableError: no origin answered.
            GapError: an origin of a kind that isn't built.
        """
        group = self.distribution.groups.get(target)
        if group is None:
            return await self._one(self._origin(target))
        first, second = (self._origin(each) for each in group.members)
        ask = self.prepared(first)
        try:
            answer = await self._one(first)
        except UnreachableError as failure:
            code = _CODES_FOR[failure.__cause__.kind] if isinstance(failure.__cause__, HopError) else failure.status
            if code not in group.codes or ask.method not in _FAILING_OVER:
                raise
            ask.road.step("cloudfront", f"origin group {group.id}", f"no answer counts as {code}: asks {second.id}")
            return await self._one(second)
        if answer.status not in group.codes or ask.method not in _FAILING_OVER:
            return answer
        ask.road.step("cloudfront", f"origin group {group.id}", f"{answer.status} of {first.id}: asks {second.id}")
        await closed(answer.body)
        return await self._one(second)

    def _origin(self, id_: str) -> Origin:
        return self.distribution.origins[id_]

    async def _one(self, origin: Origin) -> Answer:
        if origin.gaps:
            raise GapError(f"origin {origin.id}: {', '.join(origin.gaps)}")
        ask = self.prepared(origin)
        upload = Upload(ask.body)
        ask = replace(ask, body=upload.chunks())
        for attempt in range(1, origin.attempts + 1):
            try:
                answer = await self._heard(origin, ask, upload)
            except HopError as failure:
                did = f"attempt {attempt} of {origin.attempts}: {failure.kind}, {failure.detail}"
                ask.road.step("cloudfront", f"origin {origin.id}", did, refused=True)
                if attempt == origin.attempts or not _again(failure, ask, upload):
                    raise UnreachableError(_STATUS_FOR[failure.kind], failure.detail) from failure
            else:
                ask.road.step("cloudfront", f"origin {origin.id}", f"answers {answer.status}")
                return replace(answer, body=unbroken(answer.body, origin.read_timeout))
        raise AssertionError("an origin has one attempt at least")

    async def _heard(self, origin: Origin, ask: Ask, upload: Upload) -> Answer:
        """The answer's beginning, within the read timeout since the request last moved."""
        upload.moved = time.monotonic() + origin.connect_timeout
        asking = asyncio.ensure_future(self._asked(origin, ask))
        try:
            while True:
                left = upload.moved + origin.read_timeout - time.monotonic()
                done, _ = await asyncio.wait({asking}, timeout=max(left, 0))
                if done:
                    return asking.result()
                if time.monotonic() >= upload.moved + origin.read_timeout:
                    raise HopError("timeout", f"no answer within {origin.read_timeout:g} s")
        finally:
            asking.cancel()

    async def _asked(self, origin: Origin, ask: Ask) -> Answer:
        if origin.kind == "vpc":
            through = self.vpc_origins.get(origin.vpc_origin_id)
            if through is None:
                raise HopError("refused", f"VPC origin {origin.vpc_origin_id} doesn't exist")
            protocol = through.protocol(ask.scheme)
            return await self.origins.vpc_origin(
                through, replace(ask, scheme=protocol), protocol=protocol, read_timeout=origin.read_timeout
            )
        if origin.kind == "bucket":
            if ask.method not in _OF_BUCKETS:
                raise GapError(f"{ask.method} to the bucket behind origin {origin.id}")
            key = unquote(split_query(ask.path)[0]).removeprefix("/")
            return await self.origins.bucket(bucket_of(origin), key, ask, as_distribution=self._signer(origin))
        raise GapError(f"origin {origin.id}: of an unknown kind")

    def _signer(self, origin: Origin) -> str:
        """The distribution's ARN where it signs; without an access control a bucket is asked unsigned."""
        if not origin.access_control:
            return ""
        when = self.signing.get(origin.access_control)
        if when not in ("always", "never"):
            raise GapError(f"origin {origin.id}: an access control that signs {when}")
        return self.distribution.arn if when == "always" else ""


def _again(failure: HopError, ask: Ask, upload: Upload) -> bool:
    """A request is repeated when it can't connect; a slow one of a method without a body as well."""
    if failure.kind == "timeout":
        return ask.method in _REPEATED
    return failure.kind == "refused" and not upload.begun


def bucket_of(origin: Origin) -> str:
    """The bucket of a domain such as NAME.s3.us-east-1.amazonaws.com; a name may have dots, so the last .s3 counts."""
    host = origin.domain.removesuffix(".amazonaws.com")
    name, found, _ = host.rpartition(".s3")
    if not found or host == origin.domain:
        raise GapError(f"origin {origin.id}: a bucket behind {origin.domain}")
    return name
