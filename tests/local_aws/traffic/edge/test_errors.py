"""Errors: how long they are kept, and what a visitor sees instead."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.traffic.hops import Answer, Ask, HopError, whole
from tests.local_aws.traffic.edge.fakes import Site, fails, says

PATH = "/static/app.js"


def error(code: int, **more: Any) -> dict[str, Any]:
    return {"ErrorCode": code, "ResponsePagePath": "", "ResponseCode": "", "ErrorCachingMinTTL": 0} | more


def put(site: Site, *errors: dict[str, Any]) -> None:
    site.world.config["CustomErrorResponses"] = {"Quantity": len(errors), "Items": list(errors)}


def test_the_deployed_environment_keeps_no_error(site: Site) -> None:
    site.origins.service = says("gone", 404)
    got = site.get(PATH)
    assert (got.status, got.body, got.header("x-cache")) == (404, b"gone", "Error from cloudfront")
    site.origins.service = says("there")
    assert site.get(PATH).body == b"there"


@pytest.mark.parametrize("reply", [says("broken", 503), fails(HopError("refused", "gone"))])
def test_an_error_is_kept_for_ten_seconds_unless_said_otherwise(site: Site, reply: Any) -> None:
    put(site)
    site.origins.service = reply
    first = site.get("/health")
    site.origins.service = says("well")
    site.time += 9
    again = site.get("/health")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.header("x-cache") == "Error from cloudfront"
    site.time += 1
    assert site.get("/health").body == b"well"


@pytest.mark.parametrize(
    ("status", "headers", "kept"),
    [
        (404, {"cache_control": "no-store"}, False),
        (500, {"cache_control": "no-store"}, True),
        (403, {}, False),
        (403, {"cache_control": "max-age=1"}, True),
        (418, {"cache_control": "max-age=60"}, False),
    ],
)
def test_which_errors_are_kept(site: Site, status: int, headers: dict[str, str], kept: bool) -> None:
    put(site)
    site.origins.service = says("no", status, **headers)
    site.get(PATH)
    site.get(PATH)
    assert len(site.origins.asked) == (1 if kept else 2)


def test_an_errors_own_age_counts_where_it_is_longer(site: Site) -> None:
    put(site, error(500, ErrorCachingMinTTL=5))
    site.origins.service = says("no", 500, cache_control="max-age=30")
    site.get(PATH)
    site.time += 29
    site.get(PATH)
    assert len(site.origins.asked) == 1


def test_a_custom_error_without_a_time_keeps_ten_seconds(site: Site) -> None:
    put(site, {"ErrorCode": 500, "ResponsePagePath": "", "ResponseCode": ""})
    site.origins.service = says("no", 500)
    site.get(PATH)
    site.time += 9
    site.get(PATH)
    assert len(site.origins.asked) == 1


def test_a_post_keeps_no_error(site: Site) -> None:
    put(site)
    site.origins.service = says("broken", 500)
    site.send("POST", "/api/chat", body=b"{}")
    site.send("POST", "/api/chat", body=b"{}")
    assert len(site.origins.asked) == 2


def test_a_page_takes_an_errors_place(site: Site) -> None:
    put(site, error(404, ResponsePagePath="/static/404.html", ResponseCode="200"))

    async def reply(ask: Ask) -> Answer:
        if ask.path == "/static/404.html":
            return Answer(200, (("content-type", "text/html"),), whole(b"not here"))
        return Answer(404, (), whole(b"the origin's"))

    site.origins.service = reply
    got = site.get("/about")
    assert (got.status, got.body, got.header("content-type")) == (200, b"not here", "text/html")
    assert "page /static/404.html with 200" in got.steps()


def test_a_page_that_fails_is_the_answer(site: Site) -> None:
    put(site, error(404, ResponsePagePath="/static/404.html", ResponseCode="404"))

    async def reply(ask: Ask) -> Answer:
        return Answer(403 if ask.path == "/static/404.html" else 404, (), whole(b"no"))

    site.origins.service = reply
    assert site.get("/about").status == 403


def test_cloudfronts_own_error_has_a_page_too(site: Site) -> None:
    put(site, error(502, ResponsePagePath="/index.html", ResponseCode="503"))
    site.world.behaviour("default")["TargetOriginId"] = "fallback"
    site.origins.service = fails(HopError("refused", "gone"))
    got = site.send("POST", "/api/chat", body=b"{}")
    assert (got.status, got.body) == (503, b"the fallback page")


def test_a_page_that_stood_for_an_error_is_never_taken_for_the_object(site: Site) -> None:
    put(site, error(404, ResponsePagePath="/health", ResponseCode="200", ErrorCachingMinTTL=1))

    async def reply(ask: Ask) -> Answer:
        if ask.header("if-none-match"):
            return Answer(304)
        found = ask.path == "/health"
        return Answer(200 if found else 404, (("etag", '"1"'),), whole(b"the page" if found else b"gone"))

    site.origins.service = reply
    assert site.get(PATH).body == b"the page"
    site.origins.service = says("the object", etag='"1"')
    site.time += 1
    got = site.get(PATH)
    assert (got.status, got.body, site.origins.last.header("if-none-match")) == (200, b"the object", None)
