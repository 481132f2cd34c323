"""Conditions, redirects, refusals and headers: each as the ELB guide says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from local_aws.traffic.balancer.conditions import UnknownError, holds
from local_aws.traffic.balancer.deployed import Listener, LoadBalancer
from local_aws.traffic.balancer.forwarded import target_headers, trace_id
from local_aws.traffic.balancer.inspection import classification, kept_headers, objection
from local_aws.traffic.balancer.pages import redirect
from local_aws.traffic.headers import end_to_end
from tests.support.balancing import request

LISTENER = Listener("l", 80, "HTTP", (), (), {})


def balancer(**attributes: str) -> LoadBalancer:
    named = {f"routing.http.{name}": value for name, value in attributes.items()}
    return LoadBalancer("arn", "web", "application", "active", "web.example", (), (), named, ())


def condition(field: str, *values: Any, **settings: Any) -> dict[str, Any]:
    keys = {"path-pattern": "PathPattern", "host-header": "HostHeader", "http-header": "HttpHeader"}
    keys |= {"http-request-method": "HttpRequestMethod", "query-string": "QueryString", "source-ip": "SourceIp"}
    return {"Field": field, f"{keys[field]}Config": {"Values": list(values), **settings}}


@pytest.mark.parametrize(
    ("given", "path", "fits"),
    [
        (condition("path-pattern", "/api/*"), "/api/chat?x=/other", True),
        (condition("path-pattern", "/api/*"), "/API/chat", False),
        (condition("path-pattern", "/api/*"), "/x?/api/", False),
        (condition("path-pattern", "/a?c", "/b"), "/abc", True),
        (condition("path-pattern", "/a?c"), "/ac", False),
        (condition("path-pattern", "/a.c"), "/abc", False),
        (condition("host-header", "*.example.com"), "/", True),
        (condition("host-header", "example.com"), "/", False),
        (condition("http-header", "*CHROME*", HttpHeaderName="user-agent"), "/", True),
        (condition("http-header", "*", HttpHeaderName="x-none"), "/", False),
        (condition("http-request-method", "GET", "HEAD"), "/", True),
        (condition("http-request-method", "get"), "/", False),
        (condition("query-string", {"Key": "version", "Value": "v1"}), "/?a=b&Version=V1", True),
        (condition("query-string", {"Key": "version", "Value": "v1"}), "/?version=v2", False),
        (condition("query-string", {"Value": "ex*"}), "/?any=example", True),
        (condition("query-string", {"Value": "a b"}), "/?any=a%20b", True),
        (condition("query-string", {"Key": r"a\?", "Value": r"1\*"}), "/?a%3F=1*", True),
        (condition("query-string", {"Value": r"1\*"}), "/?any=12", False),
        (condition("query-string", {"Value": r"\d*"}), r"/?any=\day", True),
        (condition("source-ip", "10.0.0.0/8", "192.0.2.7/32"), "/", True),
        (condition("source-ip", "192.0.2.0/24"), "/", False),
    ],
)
def test_a_condition(given: dict[str, Any], path: str, fits: bool) -> None:
    headers = (("Host", "WWW.example.com:8080"), ("User-Agent", "x Chrome/1"))
    assert bool(holds(given, request(path, headers=headers), "10.1.2.3")) is fits


def test_conditions_that_cannot_be_judged_are_not_guessed() -> None:
    with pytest.raises(UnknownError, match="source-ip"):
        holds(condition("source-ip", "10.0.0.0/8"), request(), "")
    with pytest.raises(UnknownError, match="aren't kept"):
        holds({"Field": "query-string", "Values": []}, request(), "")
    with pytest.raises(UnknownError, match="jwt"):
        holds({"Field": "jwt", "Values": ["x"]}, request(), "")


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "http://a.example:80/x/y?q=1"),
        ({"Protocol": "HTTPS", "Port": "443"}, "https://a.example:443/x/y?q=1"),
        ({"Host": "new.#{host}", "Path": "/old/#{path}"}, "http://new.a.example:80/old/x/y?q=1"),
        ({"Path": "/", "Query": ""}, "http://a.example:80/"),
        ({"Query": "from=#{host}:#{port}&#{query}"}, "http://a.example:80/x/y?from=a.example:80&q=1"),
    ],
)
def test_a_redirect_keeps_what_it_does_not_change(settings: dict[str, str], address: str) -> None:
    action = {"RedirectConfig": {"StatusCode": "HTTP_302", **settings}}
    answer = redirect(action, balancer(), LISTENER, request("/x/y?q=1", headers=(("Host", "a.example:80"),)))
    assert (answer.status, answer.header("location")) == (302, address)


HOST = ("Host", "a")
CHUNKED, THREE, FOUR = ("Transfer-Encoding", "chunked"), ("Content-Length", "3"), ("content-length", "4")


@pytest.mark.parametrize(
    ("method", "headers", "path", "found"),
    [
        ("GET", (HOST,), "/", None),
        ("POST", (HOST, THREE), "/", None),
        ("DELETE", (HOST, ("Content-Length", "0")), "/", None),
        ("GET", (HOST, ("Content-Length", "0")), "/", ("acceptable", "GetHeadZeroContentLength")),
        ("GET", (HOST, ("X-A", "\x01")), "/", ("acceptable", "NonCompliantHeader")),
        ("GET", (HOST,), "/a b", ("acceptable", "SpaceInUri")),
        ("GET", (HOST, THREE), "/", ("ambiguous", "UndefinedContentLengthSemantics")),
        ("HEAD", (HOST, CHUNKED), "/", ("ambiguous", "UndefinedTransferEncodingSemantics")),
        (
            "POST",
            (HOST, THREE, CHUNKED),
            "/",
            ("ambiguous", "BothTeClPresent"),
        ),
        (
            "POST",
            (HOST, THREE, THREE),
            "/",
            ("ambiguous", "DuplicateContentLength"),
        ),
        ("POST", (HOST, ("Content_Length", "3")), "/", ("ambiguous", "SuspiciousHeader")),
        ("POST", (HOST, THREE, FOUR), "/", ("severe", "MultipleContentLength")),
        ("POST", (HOST, ("Content-Length", "+3")), "/", ("severe", "BadContentLength")),
    ],
)
def test_the_class_of_a_request_and_which_mode_blocks_it(
    method: str, headers: tuple[tuple[str, str], ...], path: str, found: tuple[str, str] | None
) -> None:
    asked = request(path, method=method, headers=headers)
    assert classification(asked) == found
    blocked = {
        mode: bool(objection(asked, balancer(desync_mitigation_mode=mode)))
        for mode in ("monitor", "defensive", "strictest")
    }
    assert blocked == {"monitor": False, "defensive": bool(found and found[0] == "severe"), "strictest": bool(found)}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"method": "TRACE"}, 405),
        ({"path": "/" + "x" * 16385}, 414),
        ({"headers": (("X", "y" * 16385),)}, 400),
        ({"headers": tuple((f"X{index}", "y" * 8000) for index in range(9))}, 400),
        ({"headers": (("X-Forwarded-For", ", ".join(["192.0.2.1"] * 31)),)}, 463),
        ({"method": "POST", "headers": (("Transfer-Encoding", "gzip"),)}, 501),
        ({"headers": (("X-Forwarded-For", ", ".join(["192.0.2.1"] * 30)),)}, None),
    ],
)
def test_requests_that_no_rule_is_asked_about(changes: dict[str, Any], status: int | None) -> None:
    asked = replace(request(), **changes)
    found = objection(asked, balancer())
    assert (found.status if found else None) == status


def test_invalid_header_names_are_dropped_only_where_it_is_set() -> None:
    asked = request(headers=(HOST, ("x_bad", "1")))
    assert kept_headers(asked, balancer()) == asked.headers
    assert kept_headers(asked, balancer(**{"drop_invalid_header_fields.enabled": "true"})) == (HOST,)


def headers_of(
    *sent: tuple[str, str], client: str = "10.0.0.9", listener: Listener = LISTENER, by: LoadBalancer | None = None
) -> dict[str, str]:
    found = target_headers(request(headers=sent), by or balancer(), listener, client)
    assert len({name.lower() for name, _ in found}) == len(found)
    return {name.lower(): value for name, value in found}


def test_a_target_is_told_who_asked_and_how() -> None:
    found = headers_of(("Host", "a.example:80"), ("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-Proto", "https"))
    assert found["host"] == "a.example"
    assert found["x-forwarded-for"] == "203.0.113.1, 10.0.0.9"
    assert (found["x-forwarded-proto"], found["x-forwarded-port"]) == ("http", "80")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", found["x-amzn-trace-id"])
    assert headers_of(("Host", "a"), listener=replace(LISTENER, port=8443))["host"] == "a:8443"
    preserved = headers_of(("Host", "a:80"), by=balancer(**{"preserve_host_header.enabled": "true"}))
    assert preserved["host"] == "a:80"


def test_x_forwarded_for_by_its_mode() -> None:
    sent = (("Host", "a"), ("X-Forwarded-For", "203.0.113.1"))
    mode = "xff_header_processing.mode"
    assert headers_of(*sent, by=balancer(**{mode: "preserve"}))["x-forwarded-for"] == "203.0.113.1"
    assert "x-forwarded-for" not in headers_of(*sent, by=balancer(**{mode: "remove"}))
    assert "x-forwarded-for" not in headers_of(("Host", "a"), client="")
    with pytest.raises(UnknownError):
        headers_of(*sent, by=balancer(**{mode: "other"}))


def test_headers_about_a_connection_stay_on_it() -> None:
    found = headers_of(("Host", "a"), ("Connection", "keep-alive, X-Own"), ("X-Own", "1"), ("TE", "trailers"))
    assert not {"connection", "x-own", "te"} & set(found)
    assert end_to_end((("Transfer-Encoding", "chunked"), ("Set-Cookie", "a"), ("Set-Cookie", "b"))) == (
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    )
    with pytest.raises(UnknownError, match="websocket"):
        headers_of(("Host", "a"), ("Upgrade", "websocket"))
    renamed = {"routing.http.response.x_frame_options.header_value": "DENY"}
    with pytest.raises(UnknownError, match="x_frame_options"):
        headers_of(("Host", "a"), listener=replace(LISTENER, attributes=renamed))


def test_a_trace_goes_on_under_its_root() -> None:
    assert re.fullmatch(r"Self=1-[0-9a-f-]+;Root=1-a;X=y", trace_id("Root=1-a;X=y"))
    assert re.fullmatch(r"Self=1-[0-9a-f-]+;Root=1-a", trace_id("Self=1-b;Root=1-a"))
