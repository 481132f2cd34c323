"""The deployed `local` environment as the APIs return it (`local.json`), and origins that answer as they are told."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.traffic.edge import Edge
from local_aws.traffic.edge.distributions import VpcOrigin
from local_aws.traffic.hops import Answer, Ask, Headers, nothing, whole
from local_aws.traffic.road import Road
from tests.support.recorded import Recorded

Plain = dict[str, Any]
_LOCAL = json.loads(Path(__file__).with_name("local.json").read_text(encoding="utf-8"))
Reply = Callable[[Ask], Awaitable[Answer]]


def listed(part: str, values: list[Any]) -> Plain:
    """A listing of CloudFront's API, which leaves out `Items` when there are none."""
    return {part: {"Quantity": len(values)} | ({"Items": values} if values else {})}


class FakeClient:
    """CloudFront's and WAF's reading operations, over one set of resources."""

    def __init__(self, resources: Plain) -> None:
        self._all = resources

    def list_distributions(self) -> Plain:
        return listed("DistributionList", [{"Id": each["Id"]} for each in self._all["distributions"]])

    def get_distribution(self, Id: str) -> Plain:  # noqa: N803
        return {"Distribution": next(each for each in self._all["distributions"] if each["Id"] == Id)}

    def list_vpc_origins(self) -> Plain:
        return listed("VpcOriginList", [{"Id": each["Id"]} for each in self._all["vpc_origins"]])

    def get_vpc_origin(self, Id: str) -> Plain:  # noqa: N803
        return {"VpcOrigin": next(each for each in self._all["vpc_origins"] if each["Id"] == Id)}

    def list_origin_access_controls(self) -> Plain:
        return listed("OriginAccessControlList", self._all["access_controls"])

    def list_cache_policies(self, Type: str) -> Plain:  # noqa: N803
        return self._policies("CachePolicy", Type)

    def list_origin_request_policies(self, Type: str) -> Plain:  # noqa: N803
        return self._policies("OriginRequestPolicy", Type)

    def list_response_headers_policies(self, Type: str) -> Plain:  # noqa: N803
        return self._policies("ResponseHeadersPolicy", Type)

    def _policies(self, kind: str, sort: str) -> Plain:
        of_sort = [
            each
            for each in self._all[kind]
            if (sort == "managed") == each[f"{kind}Config"]["Name"].startswith("Managed")
        ]
        return listed(f"{kind}List", [{"Type": sort, kind: each} for each in of_sort])

    def get_web_acl(self, Name: str, Scope: str, Id: str) -> Plain:  # noqa: N803
        assert Scope == "CLOUDFRONT"
        return {"WebACL": next(each for each in self._all["web_acls"] if (each["Name"], each["Id"]) == (Name, Id))}

    def get_ip_set(self, Name: str, Scope: str, Id: str) -> Plain:  # noqa: N803
        assert (Scope, Id) == ("CLOUDFRONT", "1")
        return {"IPSet": {"Addresses": self._all["ip_sets"][Name]}}

    def list_functions(self, Stage: str) -> Plain:  # noqa: N803
        assert Stage == "LIVE"
        return listed("FunctionList", [each["summary"] for each in self._all.get("functions", [])])

    def get_function(self, Name: str, Stage: str) -> Plain:  # noqa: N803
        assert Stage == "LIVE"
        found = next(each for each in self._all["functions"] if each["summary"]["Name"] == Name)
        return {"FunctionCode": found["code"].encode()}


class FakeWorld:
    """Resources that can be changed between requests."""

    gateway = "http://127.0.0.1:9"
    account_id = "123456789012"

    def __init__(self) -> None:
        self.all: Plain = copy.deepcopy(_LOCAL)

    def client(self, service: str, region: str | None = None) -> Any:
        assert service in ("cloudfront", "wafv2")
        return FakeClient(self.all)

    async def ask_anew(self, name: str, question: Callable[[], Any]) -> Any:
        return question()

    async def changes(self) -> int | None:
        return None

    @property
    def config(self) -> Any:
        """Configuration of the only distribution."""
        return self.all["distributions"][0]["DistributionConfig"]

    @property
    def domain(self) -> str:
        return str(self.all["distributions"][0]["DomainName"])

    def behaviour(self, pattern: str) -> Any:
        """A behaviour's configuration; that of "default" for the last."""
        if pattern == "default":
            return self.config["DefaultCacheBehavior"]
        return next(each for each in self.config["CacheBehaviors"]["Items"] if each["PathPattern"] == pattern)

    def policy(self, kind: str, name: str) -> Any:
        """The configuration of a policy by the end of its name."""
        configs = (each[f"{kind}Config"] for each in self.all[kind])
        return next(each for each in configs if each["Name"].endswith(name))

    @property
    def acl(self) -> Any:
        """The web ACL."""
        return self.all["web_acls"][0]


@dataclass
class FakeOrigins:
    """Origins that note what they are asked and answer by `service` and `page`."""

    service: Reply
    page: Reply
    asked: list[Plain] = field(default_factory=list)

    async def vpc_origin(self, origin: VpcOrigin, ask: Ask, *, protocol: str, read_timeout: float) -> Answer:
        self.asked.append({"vpc": origin.id, "ask": ask, "protocol": protocol, "read_timeout": read_timeout})
        return await self.service(ask)

    async def bucket(self, name: str, key: str, ask: Ask, *, as_distribution: str) -> Answer:
        self.asked.append({"bucket": name, "key": key, "ask": ask, "as": as_distribution})
        return await self.page(ask)

    @property
    def last(self) -> Ask:
        """The request that arrived last."""
        found = self.asked[-1]["ask"]
        assert isinstance(found, Ask)
        return found


def says(text: str, status: int = 200, **headers: str) -> Reply:
    """An origin that always says the same."""
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())

    async def reply(ask: Ask) -> Answer:
        async for _ in ask.body:
            pass
        return Answer(status, (("content-length", str(len(text))), *sent), whole(text.encode()))

    return reply


def fails(error: Exception) -> Reply:
    """An origin that can't answer."""

    async def reply(ask: Ask) -> Answer:
        raise error

    return reply


@dataclass(frozen=True)
class Got:
    """What a visitor got."""

    status: int
    headers: Headers
    body: bytes
    road: Road

    def header(self, name: str) -> str | None:
        return Answer(self.status, self.headers).header(name)

    def steps(self) -> str:
        """The road in one text."""
        return "\n".join(f"{each.hop}: {each.decided}: {each.did}" for each in self.road.steps)


class Site:
    """The edge in front of fake origins, with a clock that is turned by hand."""

    def __init__(self) -> None:
        self.world = FakeWorld()
        self.origins = FakeOrigins(says("from the service"), says("the fallback page"))
        self.time = 1000.0
        self.recorded = Recorded()
        self.edge = Edge(self.world, self.origins, now=lambda: self.time, stale_seconds=0, record=self.recorded)

    def get(self, path: str, **more: Any) -> Got:
        """One request, to the end of its answer."""
        return self.send("GET", path, **more)

    def send(self, method: str, path: str, **more: Any) -> Got:
        """One request of any method."""
        return asyncio.run(self.sent(method, path, **more))

    async def sent(self, method: str, path: str, **more: Any) -> Got:
        """One request, within a loop that runs."""
        ask = made(method, path, **more)
        answer = await self.edge.answer(ask)
        body = b"".join([chunk async for chunk in answer.body])
        return Got(answer.status, answer.headers, body, ask.road)


def made(
    method: str,
    path: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | AsyncIterator[bytes] = b"",
    scheme: str = "https",
    client: str = "127.0.0.1",
    host: str = "127.0.0.1:8443",
) -> Ask:
    """A request of a visitor."""
    sent = (("Host", host), *headers)
    if isinstance(body, bytes) and body:
        sent = (*sent, ("Content-Length", str(len(body))))
    stream = (whole(body) if body else nothing()) if isinstance(body, bytes) else body
    return Ask(method, path, sent, stream, scheme, client, Road())
