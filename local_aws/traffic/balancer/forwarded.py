"""Headers of a request as a target gets them."""

from __future__ import annotations

import re
import secrets
import time

from local_aws.traffic.balancer.conditions import UnknownError, host_of
from local_aws.traffic.balancer.deployed import Listener, LoadBalancer
from local_aws.traffic.balancer.inspection import kept_headers
from local_aws.traffic.headers import end_to_end
from local_aws.traffic.hops import Ask, Headers

_TRACE = "x-amzn-trace-id"
_DEFAULT_PORTS = (80, 443)
# Attributes by which a listener renames or adds headers (ELB guide, "HTTP header modification").
_RENAMES = re.compile(r"routing\.http\.(request|response)\..+\.header_(name|value)")


def target_headers(ask: Ask, balancer: LoadBalancer, listener: Listener, client: str) -> Headers:
    """Headers for a target. `client` is the address that the request came from; empty if AWS doesn't document it.

    As "HTTP headers and Application Load Balancers" and "Request tracing" of the ELB guide say. Raises UnknownError for
    settings that aren't known here.
    """
    if renamed := [name for name, value in listener.attributes.items() if _RENAMES.fullmatch(name) and value]:
        raise UnknownError(f"the listener's attribute {renamed[0]}")
    if ask.header("upgrade"):
        raise UnknownError(f"an upgrade of the connection to {ask.header('upgrade')}")
    changes = [
        ("host", _host(ask, balancer, listener)),
        *_forwarded_for(ask, balancer, client),
        ("x-forwarded-proto", listener.protocol.lower()),
        ("x-forwarded-port", str(listener.port)),
        (_TRACE, trace_id(ask.header(_TRACE))),
    ]
    changed = {name for name, _ in changes}
    kept = [(name, value) for name, value in kept_headers(ask, balancer) if name.lower() not in changed]
    return (*end_to_end(kept), *((name, value) for name, value in changes if value is not None))


def own_trace(headers: Headers) -> str:
    """Field of X-Amzn-Trace-Id with the load balancer's own id: Root, or Self beside somebody else's Root."""
    sent = next((value for name, value in headers if name == _TRACE), "")
    return sent.partition(";")[0]


def trace_id(sent: str | None) -> str:
    """X-Amzn-Trace-Id: a new Root, or the sent one with this load balancer's Self before it."""
    fields = [each.strip() for each in (sent or "").split(";") if each.strip()]
    own = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    if not any(each.startswith("Root=") for each in fields):
        return ";".join([f"Root={own}", *fields])
    return ";".join([f"Self={own}", *(each for each in fields if not each.startswith("Self="))])


def _host(ask: Ask, balancer: LoadBalancer, listener: Listener) -> str:
    """The Host header: with the listener's port if that isn't a default one, unless it is to be preserved."""
    sent = ask.header("host") or balancer.dns_name
    if balancer.flag("routing.http.preserve_host_header.enabled"):
        return sent
    name = host_of(ask) or balancer.dns_name
    return name if listener.port in _DEFAULT_PORTS else f"{name}:{listener.port}"


def _forwarded_for(ask: Ask, balancer: LoadBalancer, client: str) -> list[tuple[str, str | None]]:
    mode = balancer.attributes.get("routing.http.xff_header_processing.mode", "append")
    if mode == "preserve":
        return []
    if mode == "remove":
        return [("x-forwarded-for", None)]
    if mode != "append":
        raise UnknownError(f"xff_header_processing.mode {mode}")
    if balancer.flag("routing.http.xff_client_port.enabled"):
        raise UnknownError("xff_client_port.enabled")
    sent = ask.header("x-forwarded-for")
    return [("x-forwarded-for", ", ".join(each for each in (sent, client) if each) or None)]
