"""Requests that a load balancer refuses before any rule: malformed, too large, or ambiguous about their length.

Statuses are those of "Troubleshoot your Application Load Balancers" (ELB guide). The classes of ambiguous requests are
those of AWS's HTTP Desync Guardian, as far as a request shows them that a server has already parsed: what a server
refuses by itself never gets here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from local_aws.traffic.balancer.deployed import LoadBalancer
from local_aws.traffic.hops import Ask

# Limits of a request line, of one header, and of all (ELB guide, "HTTP 400").
LINE_BYTES = HEADER_BYTES = 16 * 1024
HEADERS_BYTES = 64 * 1024
FORWARDERS = 30
_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Which classes a mode blocks; "monitor" blocks none (ELB guide, "Desync mitigation mode").
_BLOCKED = {"monitor": (), "defensive": ("severe",), "strictest": ("severe", "ambiguous", "acceptable")}
_DEFAULT_MODE = "defensive"


@dataclass(frozen=True)
class Objection:
    """Why a request is refused, with the status of the answer."""

    status: int
    reason: str


def objection(ask: Ask, balancer: LoadBalancer) -> Objection | None:
    """What a load balancer has against a request, if anything."""
    if ask.method == "TRACE":
        return Objection(405, "the method TRACE")
    sizes = [len(name) + len(value) for name, value in ask.headers]
    if len(ask.path) > LINE_BYTES:
        return Objection(414, f"an address of more than {LINE_BYTES} bytes")
    if max(sizes, default=0) > HEADER_BYTES or sum(sizes) > HEADERS_BYTES:
        return Objection(400, f"a header of more than {HEADER_BYTES} bytes, or {HEADERS_BYTES} in all")
    if (ask.header("x-forwarded-for") or "").count(",") >= FORWARDERS:
        return Objection(463, f"X-Forwarded-For names more than {FORWARDERS} addresses")
    mode = balancer.attributes.get("routing.http.desync_mitigation_mode", _DEFAULT_MODE)
    found = classification(ask)
    if found and found[0] in _BLOCKED.get(mode, _BLOCKED["strictest"]):
        return Objection(400, f"{found[1]}, {found[0]}: desync_mitigation_mode is {mode}")
    encoding = (ask.header("transfer-encoding") or "chunked").lower()
    if encoding not in ("chunked", "identity"):
        return Objection(501, f"Transfer-Encoding {encoding}")
    return None


def classification(ask: Ask) -> tuple[str, str] | None:
    """Class and reason of a request that isn't compliant: the worst class first."""
    return _severe(ask) or _ambiguous(ask) or _acceptable(ask)


def kept_headers(ask: Ask, balancer: LoadBalancer) -> tuple[tuple[str, str], ...]:
    """The headers that are passed on: without those of invalid names where the load balancer drops them."""
    if not balancer.flag("routing.http.drop_invalid_header_fields.enabled"):
        return ask.headers
    return tuple((name, value) for name, value in ask.headers if _VALID_NAME.fullmatch(name))


def _lengths(ask: Ask) -> list[str]:
    return [value.strip() for name, value in ask.headers if name.lower() == "content-length"]


def _encodings(ask: Ask) -> list[str]:
    return [value.strip().lower() for name, value in ask.headers if name.lower() == "transfer-encoding"]


def _severe(ask: Ask) -> tuple[str, str] | None:
    lengths, encodings = _lengths(ask), _encodings(ask)
    reasons = (
        ("BadMethod", not _TOKEN.fullmatch(ask.method)),
        ("BadUri", bool(set("\0\r") & set(ask.path))),
        ("BadHeader", any(set("\0\r") & set(name + value) for name, value in ask.headers)),
        ("BadContentLength", not all(re.fullmatch(r"\d+", each) for each in lengths)),
        ("MultipleContentLength", len(set(lengths)) > 1),
        ("MultipleTransferEncodingChunked", encodings.count("chunked") > 1),
    )
    return next((("severe", reason) for reason, so in reasons if so), None)


def _ambiguous(ask: Ask) -> tuple[str, str] | None:
    lengths, encodings = _lengths(ask), _encodings(ask)
    bodiless = ask.method in ("GET", "HEAD")
    reasons = (
        ("EmptyHeader", any(not name for name, _ in ask.headers)),
        ("AmbiguousUri", bool(_CONTROLS.search(ask.path))),
        ("UndefinedContentLengthSemantics", bodiless and any(each.strip("0") for each in lengths)),
        ("UndefinedTransferEncodingSemantics", bodiless and bool(encodings)),
        ("DuplicateContentLength", len(lengths) > 1),
        ("BothTeClPresent", bool(lengths and encodings)),
        ("SuspiciousHeader", any(_suspicious(name) for name, _ in ask.headers)),
    )
    return next((("ambiguous", reason) for reason, so in reasons if so), None)


def _acceptable(ask: Ask) -> tuple[str, str] | None:
    reasons = (
        ("NonCompliantHeader", any(_odd(name, value) for name, value in ask.headers)),
        ("SpaceInUri", " " in ask.path),
        ("GetHeadZeroContentLength", ask.method in ("GET", "HEAD") and bool(_lengths(ask))),
    )
    return next((("acceptable", reason) for reason, so in reasons if so), None)


def _suspicious(name: str) -> bool:
    """Whether a name looks like one of the two that tell a body's length, and isn't."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    return plain in ("contentlength", "transferencoding") and name.lower() not in (
        "content-length",
        "transfer-encoding",
    )


def _odd(name: str, value: str) -> bool:
    return not (name + value).isascii() or bool(_CONTROLS.search(name + value))
