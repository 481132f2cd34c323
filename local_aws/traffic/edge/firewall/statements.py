"""Statements of WAF's rules.

A statement is true, false, or None where nobody here can know: of a managed rule group, its labels, or a country. None
goes on by the rules of three-valued logic, so that what isn't evaluated neither blocks nor lets through what is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.traffic.edge.firewall.fields import Inspected, transformed
from local_aws.traffic.edge.firewall.fields import field as part_of
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.hops import Ask

Verdict = bool | None
# Labels that nothing here gives: of managed groups, of countries, of AWS's bot and fraud control.
_LABELS_OF_AWS = ("awswaf:managed:", "awswaf:clientip:", "awswaf:forwardedip:")


@dataclass
class Case:
    """One request before one web ACL, the sets its rules name by ARN, the labels so far, and what stays unknown."""

    seen: Inspected
    sets: Mapping[str, tuple[str, ...]]
    counted: Callable[[Mapping[str, Any], str], bool]
    labels: set[str] = field(default_factory=set)
    own_labels: str = ""
    unknown: set[str] = field(default_factory=set)

    def unsure(self, what: str) -> None:
        """A result that nobody here can know."""
        self.unknown.add(what)


def verdict(statement: Mapping[str, Any], case: Case) -> Verdict:
    """Whether a request matches a statement.

    Raises:
        GapError: a statement that isn't built.
    """
    name, settings = next((name, part) for name, part in statement.items() if part is not None)
    judge = _JUDGES.get(name)
    if judge is None:
        raise GapError(f"a web ACL's {name}")
    return judge(settings, case)


def _all(settings: Mapping[str, Any], case: Case) -> Verdict:
    found = [verdict(each, case) for each in settings["Statements"]]
    return False if False in found else None if None in found else True


def _any(settings: Mapping[str, Any], case: Case) -> Verdict:
    found = [verdict(each, case) for each in settings["Statements"]]
    return True if True in found else None if None in found else False


def _not(settings: Mapping[str, Any], case: Case) -> Verdict:
    found = verdict(settings["Statement"], case)
    return None if found is None else not found


def _group(settings: Mapping[str, Any], case: Case) -> Verdict:
    case.unsure(f"managed group {settings['Name']}")
    return None


def _country(_: Mapping[str, Any], case: Case) -> Verdict:
    case.unsure("the country of an address")
    return None


def _label(settings: Mapping[str, Any], case: Case) -> Verdict:
    """A label by its end, or a namespace by its place before the last colon (WAF guide, label match)."""
    key = settings["Key"]
    if settings["Scope"] == "NAMESPACE":
        wanted = key if key.endswith(":") else f"{key}:"
        found = any(f":{wanted}" in f":{each}" for each in case.labels)
    else:
        found = any(each == key or each.endswith(f":{key}") for each in case.labels)
    if not found and key.startswith(_LABELS_OF_AWS):
        case.unsure("labels of managed groups")
        return None
    return found


def _bytes(settings: Mapping[str, Any], case: Case) -> Verdict:
    wanted = settings["SearchString"]
    searched = wanted.encode() if isinstance(wanted, str) else bytes(wanted)
    test = _POSITIONS[settings["PositionalConstraint"]]
    return _over(settings, case, lambda value: test(value, searched))


_POSITIONS: dict[str, Callable[[bytes, bytes], bool]] = {
    "EXACTLY": lambda value, searched: value == searched,
    "STARTS_WITH": lambda value, searched: value.startswith(searched),
    "ENDS_WITH": lambda value, searched: value.endswith(searched),
    "CONTAINS": lambda value, searched: searched in value,
    "CONTAINS_WORD": lambda value, searched: (
        re.search(rb"(?<!\w)" + re.escape(searched) + rb"(?!\w)", value) is not None
    ),
}


def _size(settings: Mapping[str, Any], case: Case) -> Verdict:
    compare = _COMPARISONS[settings["ComparisonOperator"]]
    return _over(settings, case, lambda value: compare(len(value), int(settings["Size"])))


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "EQ": lambda a, b: a == b,
    "NE": lambda a, b: a != b,
    "LE": lambda a, b: a <= b,
    "LT": lambda a, b: a < b,
    "GE": lambda a, b: a >= b,
    "GT": lambda a, b: a > b,
}


def _pattern(settings: Mapping[str, Any], case: Case) -> Verdict:
    return _matches(settings, case, (settings["RegexString"],))


def _patterns(settings: Mapping[str, Any], case: Case) -> Verdict:
    return _matches(settings, case, case.sets[settings["ARN"]])


def _matches(settings: Mapping[str, Any], case: Case, written: Iterable[str]) -> Verdict:
    try:
        patterns = [re.compile(each.encode()) for each in written]
    except re.error as error:
        raise GapError(f"a web ACL's pattern that Python doesn't read ({error})") from error
    return _over(settings, case, lambda value: any(each.search(value) for each in patterns))


def _over(settings: Mapping[str, Any], case: Case, test: Callable[[bytes], bool]) -> Verdict:
    found = part_of(settings["FieldToMatch"], case.seen)
    if found.settled is not None:
        return found.settled
    return any(test(transformed(value, settings["TextTransformations"])) for value in found.values)


def _addresses(settings: Mapping[str, Any], case: Case) -> Verdict:
    sent = address(settings.get("IPSetForwardedIPConfig"), case.seen.ask)
    if isinstance(sent, bool):
        return sent
    networks = [ipaddress.ip_network(each, strict=False) for each in case.sets[settings["ARN"]]]
    return any(sent.version == each.version and sent in each for each in networks)


def address(forwarded: Mapping[str, Any] | None, ask: Ask) -> ipaddress.IPv4Address | ipaddress.IPv6Address | bool:
    """The address a rule goes by: the client's, or one of a header; a header that has none settles the rule."""
    if not forwarded:
        return ipaddress.ip_address(ask.client)
    sent = [each.strip() for each in (ask.header(forwarded["HeaderName"]) or "").split(",") if each.strip()]
    # Without the header a rule doesn't apply (WAF guide, forwarded IP addresses).
    if not sent:
        return False
    if forwarded.get("Position") == "ANY":
        raise GapError("a web ACL's address in any position of a header")
    try:
        return ipaddress.ip_address(sent[-1] if forwarded.get("Position") == "LAST" else sent[0])
    except ValueError:
        return str(forwarded["FallbackBehavior"]) == "MATCH"


def _rate(settings: Mapping[str, Any], case: Case) -> Verdict:
    """True for a request beyond the limit, counted by address among those that the scope-down statement takes."""
    scope = settings.get("ScopeDownStatement")
    within = verdict(scope, case) if scope else True
    if not within:
        return within
    kind = settings["AggregateKeyType"]
    if kind == "CONSTANT":
        return case.counted(settings, "")
    if kind not in ("IP", "FORWARDED_IP"):
        raise GapError(f"a web ACL's rate by {kind}")
    sent = address(settings.get("ForwardedIPConfig") if kind == "FORWARDED_IP" else None, case.seen.ask)
    return sent if isinstance(sent, bool) else case.counted(settings, str(sent))


_JUDGES: dict[str, Callable[[Mapping[str, Any], Case], Verdict]] = {
    "AndStatement": _all,
    "OrStatement": _any,
    "NotStatement": _not,
    "ManagedRuleGroupStatement": _group,
    "GeoMatchStatement": _country,
    "LabelMatchStatement": _label,
    "ByteMatchStatement": _bytes,
    "SizeConstraintStatement": _size,
    "RegexMatchStatement": _pattern,
    "RegexPatternSetReferenceStatement": _patterns,
    "IPSetReferenceStatement": _addresses,
    "RateBasedStatement": _rate,
}
