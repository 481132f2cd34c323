"""Between the viewer and the origin: what is kept, revalidated, and served while the origin fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local_aws.traffic.edge.compression import compressed, compressible
from local_aws.traffic.edge.distributions import Distribution
from local_aws.traffic.edge.forwarding import accepted_encodings, cache_key
from local_aws.traffic.edge.lifetimes import error_lifetime, lifetime
from local_aws.traffic.edge.policies import CachePolicy
from local_aws.traffic.edge.store import Kept, Key, Store
from local_aws.traffic.hops import Answer, Ask, closed, nothing

Fetched = Callable[[Ask], Awaitable[Answer]]
Presented = Callable[[Answer], Awaitable[Answer]]
# OPTIONS, which a behaviour may cache as well, isn't kept here.
_CACHED_METHODS = ("GET", "HEAD")
_CONDITIONS = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since")


@dataclass(frozen=True)
class Caching:
    """Answers of origins, kept by the cache policy."""

    store: Store

    async def answer(
        self,
        ask: Ask,
        policy: CachePolicy,
        distribution: Distribution,
        *,
        compress: bool,
        fetched: Fetched,
        presented: Presented,
    ) -> tuple[Answer, str]:
        """An answer and the first word of its x-cache. Requests for ranges are passed on and never kept."""
        if ask.method not in _CACHED_METHODS or ask.header("range") is not None:
            answer = await fetched(ask)
            return (await presented(answer) if answer.status >= 400 else answer), "Miss"
        key = (distribution.id, *cache_key(ask, policy))
        kept = self.store.find(key)
        if kept is not None and self.store.fresh(kept):
            ask.road.step("cloudfront", f"cache policy {policy.name}", f"hit, {self.store.age(kept)} s old")
            return self._served(kept, ask), "Error" if kept.status >= 400 else "Hit"
        stale = kept if kept is not None and not kept.error else None
        answer = await fetched(_revalidating(ask, stale) if stale else _unconditional(ask, policy))
        if stale is not None and answer.status == 304:
            await closed(answer.body)
            return self._renewed(key, stale, answer, ask, policy), "RefreshHit"
        if stale is not None and answer.status >= 500:
            ask.road.step(
                "cloudfront", f"cache policy {policy.name}", f"serves what it kept instead of {answer.status}"
            )
            await closed(answer.body)
            return self._served(stale, ask), "Hit"
        if answer.status >= 400:
            return await self._failed(key, answer, ask, policy, distribution, presented), "Miss"
        return self._first(key, answer, ask, policy, compress=compress), "Miss"

    def _first(self, key: Key, answer: Answer, ask: Ask, policy: CachePolicy, *, compress: bool) -> Answer:
        seconds = lifetime(answer, policy)
        encodings = accepted_encodings(ask, policy) or ""
        if compress and policy.caches and policy.gzip and "gzip" in encodings and compressible(answer):
            answer = compressed(answer)
            ask.road.step("cloudfront", f"cache policy {policy.name}", "compresses with gzip")
        if seconds <= 0 or ask.method != "GET":
            return answer
        ask.road.step("cloudfront", f"cache policy {policy.name}", f"miss, kept for {seconds} s")
        return self.store.keeping(key, answer, seconds)

    def _renewed(self, key: Key, stale: Kept, answer: Answer, ask: Ask, policy: CachePolicy) -> Answer:
        newer = {name.lower() for name, _ in answer.headers} - {"content-length", "etag"}
        headers = (
            *((name, value) for name, value in stale.headers if name.lower() not in newer),
            *((name, value) for name, value in answer.headers if name.lower() in newer),
        )
        seconds = lifetime(Answer(stale.status, headers), policy)
        kept = self.store.keep(key, stale.status, headers, stale.content, seconds)
        ask.road.step("cloudfront", f"cache policy {policy.name}", f"unchanged at the origin, kept for {seconds} s")
        return self._served(kept, ask)

    async def _failed(
        self, key: Key, answer: Answer, ask: Ask, policy: CachePolicy, distribution: Distribution, presented: Presented
    ) -> Answer:
        seconds = error_lifetime(answer, distribution.errors.get(answer.status), policy)
        shown = await presented(answer)
        if seconds <= 0 or ask.method != "GET":
            return shown
        ask.road.step("cloudfront", f"{distribution.name}", f"error {answer.status} kept for {seconds} s")
        return self.store.keeping(key, shown, seconds, error=True)

    def _served(self, kept: Kept, ask: Ask) -> Answer:
        """What is kept, or 304 where the viewer has it already."""
        answer = kept.answer(head=ask.method == "HEAD", age=self.store.age(kept))
        if kept.status == 200 and _known(kept, ask):
            headers = tuple(each for each in answer.headers if each[0].lower() != "content-length")
            return Answer(304, headers, nothing())
        return answer


def _known(kept: Kept, ask: Ask) -> bool:
    tags, etag = ask.header("if-none-match"), kept.header("etag")
    if tags is not None:
        given = [each.strip().removeprefix("W/") for each in tags.split(",")]
        return "*" in given or (etag is not None and etag.removeprefix("W/") in given)
    since = ask.header("if-modified-since")
    return since is not None and since == kept.header("last-modified")


def _revalidating(ask: Ask, stale: Kept) -> Ask:
    """The request with the conditions of what is kept, in the place of the viewer's."""
    etag, modified = stale.header("etag"), stale.header("last-modified")
    conditions = {"if-none-match": etag, "if-modified-since": modified}
    return ask.with_headers([(name, conditions.get(name)) for name in _CONDITIONS])


def _unconditional(ask: Ask, policy: CachePolicy) -> Ask:
    """A request whose answer may be kept asks for all of it."""
    return ask.with_headers([(name, None) for name in _CONDITIONS]) if policy.caches else ask
