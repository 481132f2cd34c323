"""What is deployed of CloudFront and WAF, asked of their APIs.

The contents of AWS's managed policies come from the API as well: ministack lists them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from local_aws.traffic.edge.distributions import Distribution, VpcOrigin, distribution, vpc_origin
from local_aws.traffic.edge.firewall.acl import WebAcl
from local_aws.traffic.edge.functions.deployed import Function, functions
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.policies import CachePolicy, OriginRequestPolicy, cache_policy, origin_request_policy
from local_aws.traffic.edge.response_headers import HeadersPolicy, headers_policy
from local_aws.traffic.edge.selections import items
from local_aws.traffic.snapshot import Pace, Snapshot

# CloudFront and its web ACLs live there.
REGION = "us-east-1"


class Asked(Protocol):
    """What is needed of `local_aws.traffic.world.World`."""

    gateway: str
    account_id: str

    def client(self, service: str, region: str | None = None) -> Any:
        """boto3 client of a service."""
        ...

    def ask_anew(self, name: str, question: Callable[[], Any]) -> Awaitable[Any]:
        """The answer to a question, from no memory."""
        ...

    def changes(self) -> Awaitable[int | None]:
        """How many requests may have changed what is deployed; None when nobody counts."""
        ...


@dataclass(frozen=True)
class Deployed:
    """All distributions and what they refer to, by id or ARN.

    `signing` says when origin access controls sign.
    """

    distributions: tuple[Distribution, ...]
    cache_policies: Mapping[str, CachePolicy]
    origin_request_policies: Mapping[str, OriginRequestPolicy]
    headers_policies: Mapping[str, HeadersPolicy]
    vpc_origins: Mapping[str, VpcOrigin]
    signing: Mapping[str, str]
    web_acls: Mapping[str, WebAcl]
    functions: Mapping[str, Function]


class Reader:
    """The state of the APIs, renewed beside the requests.

    Asking takes tens of milliseconds and more on a busy machine, so requests go by a state that is at most
    `stale_seconds` old, and nothing is asked while nothing changes. CloudFront itself takes minutes to act on a change.
    """

    def __init__(self, world: Asked, stale_seconds: float) -> None:
        self._world, self._stale = world, stale_seconds
        self._managed: dict[str, dict[str, Any]] = {}
        self._state = Snapshot(self._ask, world.changes)
        self._pace = Pace()

    async def read(self) -> Deployed:
        """What is deployed, at most `stale_seconds` ago."""
        self._pace.asked()
        return await self._state.get(self._stale)

    async def refresh(self) -> None:
        """Renew a state that a request would soon have to wait for; to be called several times a second."""
        await self._state.get(self._stale, refresh_after=self._pace.refresh_after)

    async def _ask(self) -> Deployed:
        """Ask for all of CloudFront's at once, then for the web ACLs that its distributions name."""
        client = self._world.client("cloudfront", REGION)
        asked = (self._world.ask_anew(f"edge/{name}", partial(read, self, client)) for name, read in _READ)
        distributions, caching, forwarding, headers, vpc_origins, signing = await asyncio.gather(*asked)
        arns = sorted({each.web_acl_arn for each in distributions if each.enabled and each.web_acl_arn})
        firewall = self._world.client("wafv2", REGION)
        acls = await asyncio.gather(
            *(self._world.ask_anew(f"edge/{arn}", partial(_web_acl, firewall, arn)) for arn in arns)
        )
        by_arn = dict(zip(arns, acls, strict=True))
        hooks = await self._functions(client, distributions)
        return Deployed(distributions, caching, forwarding, headers, vpc_origins, signing, by_arn, hooks)

    async def _functions(self, client: Any, distributions: tuple[Distribution, ...]) -> Mapping[str, Function]:
        """The functions that behaviours name; nothing is asked where none does."""
        named = {arn for each in distributions for one in each.behaviours for _, arn in one.functions}
        if not named:
            return {}
        gateway, account_id = self._world.gateway, self._world.account_id
        asked = partial(functions, client, gateway, account_id, named)
        return await self._world.ask_anew(f"edge/functions/{sorted(named)}", asked)  # type: ignore[no-any-return]

    def distributions(self, client: Any) -> tuple[Distribution, ...]:
        """All distributions. The listing has neither the default root object nor origin groups."""
        ids = [each["Id"] for each in _pages(client.list_distributions, "DistributionList")]
        return tuple(distribution(client.get_distribution(Id=each)["Distribution"]) for each in ids)

    def vpc_origins(self, client: Any) -> dict[str, VpcOrigin]:
        """VPC origins, of which the listing hasn't all either."""
        ids = [each["Id"] for each in _pages(client.list_vpc_origins, "VpcOriginList")]
        return {each: vpc_origin(client.get_vpc_origin(Id=each)["VpcOrigin"]) for each in ids}

    def signing(self, client: Any) -> dict[str, str]:
        """Signing behaviours of origin access controls."""
        pages = _pages(client.list_origin_access_controls, "OriginAccessControlList")
        return {each["Id"]: each["SigningBehavior"] for each in pages}

    def cache_policies(self, client: Any) -> dict[str, CachePolicy]:
        """Cache policies."""
        return self._policies(client.list_cache_policies, "CachePolicy", cache_policy)

    def origin_request_policies(self, client: Any) -> dict[str, OriginRequestPolicy]:
        """Origin request policies."""
        return self._policies(client.list_origin_request_policies, "OriginRequestPolicy", origin_request_policy)

    def headers_policies(self, client: Any) -> dict[str, HeadersPolicy]:
        """Response headers policies."""
        return self._policies(client.list_response_headers_policies, "ResponseHeadersPolicy", headers_policy)

    def _policies(self, ask: Callable[..., Any], kind: str, read: Callable[[Any], Any]) -> dict[str, Any]:
        """Policies by id: AWS's own, which never change, and the account's."""
        if kind not in self._managed:
            self._managed[kind] = _listed(ask, kind, "managed", read)
        return self._managed[kind] | _listed(ask, kind, "custom", read)


_READ: tuple[tuple[str, Callable[[Reader, Any], Any]], ...] = (
    ("distributions", Reader.distributions),
    ("cache", Reader.cache_policies),
    ("forwarding", Reader.origin_request_policies),
    ("headers", Reader.headers_policies),
    ("vpc-origins", Reader.vpc_origins),
    ("signing", Reader.signing),
)


def _listed(ask: Callable[..., Any], kind: str, sort: str, read: Callable[[Any], Any]) -> dict[str, Any]:
    """Policies of one sort; without `Type` ministack lists its managed ones only."""
    pages = _pages(ask, f"{kind}List", Type=sort)
    return {each[kind]["Id"]: read(each[kind][f"{kind}Config"]) for each in pages}


def _pages(ask: Callable[..., Any], part: str, **given: Any) -> Iterator[Any]:
    """Items of a listing, over all its pages."""
    marker: dict[str, str] = {}
    while True:
        listed = ask(**given, **marker)[part]
        yield from items(listed)
        if not listed.get("NextMarker"):
            return
        marker = {"Marker": listed["NextMarker"]}


def _web_acl(client: Any, arn: str) -> WebAcl:
    name, id_ = _name_and_id(arn, "webacl")
    config = client.get_web_acl(Name=name, Scope="CLOUDFRONT", Id=id_)["WebACL"]
    return WebAcl(arn, config, {each: _set(client, each) for each in _set_arns(config.get("Rules") or [])})


def _set_arns(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name in ("IPSetReferenceStatement", "RegexPatternSetReferenceStatement") and value:
                yield value["ARN"]
            else:
                yield from _set_arns(value)
    elif isinstance(part, list):
        for each in part:
            yield from _set_arns(each)


def _set(client: Any, arn: str) -> tuple[str, ...]:
    if "/ipset/" in arn:
        name, id_ = _name_and_id(arn, "ipset")
        return tuple(client.get_ip_set(Name=name, Scope="CLOUDFRONT", Id=id_)["IPSet"]["Addresses"])
    name, id_ = _name_and_id(arn, "regexpatternset")
    found = client.get_regex_pattern_set(Name=name, Scope="CLOUDFRONT", Id=id_)["RegexPatternSet"]
    return tuple(each["RegexString"] for each in found["RegularExpressionList"])


def _name_and_id(arn: str, kind: str) -> tuple[str, str]:
    """Name and id of an ARN such as arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID."""
    scope, found, rest = arn.rpartition(":")[2].partition(f"/{kind}/")
    name, _, id_ = rest.partition("/")
    if scope != "global" or not found or not id_:
        raise GapError(f"{arn}, which isn't of WAFv2 for CloudFront")
    return name, id_
