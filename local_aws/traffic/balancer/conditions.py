"""Conditions of listener rules: which requests a rule is for.

As "Condition types for listener rules" of the ELB guide says: all conditions of a rule have to hold, one of a
condition's values suffices, `*` and `?` are wildcards except in methods and addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote_plus

from local_aws.traffic.balancer.deployed import Item, Listener, Rule
from local_aws.traffic.headers import without_port
from local_aws.traffic.hops import Ask


class UnknownError(Exception):
    """Something that is deployed and that this load balancer doesn't know; answered with 501."""


def matching_rule(listener: Listener, ask: Ask, client: str) -> Rule:
    """The first rule, by priority, whose conditions hold; `client` is the address that the request came from.

    Raises UnknownError at the first rule whose conditions can't be judged.
    """
    return next(rule for rule in listener.rules if all(holds(each, ask, client) for each in rule.conditions))


def holds(condition: Item, ask: Ask, client: str) -> bool:
    """Whether a condition holds for a request."""
    field = condition["Field"]
    known = _KNOWN.get(field)
    if known is None:
        raise UnknownError(f"a condition on {field} isn't known here")
    key, judge = known
    settings = condition.get(key) or {}
    values = tuple(settings.get("Values") or condition.get("Values") or ())
    if settings.get("RegexValues") or condition.get("RegexValues"):
        raise UnknownError(f"a regular expression for {field} isn't known here")
    if not values:
        # ELB has no condition without values: the emulator didn't keep them.
        raise UnknownError(f"the values of a condition on {field} aren't kept by the emulator")
    return judge(ask, client, settings, values)


Judge = Callable[[Ask, str, Item, tuple[Any, ...]], bool]


def _path(ask: Ask, _client: str, _settings: Item, values: tuple[Any, ...]) -> bool:
    """The path alone, as it was sent; upper and lower case differ."""
    path = ask.path.partition("?")[0]
    return any(_pattern(value, False).fullmatch(path) for value in values)


def _host(ask: Ask, _client: str, _settings: Item, values: tuple[Any, ...]) -> bool:
    host = host_of(ask)
    return any(_pattern(value, True).fullmatch(host) for value in values)


def _header(ask: Ask, _client: str, settings: Item, values: tuple[Any, ...]) -> bool:
    name = settings["HttpHeaderName"].lower()
    sent = [value for key, value in ask.headers if key.lower() == name]
    return any(_pattern(value, True).fullmatch(each) for value in values for each in sent)


def _method(ask: Ask, _client: str, _settings: Item, values: tuple[Any, ...]) -> bool:
    return ask.method in values


def _query(ask: Ask, _client: str, _settings: Item, values: tuple[Any, ...]) -> bool:
    """A pair of key and value, or a value under any key. A backslash before `*` or `?` takes it literally."""
    pairs = [part.partition("=") for part in ask.path.partition("?")[2].split("&") if part]
    sent = [(unquote_plus(key), unquote_plus(value)) for key, _, value in pairs]
    return any(
        (not each.get("Key") or _pattern(each["Key"], True, True).fullmatch(key))
        and _pattern(each.get("Value", ""), True, True).fullmatch(value)
        for each in values
        for key, value in sent
    )


def _source(_ask: Ask, client: str, _settings: Item, values: tuple[Any, ...]) -> bool:
    """The address of the connection's other end; X-Forwarded-For doesn't count."""
    if not client:
        raise UnknownError("a condition on source-ip: AWS doesn't document the address that this request came from")
    return any(ip_address(client) in ip_network(value, strict=False) for value in values)


_KNOWN: dict[str, tuple[str, Judge]] = {
    "path-pattern": ("PathPatternConfig", _path),
    "host-header": ("HostHeaderConfig", _host),
    "http-header": ("HttpHeaderConfig", _header),
    "http-request-method": ("HttpRequestMethodConfig", _method),
    "query-string": ("QueryStringConfig", _query),
    "source-ip": ("SourceIpConfig", _source),
}


def host_of(ask: Ask) -> str:
    """Host name of a request without its port."""
    return without_port(ask.header("host") or "")


def described(conditions: Iterable[Item]) -> str:
    """Conditions in a few words, for the road."""
    return " and ".join(_words(each) for each in conditions) or "no condition"


def _words(condition: Item) -> str:
    settings = condition.get(_KNOWN[condition["Field"]][0]) or {}
    values = settings.get("Values") or condition.get("Values") or ()
    name = settings.get("HttpHeaderName")
    shown = " or ".join(
        f"{each.get('Key', '*')}={each['Value']}" if isinstance(each, dict) else each for each in values
    )
    return f"{condition['Field']} {name + ' ' if name else ''}{shown}"


@lru_cache(1024)
def _pattern(text: str, any_case: bool, escapes: bool = False) -> re.Pattern[str]:
    """A pattern with wildcards; with `escapes`, a backslash before one takes it literally, which query strings alone
    document (ELB API, QueryStringConditionConfig)."""
    wild = {"*": ".*", "?": "."}
    parts = re.findall(r"\\[*?]|." if escapes else ".", text, re.DOTALL)
    written = "".join(wild.get(each) or re.escape(each[-1]) for each in parts)
    return re.compile(written, re.DOTALL | (re.IGNORECASE if any_case else 0))
