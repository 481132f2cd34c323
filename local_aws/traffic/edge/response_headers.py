"""Response headers policies: CORS, security headers, headers added and removed.

Source: CloudFront guide, "Understand response headers policies" and the API's ResponseHeadersPolicyConfig.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.traffic.edge.selections import items
from local_aws.traffic.hops import Answer, Ask


@dataclass(frozen=True)
class Added:
    """A header of a policy; without `override` the origin's own is left."""

    name: str
    value: str
    override: bool


@dataclass(frozen=True)
class Cors:
    """Cross-origin headers of a policy; `override` replaces all of the origin's."""

    origins: tuple[str, ...]
    headers: tuple[str, ...]
    methods: tuple[str, ...]
    exposed: tuple[str, ...]
    credentials: bool
    max_age: int | None
    override: bool


@dataclass(frozen=True)
class HeadersPolicy:
    """A response headers policy."""

    name: str
    added: tuple[Added, ...]
    removed: tuple[str, ...]
    cors: Cors | None

    def applied(self, answer: Answer, ask: Ask) -> Answer:
        """The answer with the policy's headers, for a visitor's request."""
        gone = {name.lower() for name in self.removed}
        headers = [(name, value) for name, value in answer.headers if name.lower() not in gone]
        for each in (*self.added, *self._cross_origin(answer, ask)):
            there = any(name.lower() == each.name.lower() for name, _ in headers)
            if there and not each.override:
                continue
            headers = [(name, value) for name, value in headers if name.lower() != each.name.lower()]
            headers.append((each.name, each.value))
        return replace(answer, headers=tuple(headers))

    def _cross_origin(self, answer: Answer, ask: Ask) -> Iterator[Added]:
        """CORS headers, only for requests with an Origin; all of the origin's are left where one is and none is
        overridden."""
        origin, cors = ask.header("origin"), self.cors
        if cors is None or origin is None or not any(_fits(each, origin) for each in cors.origins):
            return
        theirs = any(name.lower().startswith("access-control-") for name, _ in answer.headers)
        if theirs and not cors.override:
            return
        for name, value in _cors_values(cors, origin, preflight=_preflight(ask)):
            # What the answer varies by already, such as its encoding, stays.
            before = answer.header(name) if name == "vary" else None
            yield Added(name, f"{before}, {value}" if before else value, True)


def _preflight(ask: Ask) -> bool:
    return ask.method == "OPTIONS" and ask.header("access-control-request-method") is not None


def _cors_values(cors: Cors, origin: str, *, preflight: bool) -> Iterator[tuple[str, str]]:
    yield "access-control-allow-origin", "*" if "*" in cors.origins else origin
    if cors.credentials:
        yield "access-control-allow-credentials", "true"
    if "*" not in cors.origins:
        yield "vary", "Origin"
    if not preflight:
        if cors.exposed:
            yield "access-control-expose-headers", ", ".join(cors.exposed)
        return
    if cors.headers:
        yield "access-control-allow-headers", ", ".join(cors.headers)
    if cors.methods:
        yield "access-control-allow-methods", ", ".join(cors.methods)
    if cors.max_age is not None:
        yield "access-control-max-age", str(cors.max_age)


def _fits(pattern: str, origin: str) -> bool:
    """An allowed origin: exact, `*`, or with a `*` for the subdomain or the port."""
    if "*" not in pattern:
        return pattern == origin or origin.partition("://")[2] == pattern
    before, _, after = pattern.partition("*")
    sent = origin if "://" in pattern else origin.partition("://")[2]
    return pattern == "*" or (
        sent.startswith(before) and sent.endswith(after) and len(sent) >= len(before) + len(after)
    )


def headers_policy(config: Mapping[str, Any]) -> HeadersPolicy:
    """A `ResponseHeadersPolicyConfig`. ministack lists parts that were never set, as empty."""
    security = config.get("SecurityHeadersConfig") or {}
    custom = items(config.get("CustomHeadersConfig"))
    return HeadersPolicy(
        name=config["Name"],
        added=(
            *_security(security),
            *(Added(each["Header"], each.get("Value", ""), bool(each["Override"])) for each in custom),
        ),
        removed=tuple(each["Header"] for each in items(config.get("RemoveHeadersConfig"))),
        cors=_cors(config.get("CorsConfig")),
    )


def _security(config: Mapping[str, Any]) -> Iterator[Added]:
    values = {
        "StrictTransportSecurity": ("strict-transport-security", _transport),
        "ContentTypeOptions": ("x-content-type-options", lambda _: "nosniff"),
        "FrameOptions": ("x-frame-options", lambda part: part["FrameOption"]),
        "ReferrerPolicy": ("referrer-policy", lambda part: part["ReferrerPolicy"]),
        "ContentSecurityPolicy": ("content-security-policy", lambda part: part["ContentSecurityPolicy"]),
        "XSSProtection": ("x-xss-protection", _scripting),
    }
    for key, (name, value) in values.items():
        part = config.get(key)
        if part:
            yield Added(name, value(part), bool(part["Override"]))


def _transport(part: Mapping[str, Any]) -> str:
    more = (("IncludeSubdomains", "includeSubDomains"), ("Preload", "preload"))
    return "; ".join((f"max-age={part['AccessControlMaxAgeSec']}", *(text for key, text in more if part.get(key))))


def _scripting(part: Mapping[str, Any]) -> str:
    if not part["Protection"]:
        return "0"
    more = ("mode=block",) if part.get("ModeBlock") else ()
    report = (f"report={part['ReportUri']}",) if part.get("ReportUri") else ()
    return "; ".join(("1", *more, *report))


def _cors(config: Mapping[str, Any] | None) -> Cors | None:
    if not config or not items(config.get("AccessControlAllowOrigins")):
        return None
    age = config.get("AccessControlMaxAgeSec")
    return Cors(
        origins=tuple(items(config["AccessControlAllowOrigins"])),
        headers=tuple(items(config.get("AccessControlAllowHeaders"))),
        methods=tuple(items(config.get("AccessControlAllowMethods"))),
        exposed=tuple(items(config.get("AccessControlExposeHeaders"))),
        credentials=bool(config.get("AccessControlAllowCredentials")),
        max_age=None if age is None else int(age),
        override=bool(config.get("OriginOverride")),
    )
