"""robots.txt as RFC 9309 has it. Python's own parser takes the first rule, not the longest, and knows no `*`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from urllib.parse import quote

from ingestion.errors import Busy, PageFailed

from .addresses import Target
from .deadlines import Deadline
from .fetching import Fetcher, Limits

# RFC 9309, 2.5: at least 500 kibibytes are parsed.
MOST_BYTES = 500 * 1024
# Shorter than the 24 hours of RFC 9309, 2.4: a function's instance may live for hours.
KEPT_SECONDS = 600
_KEPT_HOSTS = 64


@dataclass(frozen=True)
class Rule:
    """A path pattern with what it says; `*` is anything, a last `$` the end."""

    allow: bool
    pattern: str


@dataclass(frozen=True)
class RobotRules:
    """Rules for one crawler on one host, the longest first."""

    rules: tuple[Rule, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be fetched: the longest rule decides, at equal length the allowing one."""
        if path == "/robots.txt":
            return True
        spelt = _spelt(path)
        return next((rule.allow for rule in self.rules if _matches(rule.pattern, spelt)), True)


def product_token(user_agent: str) -> str:
    """The name by which robots.txt calls a crawler: `SiteChat` of `SiteChat/1.0 (+https://...)`, in lower case."""
    found = re.match(r"[A-Za-z_-]+", user_agent)
    return found[0].lower() if found else ""


def parse_robots(text: str, token: str) -> RobotRules:
    """Rules of all groups that name `token`, else of those for `*`. Lines that mean nothing are passed over."""
    groups: dict[str, list[Rule]] = {}
    agents: list[str] = []
    naming = False
    for line in text.removeprefix("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent" and colon:
            agents = [*agents, _agent(value)] if naming else [_agent(value)]
            naming = True
            for agent in agents:
                groups.setdefault(agent, [])
        elif key in {"allow", "disallow"} and colon:
            naming = False
            if value:
                for agent in agents:
                    groups[agent].append(Rule(key == "allow", _spelt(value)))
    rules = groups.get(token, groups.get("*", []))
    return RobotRules(tuple(sorted(rules, key=lambda rule: (-len(rule.pattern), not rule.allow))))


class Robots:
    """Reads robots.txt of hosts and keeps the rules for a while."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._token = product_token(fetcher.user_agent)
        self._kept: dict[str, tuple[float, RobotRules]] = {}

    def check(self, target: Target, deadline: Deadline) -> None:
        """Raises PageFailed `robots` for a path that is forbidden, Busy `robots_unreachable` while nothing is known."""
        until, rules = self._kept.get(target.origin, (0.0, RobotRules()))
        if monotonic() >= until:
            rules = self._read(target, deadline)
            if len(self._kept) >= _KEPT_HOSTS:
                self._kept.clear()
            self._kept[target.origin] = (monotonic() + KEPT_SECONDS, rules)
        if not rules.allows(target.path):
            raise PageFailed("robots")

    def _read(self, target: Target, deadline: Deadline) -> RobotRules:
        """4xx allows everything, 5xx and no answer forbid it (RFC 9309, 2.3.1). 429 is no answer, as Google has it."""
        try:
            limits = Limits(MOST_BYTES, truncate=True)
            answer = self._fetcher.fetch(f"{target.origin}/robots.txt", limits=limits, deadline=deadline)
        except PageFailed as error:
            if error.code in {"address_refused", "unknown_host"}:
                raise
            if error.code.startswith("status_4") or error.code == "too_many_redirects":
                return RobotRules()
            raise Busy("robots_unreachable") from None
        except Busy:
            raise Busy("robots_unreachable") from None
        return parse_robots(answer.body.decode(errors="replace"), self._token)


def _agent(value: str) -> str:
    return "*" if value.startswith("*") else product_token(value)


def _spelt(path: str) -> str:
    """One spelling for both sides; in a pattern `*` and `$` stay."""
    text = quote(path, safe="/:@!$&'()*+,;=-._~%?")
    return re.sub(r"%[0-9A-Fa-f]{2}", _decoded, text)


def _decoded(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else found[0].upper()


def _matches(pattern: str, path: str) -> bool:
    """Piece after piece, each as early as it goes: no pattern takes longer than pattern times path."""
    ends = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return not ends or path == first
    return _follow(pieces, path, len(first), ends)


def _follow(pieces: Sequence[str], path: str, at: int, ends: bool) -> bool:
    for piece in pieces[:-1]:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    last = pieces[-1]
    return len(path) - len(last) >= at and path.endswith(last) if ends else path.find(last, at) >= 0
