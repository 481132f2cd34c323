"""Statements: parts, changes before, and three-valued logic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from local_aws.traffic.edge.firewall.fields import Inspected, transformed
from local_aws.traffic.edge.firewall.statements import Case, verdict
from tests.local_aws.traffic.edge.fakes import made

TRUE = {"SizeConstraintStatement": {"ComparisonOperator": "GE", "Size": 0}}
FALSE = {"SizeConstraintStatement": {"ComparisonOperator": "LT", "Size": 0}}
UNKNOWN: dict[str, Any] = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}
LOOK = {"FieldToMatch": {"UriPath": {}}, "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}
for each in (TRUE, FALSE):
    each["SizeConstraintStatement"] |= LOOK


def case(path: str = "/a?x=1&Y=two", body: bytes = b"", *, oversized: bool = False, **more: Any) -> Case:
    return Case(Inspected(made("GET", path, **more), body, oversized), {}, lambda settings, key: False)


def both(*parts: Any) -> dict[str, Any]:
    return {"AndStatement": {"Statements": list(parts)}}


def either(*parts: Any) -> dict[str, Any]:
    return {"OrStatement": {"Statements": list(parts)}}


def opposite(part: Any) -> dict[str, Any]:
    return {"NotStatement": {"Statement": part}}


@pytest.mark.parametrize(
    ("statement", "result"),
    [
        (both(TRUE, TRUE), True),
        (both(TRUE, UNKNOWN), None),
        (both(UNKNOWN, FALSE), False),
        (either(FALSE, FALSE), False),
        (either(FALSE, UNKNOWN), None),
        (either(UNKNOWN, TRUE), True),
        (opposite(TRUE), False),
        (opposite(UNKNOWN), None),
    ],
)
def test_what_is_not_known_goes_on(statement: dict[str, Any], result: bool | None) -> None:
    assert verdict(statement, case()) is result


def matched(field: dict[str, Any], searched: str, how: str = "EXACTLY", **more: Any) -> Any:
    look = LOOK | {"FieldToMatch": field, "SearchString": searched, "PositionalConstraint": how}
    return verdict({"ByteMatchStatement": look}, case(**more))


def test_parts_of_a_request() -> None:
    headers = (("X-A", "1"), ("Cookie", "a=1; b=2"))
    assert matched({"QueryString": {}}, "x=1&Y=two")
    assert matched({"Method": {}}, "GET")
    assert matched({"SingleHeader": {"Name": "x-a"}}, "1", headers=headers)
    assert not matched({"SingleHeader": {"Name": "x-b"}}, "1", headers=headers)
    assert matched({"SingleQueryArgument": {"Name": "y"}}, "two")
    assert matched({"AllQueryArguments": {}}, "two")
    everything = {"MatchPattern": {"All": {}}, "OversizeHandling": "CONTINUE"}
    assert matched({"Cookies": everything | {"MatchScope": "VALUE"}}, "2", headers=headers)
    assert not matched({"Cookies": everything | {"MatchScope": "KEY"}}, "2", headers=headers)
    named = everything | {"MatchPattern": {"IncludedHeaders": ["x-a"]}, "MatchScope": "ALL"}
    assert matched({"Headers": named}, "1", headers=headers)


@pytest.mark.parametrize(
    ("how", "searched", "result"),
    [
        ("STARTS_WITH", "/ab", True),
        ("ENDS_WITH", "d", True),
        ("CONTAINS", "b-c", True),
        ("CONTAINS_WORD", "c", True),
        ("CONTAINS_WORD", "ab-", False),
        ("EXACTLY", "/ab", False),
    ],
)
def test_positions(how: str, searched: str, result: bool) -> None:
    assert matched({"UriPath": {}}, searched, how, path="/ab-c d") is result


@pytest.mark.parametrize(
    ("oversize", "searched", "result"),
    [("MATCH", "no", True), ("NO_MATCH", "x", False), ("CONTINUE", "x", True), ("CONTINUE", "no", False)],
)
def test_a_body_beyond_the_limit(oversize: str, searched: str, result: bool) -> None:
    field = {"Body": {"OversizeHandling": oversize}}
    assert matched(field, searched, "CONTAINS", body=b"x" * 9, oversized=True) is result


@pytest.mark.parametrize(
    ("oversize", "name", "result"),
    [
        ("CONTINUE", "x-first", True),
        ("CONTINUE", "x-last", False),
        ("MATCH", "x-other", True),
        ("NO_MATCH", "x-first", False),
    ],
)
@pytest.mark.parametrize("between", [(("X-A", "a" * 8_192),), (("X-A", "a"),) * 200], ids=["bytes", "headers"])
def test_headers_beyond_the_limit(between: tuple[tuple[str, str], ...], oversize: str, name: str, result: bool) -> None:
    headers = (("X-First", "wanted"), *between, ("X-Last", "wanted"))
    field = {"MatchPattern": {"IncludedHeaders": [name]}, "MatchScope": "VALUE", "OversizeHandling": oversize}
    assert matched({"Headers": field}, "wanted", headers=headers) is result


def test_patterns() -> None:
    statement = {"RegexMatchStatement": LOOK | {"RegexString": "^/[a-c]+$"}}
    assert verdict(statement, case("/abc"))
    assert not verdict(statement, case("/abd"))


@pytest.mark.parametrize(
    ("header", "fallback", "result"),
    [("192.0.2.1, 10.0.0.1", "NO_MATCH", True), (None, "MATCH", False), ("nonsense", "MATCH", True)],
)
def test_an_address_of_a_header(header: str | None, fallback: str, result: bool) -> None:
    forwarded = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": fallback, "Position": "FIRST"}
    statement = {"IPSetReferenceStatement": {"ARN": "set", "IPSetForwardedIPConfig": forwarded}}
    asked = case(headers=(("X-Forwarded-For", header),) if header else ())
    asked.sets = {"set": ("192.0.2.0/24",)}
    assert verdict(statement, asked) is result


@pytest.mark.parametrize(
    ("kind", "given", "result"),
    [
        ("LOWERCASE", b"/API", b"/api"),
        ("URL_DECODE", b"%2Fapi+x", b"/api x"),
        ("NORMALIZE_PATH", b"/x/../api/", b"/api/"),
        ("NORMALIZE_PATH", b"//api/./x", b"/api/x"),
        ("COMPRESS_WHITE_SPACE", b"a \t\n b", b"a b"),
        ("HTML_ENTITY_DECODE", b"&lt;a", b"<a"),
        ("REMOVE_NULLS", b"a\0b", b"ab"),
        ("BASE64_DECODE", b"YQ==", b"a"),
    ],
)
def test_changes_before(kind: str, given: bytes, result: bytes) -> None:
    assert transformed(given, [{"Priority": 0, "Type": kind}]) == result


def test_changes_go_by_priority() -> None:
    changes: list[Mapping[str, Any]] = [{"Priority": 1, "Type": "LOWERCASE"}, {"Priority": 0, "Type": "BASE64_DECODE"}]
    assert transformed(b"QQ==", changes) == b"a"
