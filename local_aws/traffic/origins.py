"""The way from CloudFront to its origins: VPC origins through the load balancer, buckets by their policies."""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.traffic.balancer import Balancers
from local_aws.traffic.doors import Decision, Identity
from local_aws.traffic.edge.distributions import VpcOrigin
from local_aws.traffic.hops import Answer, Ask, HopError, page, whole
from local_aws.traffic.network import vpc_origin
from local_aws.traffic.world import World

_DENIED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)
_CLOUDFRONT = "cloudfront.amazonaws.com"


class DeployedOrigins:
    """Origins of distributions, as they are deployed."""

    def __init__(self, world: World, balancers: Balancers, identity: Identity) -> None:
        self._world, self._balancers, self._identity = world, balancers, identity

    async def vpc_origin(self, origin: VpcOrigin, ask: Ask, *, protocol: str, read_timeout: float) -> Answer:
        """Ask the load balancer that a VPC origin leads to, from CloudFront's interface in its VPC."""
        port = origin.port(protocol)
        ask.road.step("VPC origin", origin.name, f"{protocol} to port {port}")
        return await self._balancers.answer(origin.balancer_arn, port, ask, vpc_origin(origin.name))

    async def bucket(self, name: str, key: str, ask: Ask, *, as_distribution: str) -> Answer:
        """An object, read as CloudFront for a distribution: the policies of the bucket and of its key decide."""
        decision = await self._may_read(name, key, as_distribution)
        did = f"{'reads' if decision.allowed else 'refuses'} {key}"
        ask.road.step("bucket", f"{name}: {decision.decided}", did, refused=not decision.allowed)
        found = await self._object(name, key) if decision.allowed else None
        if found is None:
            # A caller that may not list the bucket isn't told what is missing.
            return page(403, _DENIED, "application/xml")
        return found

    async def _may_read(self, name: str, key: str, distribution: str) -> Decision:
        if not distribution:
            return Decision(False, decided="nobody signed")
        return await self._identity.service_may_read(_CLOUDFRONT, bucket=name, key=key, source_arn=distribution)

    async def _object(self, name: str, key: str) -> Answer | None:
        s3 = self._world.client("s3")
        try:
            told: Any = await self._world.ask(f"object {name}/{key}", partial(_whole_object, s3, name, key))
        except s3.exceptions.NoSuchKey:
            return None
        except OSError as problem:
            raise HopError("cut", str(problem)) from None
        content, headers = told
        return Answer(200, headers, whole(content))


def _whole_object(s3: Any, name: str, key: str) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    found = s3.get_object(Bucket=name, Key=key)
    content: bytes = found["Body"].read()
    headers = [("content-type", found["ContentType"]), ("content-length", str(len(content))), ("etag", found["ETag"])]
    if control := found.get("CacheControl"):
        headers.append(("cache-control", control))
    return content, tuple(headers)
