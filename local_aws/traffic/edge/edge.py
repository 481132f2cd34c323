"""CloudFront with its web ACL: one request from the viewer to the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from local_aws.traffic.edge import pages, viewer
from local_aws.traffic.edge.caching import Caching
from local_aws.traffic.edge.counts import Counts
from local_aws.traffic.edge.deployed import Asked, Deployed, Reader
from local_aws.traffic.edge.distributions import Distribution, Origin
from local_aws.traffic.edge.errors import presented
from local_aws.traffic.edge.firewall.acl import Blocked, Firewall
from local_aws.traffic.edge.firewall.rates import Rates
from local_aws.traffic.edge.forwarding import sends_viewer_host, to_origin, untold
from local_aws.traffic.edge.functions.hooks import Hooks
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.origins import Origins, UnreachableError, Way
from local_aws.traffic.edge.paths import split_query, with_query
from local_aws.traffic.edge.store import Store
from local_aws.traffic.edge.visits import Visit
from local_aws.traffic.edge.visits import visit as at_behaviour
from local_aws.traffic.headers import end_to_end
from local_aws.traffic.hops import Answer, Ask, closed, nothing, page
from local_aws.traffic.metrics import Record, unrecorded
from local_aws.traffic.road import HEADER
from local_aws.traffic.snapshot import BELIEVED_SECONDS

NOTHING_DEPLOYED = "Nothing is deployed here yet: no distribution is enabled. `sitechat deploy` makes one.\n"


class Edge:
    """CloudFront and WAF in front of origins.

    Args:
        world: where the emulators are asked for what is deployed.
        origins: what lies behind.
        now: seconds for caches and rate limits, which are never sped up.
        stale_seconds: how long ago the emulators may have been asked for what is deployed.
        record: is told requests, their errors, and what the web ACL decides.
    """

    def __init__(
        self,
        world: Asked,
        origins: Origins,
        *,
        now: Callable[[], float] = time.monotonic,
        stale_seconds: float = BELIEVED_SECONDS,
        record: Record = unrecorded,
    ) -> None:
        self._reader, self._origins = Reader(world, stale_seconds), origins
        self._counts = Counts(record)
        self._firewall, self._hooks = Firewall(Rates(now), self._counts.decided), Hooks()
        self._caching = Caching(Store(now))

    async def answer(self, ask: Ask) -> Answer:
        """The answer to a viewer; 501 where the deployment has something that nothing here acts on."""
        request_id = pages.new_id()
        ask = ask.with_headers([(HEADER, None)])
        try:
            found = await self._answer(ask, request_id)
        except GapError as gap:
            ask.road.step("cloudfront", str(gap), "501: not built here", refused=True)
            found = page(501, f"Not built in the emulated CloudFront: {gap}\n", "text/plain; charset=utf-8")
        if ask.method == "HEAD":
            await closed(found.body)
            found = replace(found, body=nothing())
        return found

    async def refresh(self) -> None:
        """Read what is deployed before a request would have to wait for it; to be called several times a second."""
        await self._reader.refresh()

    async def close(self) -> None:
        """End the functions."""
        await self._hooks.close()

    async def _answer(self, ask: Ask, request_id: str) -> Answer:
        world = await self._reader.read()
        distribution = viewer.chosen(world.distributions, ask)
        if distribution is None and not any(each.enabled for each in world.distributions):
            ask.road.step("cloudfront", "no distribution", "403: nothing is deployed yet", refused=True)
            return page(403, NOTHING_DEPLOYED, "text/plain; charset=utf-8")
        if distribution is None:
            ask.road.step(
                "cloudfront", f"host {ask.header('host')}", "403: no distribution has this name", refused=True
            )
            return self._own(403, pages.NO_DISTRIBUTION, request_id)
        answer = await self._visited(viewer.by_name(ask, distribution), world, distribution, request_id)
        self._counts.answered(distribution.id, answer.status)
        return answer

    async def _visited(self, ask: Ask, world: Deployed, distribution: Distribution, request_id: str) -> Answer:
        """The answer of a distribution."""
        refusal = self._refused(ask, distribution, request_id)
        if refusal is not None:
            return refusal
        visit = at_behaviour(_rooted(ask, distribution), request_id, world, distribution)
        redirected = viewer.other_protocol(visit.behaviour, ask, request_id)
        if redirected is not None:
            did = f"{visit.behaviour.viewer_protocol}: {redirected.status}"
            ask.road.step("cloudfront", visit.behaviour.name, did, refused=redirected.status >= 400)
            outcome = "Redirect" if redirected.status < 400 else "Error"
            return pages.marked(redirected, outcome, request_id)
        return await self._inspected(visit)

    async def _inspected(self, visit: Visit) -> Answer:
        """From the web ACL on."""
        ask, distribution = visit.ask, visit.distribution
        if distribution.geo_restricted:
            ask.road.step("cloudfront", distribution.name, "not evaluated: countries, of an address on loopback")
        if distribution.web_acl_arn:
            passed = await self._firewall.passed(visit.world.web_acls[distribution.web_acl_arn], ask)
            if isinstance(passed, Blocked):
                return await self._blocked(visit, passed)
            visit = replace(visit, ask=passed)
        if ask.method not in visit.behaviour.methods:
            allowed = ", ".join(visit.behaviour.methods)
            ask.road.step("cloudfront", visit.behaviour.name, f"403: {ask.method} isn't one of {allowed}", refused=True)
            return self._own(403, pages.METHOD, visit.id)
        hooked = await self._hooks.on_request(visit)
        return await self._served(hooked) if isinstance(hooked, Visit) else hooked

    def _refused(self, ask: Ask, distribution: Distribution, request_id: str) -> Answer | None:
        """The answer to a request that CloudFront takes for no distribution."""
        if viewer.too_long(ask):
            ask.road.step("cloudfront", distribution.name, "413: the request or its URL is too long", refused=True)
            return self._own(413, pages.TOO_LONG, request_id)
        if not ask.path.startswith("/"):
            ask.road.step("cloudfront", distribution.name, "400: the request is for no path", refused=True)
            return self._own(400, pages.NO_PATH, request_id)
        if viewer.has_two_lengths(ask):
            ask.road.step("cloudfront", distribution.name, "400: the body has two lengths", refused=True)
            refusal = self._own(400, pages.TWO_LENGTHS, request_id)
            # The connection ends with it (RFC 9112, 6.1).
            return replace(refusal, headers=(*refusal.headers, ("connection", "close")))
        if ask.method == "GET" and viewer.has_body(ask):
            ask.road.step("cloudfront", distribution.name, "403: GET with a body", refused=True)
            return self._own(403, pages.BODY_WITH_GET, request_id)
        if (ask.header("upgrade") or "").lower() == "websocket":
            raise GapError("WebSocket connections")
        return None

    async def _blocked(self, visit: Visit, refusal: Blocked) -> Answer:
        """A refusal of the web ACL, which custom error responses change as they do an origin's error."""
        if refusal.text is not None:
            made = page(refusal.status, refusal.text, refusal.content_type)
            return pages.marked(replace(made, headers=(*made.headers, *refusal.headers)), "Error", visit.id)
        made = pages.error_page(403, pages.BLOCKED, visit.id)
        shown = await presented(made, visit.ask, visit.distribution, lambda ask: self._page(visit, ask))
        return pages.marked(shown, "Error", visit.id)

    async def _served(self, visit: Visit) -> Answer:
        """From the cache on, with the headers of the behaviour's policy."""
        found, outcome = await self._caching.answer(
            visit.ask,
            visit.cache,
            visit.distribution,
            compress=visit.behaviour.compress,
            fetched=lambda ask: self._fetched(replace(visit, ask=ask)),
            presented=lambda answer: presented(
                answer, visit.ask, visit.distribution, lambda ask: self._page(visit, ask)
            ),
        )
        policy_id = visit.behaviour.headers_policy_id
        if policy_id:
            policy = visit.world.headers_policies.get(policy_id)
            if policy is None:
                raise GapError(f"response headers policy {policy_id}, which doesn't exist")
            found = policy.applied(found, visit.ask)
            visit.ask.road.step("cloudfront", f"response headers policy {policy.name}", "sets its headers")
        return pages.marked(await self._hooks.on_response(visit, found), outcome, visit.id)

    async def _page(self, visit: Visit, ask: Ask) -> Answer:
        """The page of a custom error, by the behaviour of its own path."""
        return await self._fetched(at_behaviour(ask, visit.id, visit.world, visit.distribution))

    async def _fetched(self, visit: Visit) -> Answer:
        """The origin's answer, or CloudFront's page when there is none."""
        way = Way(
            visit.target.distribution,
            visit.world.vpc_origins,
            visit.world.signing,
            self._origins,
            partial(_prepared, visit),
        )
        unknown = untold((visit.cache.key, visit.more.values))
        if unknown:
            visit.ask.road.step("cloudfront", f"origin request policy {visit.more.name}", f"not known: {unknown}")
        try:
            answer = await way.answer(visit.target.id)
        except UnreachableError as failure:
            visit.ask.road.step("cloudfront", visit.behaviour.name, f"{failure.status}: {failure}", refused=True)
            return pages.error_page(failure.status, pages.UNREACHABLE[failure.status], visit.id)
        return replace(answer, headers=end_to_end(answer.headers))

    @staticmethod
    def _own(status: int, text: str, request_id: str) -> Answer:
        return pages.marked(pages.error_page(status, text, request_id), "Error", request_id)


def _prepared(visit: Visit, origin: Origin) -> Ask:
    if origin.kind == "bucket" and sends_viewer_host(visit.cache, visit.more):
        raise GapError(f"the viewer's Host header sent to the bucket behind origin {origin.id}")
    return to_origin(visit.ask, visit.cache, visit.more, origin, visit.id)


def _rooted(ask: Ask, distribution: Distribution) -> Ask:
    """The default root object in the place of `/`."""
    path, query = split_query(ask.path)
    if path != "/" or not distribution.root_object:
        return ask
    return replace(ask, path=with_query(f"/{distribution.root_object.removeprefix('/')}", query))
