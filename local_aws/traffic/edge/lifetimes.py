"""How long CloudFront keeps an answer.

Sources: CloudFront guide, "Manage how long content stays in the cache" and "Control how long CloudFront caches errors".
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from local_aws.traffic.edge.distributions import CustomError
from local_aws.traffic.edge.policies import CachePolicy
from local_aws.traffic.hops import Answer

_UNKEPT = ("no-store", "no-cache", "private")
# Kept whatever the origin says, kept only with a max-age, and obeying no-store (CloudFront guide, HTTP status codes).
_ERRORS_KEPT = (404, 410, 414, 500, 501, 502, 503, 504)
_ERRORS_KEPT_IF_AGED = (400, 403, 405, 412, 415)
_ERRORS_OBEYING = (404, 410, 414, 501)
_DEFAULT_ERROR = CustomError("", None, 10)
# Answers that CloudFront keeps besides errors.
_KEPT = (200, 203, 204, 300, 301, 302, 304, 307, 308)


def directives(answer: Answer) -> dict[str, str]:
    """The directives of Cache-Control, in lower case."""
    parts = ",".join(value for name, value in answer.headers if name.lower() == "cache-control").split(",")
    return {
        name.strip().lower(): value.strip().strip('"') for name, _, value in (each.partition("=") for each in parts)
    }


def lifetime(answer: Answer, policy: CachePolicy) -> int:
    """Seconds for which an answer that is no error is kept; 0 keeps nothing."""
    if answer.status not in _KEPT or not policy.caches:
        return 0
    said = directives(answer)
    if any(each in said for each in _UNKEPT):
        return policy.min_ttl
    asked = _age(answer, said)
    return min(max(policy.default_ttl if asked is None else asked, policy.min_ttl), policy.max_ttl)


def error_lifetime(answer: Answer, errors: CustomError | None, policy: CachePolicy) -> int:
    """Seconds for which an error is kept; 0 keeps nothing."""
    said = directives(answer)
    asked = _age(answer, said)
    least = (errors or _DEFAULT_ERROR).min_ttl
    if answer.status in _ERRORS_OBEYING and any(each in said for each in _UNKEPT):
        return 0
    if answer.status in _ERRORS_KEPT:
        return max(least, min(asked or 0, policy.max_ttl))
    if answer.status in _ERRORS_KEPT_IF_AGED and asked is not None:
        return max(least, min(asked, policy.max_ttl))
    return 0


def _age(answer: Answer, said: dict[str, str]) -> int | None:
    for name in ("s-maxage", "max-age"):
        if said.get(name, "").isdigit():
            return int(said[name])
    expires = answer.header("expires")
    if expires is None:
        return None
    try:
        return max(0, int(parsedate_to_datetime(expires).timestamp() - time.time()))
    except ValueError:
        # A date that is none, such as 0, has passed (RFC 9111 section 5.3).
        return 0
