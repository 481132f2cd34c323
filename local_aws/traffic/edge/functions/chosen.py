"""The origin that a function chose.

Source: CloudFront guide, "Helper methods for origin modification". A chosen origin doesn't choose the behaviour anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.traffic.edge.distributions import Distribution, Origin
from local_aws.traffic.edge.functions.events import InvalidResultError
from local_aws.traffic.edge.gaps import GapError

_KNOWN = {"domainName", "hostHeader", "originPath", "customHeaders", "connectionAttempts", "timeouts"}
# Of TLS to the origin, which is the origins' own here.
_OF_TLS = {"sni", "allowedCertificateNames"}


@dataclass(frozen=True)
class Target:
    """Where a request goes: an origin or group of the distribution, with changes."""

    distribution: Distribution
    id: str


def target(start: Target, chosen: list[Mapping[str, Any]]) -> Target:
    """The target after the calls of a function, in their order.

    Raises:
        InvalidResultError: an origin that the distribution lacks.
        GapError: a change that nothing here acts on.
    """
    for each in chosen:
        start = _selected(start, each) if each["kind"] == "select" else _updated(start, each["value"])
    return start


def _selected(start: Target, call: Mapping[str, Any]) -> Target:
    id_, options = call["name"], call["value"]
    distribution = start.distribution
    if id_ in distribution.groups and not options:
        return Target(distribution, id_)
    if id_ not in distribution.origins:
        raise InvalidResultError(f"the distribution has no origin {id_}")
    unknown = set(options) - {"hostHeader"} - _OF_TLS
    if unknown:
        raise GapError(f"selectRequestOriginById with {', '.join(sorted(unknown))}")
    origin = distribution.origins[id_]
    return _with(distribution, replace(origin, host=options.get("hostHeader", origin.host)))


def _updated(start: Target, changes: Mapping[str, Any]) -> Target:
    if start.id in start.distribution.groups:
        raise GapError("updateRequestOrigin where the behaviour has an origin group")
    unknown = set(changes) - _KNOWN - _OF_TLS
    if unknown:
        raise GapError(f"updateRequestOrigin with {', '.join(sorted(unknown))}")
    origin = start.distribution.origins[start.id]
    timeouts = changes.get("timeouts") or {}
    moved = changes.get("domainName", origin.domain)
    return _with(
        start.distribution,
        replace(
            origin,
            # Another domain leads out of the VPC, or to a bucket that the distribution doesn't name.
            gaps=() if moved == origin.domain else ("another domain, chosen by a function",),
            domain=moved,
            host=changes.get("hostHeader", origin.host),
            path=changes.get("originPath", origin.path),
            headers=tuple((changes.get("customHeaders") or dict(origin.headers)).items()),
            attempts=int(changes.get("connectionAttempts", origin.attempts)),
            read_timeout=float(timeouts.get("readTimeout", origin.read_timeout)),
            connect_timeout=float(timeouts.get("connectionTimeout", origin.connect_timeout)),
        ),
    )


def _with(distribution: Distribution, origin: Origin) -> Target:
    return Target(replace(distribution, origins={**distribution.origins, origin.id: origin}), origin.id)
