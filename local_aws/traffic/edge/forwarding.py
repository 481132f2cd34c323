"""The request as the origin gets it: what the policies take of the viewer's, and what CloudFront adds.

Sources: CloudFront guide, "Control origin requests with a policy" and "Request and response behavior for custom
origins".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote_plus

from local_aws.traffic.edge.distributions import Origin
from local_aws.traffic.edge.paths import split_query, with_query
from local_aws.traffic.edge.policies import CachePolicy, OriginRequestPolicy, Values
from local_aws.traffic.edge.selections import Selection
from local_aws.traffic.headers import HOP_BY_HOP
from local_aws.traffic.hops import Ask, Headers

# Never passed on, whatever a policy says: of one connection, or CloudFront's own to set.
_NEVER = HOP_BY_HOP | {"cookie", "host", "via", "x-amz-cf-id", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"}
# Passed on without being named: of the body, of ranges, and of conditions.
_ALWAYS = frozenset(
    [
        "content-encoding",
        "content-length",
        "content-md5",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "range",
    ]
)
_AGENT = "Amazon CloudFront"


def accepted_encodings(ask: Ask, policy: CachePolicy) -> str | None:
    """The Accept-Encoding of the cache key and the origin: what both the policy and the viewer take.

    None where the policy leaves the header alone.
    """
    if not (policy.gzip or policy.brotli):
        return None
    sent = {each.split(";")[0].strip().lower() for each in (ask.header("accept-encoding") or "").split(",")}
    return ",".join(name for name, on in (("br", policy.brotli), ("gzip", policy.gzip)) if on and name in sent)


def to_origin(ask: Ask, cache: CachePolicy, more: OriginRequestPolicy, origin: Origin, request_id: str) -> Ask:
    """The request for an origin.

    Its Host is the one that a function chose, else the viewer's where a policy takes it, else the origin's domain.
    """
    policies = (cache.key, more.values)
    path, query = split_query(ask.path)
    return replace(
        ask,
        path=with_query(origin.path + path, _query(query, policies)),
        headers=tuple(_headers(ask, cache, policies, origin, request_id)),
    )


def sends_viewer_host(cache: CachePolicy, more: OriginRequestPolicy) -> bool:
    """Whether the origin gets the viewer's Host header."""
    return any(each.headers.takes("host") for each in (cache.key, more.values))


def _headers(
    ask: Ask, cache: CachePolicy, policies: tuple[Values, Values], origin: Origin, request_id: str
) -> Iterator[tuple[str, str]]:
    own = {name.lower(): value for name, value in origin.headers}
    viewers = ask.header("host") if any(each.headers.takes("host") for each in policies) else None
    yield "Host", origin.host or viewers or origin.domain
    encodings = accepted_encodings(ask, cache)
    for name, value in ask.headers:
        lower = name.lower()
        if lower in _NEVER or lower in own or lower.startswith(("cloudfront-", "x-edge-")):
            continue
        if lower == "accept-encoding" and encodings is not None:
            continue
        if lower in _ALWAYS or any(each.headers.takes(lower) for each in policies):
            yield name, value
    if encodings:
        yield "Accept-Encoding", encodings
    if ask.header("user-agent") is None or not any(each.headers.takes("user-agent") for each in policies):
        yield "User-Agent", _AGENT
    cookies = _cookies(ask.headers, policies)
    if cookies:
        yield "Cookie", cookies
    yield from told(ask, policies)
    yield from _way(ask, request_id)
    yield from origin.headers


def _way(ask: Ask, request_id: str) -> Iterator[tuple[str, str]]:
    before = ask.header("x-forwarded-for")
    yield "X-Forwarded-For", f"{before}, {ask.client}" if before else ask.client
    via = ask.header("via")
    yield "Via", ", ".join(filter(None, (via, "1.1 emulated.cloudfront.net (CloudFront)")))
    yield "X-Amz-Cf-Id", request_id


def told(ask: Ask, policies: tuple[Values, ...]) -> Iterator[tuple[str, str]]:
    """Headers about the viewer that a policy lists. Country, device and TLS of one on loopback are
    unknown and left out."""
    listed = {name.lower() for each in policies for name in each.headers.added()}
    known = {
        "CloudFront-Forwarded-Proto": ask.scheme,
        "CloudFront-Viewer-Http-Version": "1.1",
    }
    for name, value in known.items():
        if name.lower() in listed:
            yield name, value


def untold(policies: tuple[Values, ...]) -> list[str]:
    """Listed headers about the viewer for which nothing is known here."""
    listed = {name for each in policies for name in each.headers.added() if name.lower().startswith("cloudfront-")}
    return sorted(
        each for each in listed if each not in ("CloudFront-Forwarded-Proto", "CloudFront-Viewer-Http-Version")
    )


def _cookies(headers: Headers, policies: tuple[Values, ...]) -> str:
    sent = [each.strip() for name, value in headers if name.lower() == "cookie" for each in value.split(";")]
    return "; ".join(
        each for each in sent if each and _taken(each.partition("=")[0], [one.cookies for one in policies])
    )


def _query(query: str, policies: tuple[Values, ...]) -> str:
    parts = [each for each in query.split("&") if each]
    selections = [each.query for each in policies]
    return "&".join(each for each in parts if _taken(unquote_plus(each.partition("=")[0]), selections))


def _taken(name: str, selections: list[Selection]) -> bool:
    return any(each.takes(name) for each in selections)


def cache_key(ask: Ask, cache: CachePolicy) -> tuple[str, ...]:
    """What an answer is kept under: path, and the headers, cookies and query strings of the cache policy."""
    key = (cache.key,)
    path, query = split_query(ask.path)
    headers = sorted(
        f"{name.lower()}: {value}"
        for name, value in ask.headers
        if name.lower() not in ("cookie", "accept-encoding") and cache.key.headers.takes(name)
    )
    about = [f"{name}: {value}" for name, value in told(ask, key)]
    return (
        path,
        _query(query, key),
        _cookies(ask.headers, key),
        accepted_encodings(ask, cache) or "",
        *headers,
        *about,
    )
