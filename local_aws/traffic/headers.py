"""Rules of HTTP headers that CloudFront and the load balancer share."""

from __future__ import annotations

import re
from collections.abc import Iterable

from local_aws.traffic.hops import Headers

# Headers about one connection only (RFC 9110, 7.6.1), and those that the next connection's own sender writes.
HOP_BY_HOP = frozenset(
    [
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """Headers without those of one connection, and without those that its Connection header names."""
    headers = tuple(headers)
    named = {
        each.strip().lower() for name, value in headers if name.lower() == "connection" for each in value.split(",")
    }
    return tuple((name, value) for name, value in headers if name.lower() not in HOP_BY_HOP | named)


def without_port(host: str) -> str:
    """The name in a Host header."""
    return re.sub(r":\d+$", "", host)
