"""The viewer's side: which distribution, limits, and the protocol."""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.endpoint import LOOPBACK
from local_aws.traffic.edge import pages
from local_aws.traffic.edge.distributions import Behaviour, Distribution
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.paths import matches, split_query
from local_aws.traffic.headers import without_port
from local_aws.traffic.hops import Answer, Ask

# Characters of a URL, and bytes of a request without its body (CloudFront quotas; the guide's limits of requests).
URL_LIMIT, REQUEST_LIMIT_BYTES = 8_192, 20_480
_LOCAL = (LOOPBACK, "localhost", "[::1]")


def chosen(distributions: Sequence[Distribution], ask: Ask) -> Distribution | None:
    """The distribution of a request: by its Host, or the only one for a visitor of the loopback address.

    Raises:
        GapError: the loopback address, and several distributions are enabled.
    """
    host = without_port(ask.header("host") or LOOPBACK).lower()
    enabled = [each for each in distributions if each.enabled]
    # A whole name goes before one with a star, which stands for one label (CloudFront guide, alternate domain names).
    for name in (host, f"*.{host.partition('.')[2]}"):
        for each in enabled:
            if name == each.domain or name in each.aliases:
                return each
    if host not in _LOCAL or not enabled:
        return None
    if len(enabled) > 1:
        raise GapError(f"a request without a distribution's name, with {len(enabled)} enabled distributions")
    return enabled[0]


def by_name(ask: Ask, distribution: Distribution) -> Ask:
    """The request as if it had come under the distribution's name, where it came to the loopback address."""
    if without_port(ask.header("host") or LOOPBACK).lower() not in _LOCAL:
        return ask
    exact = [each for each in distribution.aliases if not each.startswith("*")]
    return ask.with_headers([("Host", (*exact, distribution.domain)[0])])


def behaviour_of(distribution: Distribution, path: str) -> Behaviour:
    """The first behaviour whose pattern fits.

    Raises:
        GapError: a behaviour with a setting that nothing here acts on.
    """
    found = next(each for each in distribution.behaviours if matches(each.pattern, split_query(path)[0]))
    gaps = (*distribution.gaps, *found.gaps)
    if gaps:
        raise GapError(f"{distribution.name}, {found.name}: {', '.join(gaps)}")
    return found


def too_long(ask: Ask) -> bool:
    """Whether CloudFront refuses a request for its length."""
    size = sum(len(name) + len(value) + 4 for name, value in ask.headers) + len(ask.method) + len(ask.path) + 12
    return len(ask.path) > URL_LIMIT or size > REQUEST_LIMIT_BYTES


def other_protocol(behaviour: Behaviour, ask: Ask, request_id: str) -> Answer | None:
    """The answer to a viewer over HTTP, where the behaviour wants HTTPS.

    A method with a body is redirected by 307, which keeps both (CloudFront guide, viewer protocol policy).
    """
    if ask.scheme == "https" or behaviour.viewer_protocol == "allow-all":
        return None
    if behaviour.viewer_protocol == "https-only":
        return pages.error_page(403, pages.HTTPS_ONLY, request_id)
    status = 301 if ask.method in ("GET", "HEAD") else 307
    return pages.redirect(status, f"https://{without_port(ask.header('host') or '')}{ask.path}")


def has_body(ask: Ask) -> bool:
    """Whether a request announces a body."""
    return (ask.header("content-length") or "0") != "0" or ask.header("transfer-encoding") is not None


def has_two_lengths(ask: Ask) -> bool:
    """Whether a request has both headers that tell a body's end: what another server takes for the next request."""
    return ask.header("content-length") is not None and ask.header("transfer-encoding") is not None
