"""What is kept, for whom and how long: `/static/*` of the deployed environment."""

from __future__ import annotations

import asyncio
import gzip
from email.utils import formatdate

import pytest

from local_aws.traffic.edge import store
from local_aws.traffic.hops import Answer, Ask, HopError, whole
from tests.local_aws.traffic.edge.fakes import Site, fails, says

PATH = "/static/app.js"
Sent = tuple[str, tuple[tuple[str, str], ...]]


def asked(site: Site) -> int:
    return len(site.origins.asked)


def test_a_second_request_is_a_hit_with_its_age(site: Site) -> None:
    assert site.get(PATH).header("x-cache") == "Miss from cloudfront"
    site.time += 7
    got = site.get(PATH)
    assert (got.body, got.header("x-cache"), got.header("age")) == (b"from the service", "Hit from cloudfront", "7")
    assert got.header("x-frame-options") == "DENY"
    assert asked(site) == 1


def test_without_a_word_of_the_origin_the_default_is_a_day(site: Site) -> None:
    site.get(PATH)
    site.time += 86_399
    assert site.get(PATH).header("x-cache") == "Hit from cloudfront"
    site.time += 1
    assert site.get(PATH).header("x-cache") == "Miss from cloudfront"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=60", 60),
        ("max-age=60, s-maxage=90", 90),
        ("max-age=99999999", 31_536_000),
        ("no-store", 0),
        ("no-cache", 0),
        ("private, max-age=60", 0),
    ],
)
def test_cache_control_decides_within_the_policys_times(site: Site, said: str, seconds: int) -> None:
    site.origins.service = says("x", cache_control=said)
    site.get(PATH)
    if seconds:
        site.time += seconds - 1
        assert site.get(PATH).header("x-cache") == "Hit from cloudfront"
        site.time += 1
    assert site.get(PATH).header("x-cache") == "Miss from cloudfront"


def test_a_minimum_keeps_what_the_origin_would_not(site: Site) -> None:
    site.world.policy("CachePolicy", "local-static")["MinTTL"] = 5
    site.origins.service = says("x", cache_control="no-store")
    site.get(PATH)
    site.time += 4
    assert site.get(PATH).header("x-cache") == "Hit from cloudfront"
    site.time += 1
    assert site.get(PATH).header("x-cache") == "Miss from cloudfront"


@pytest.mark.parametrize(("expires", "outcome"), [(formatdate(1, usegmt=True), "Miss"), ("0", "Miss"), (None, "Hit")])
def test_expires_counts_where_no_age_is_said(site: Site, expires: str | None, outcome: str) -> None:
    site.origins.service = says("x", 200, **({"expires": expires} if expires else {}))
    site.get(PATH)
    assert site.get(PATH).header("x-cache") == f"{outcome} from cloudfront"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((f"{PATH}?a=1", ()), (f"{PATH}?a=2", ()), True),
        ((PATH, (("Cookie", "a=1"),)), (PATH, (("Cookie", "a=2"),)), True),
        ((PATH, (("Accept-Language", "de"),)), (PATH, ()), True),
        ((PATH, (("Accept-Encoding", "gzip, deflate"),)), (PATH, (("Accept-Encoding", "gzip;q=1"),)), True),
        ((PATH, (("Accept-Encoding", "gzip"),)), (PATH, ()), False),
        ((PATH, ()), ("/static/other.js", ()), False),
    ],
)
def test_the_key_of_the_deployed_policy(site: Site, first: Sent, second: Sent, same: bool) -> None:
    site.get(first[0], headers=first[1])
    site.get(second[0], headers=second[1])
    assert asked(site) == (1 if same else 2)


def test_values_in_the_key_separate_answers_and_reach_the_origin(site: Site) -> None:
    key = site.world.policy("CachePolicy", "local-static")["ParametersInCacheKeyAndForwardedToOrigin"]
    key["HeadersConfig"]["Headers"]["Items"].append("Accept-Language")
    key["CookiesConfig"] = {"CookieBehavior": "whitelist", "Cookies": {"Quantity": 1, "Items": ["a"]}}
    key["QueryStringsConfig"] = {"QueryStringBehavior": "allExcept", "QueryStrings": {"Quantity": 1, "Items": ["u"]}}
    for path, headers in (
        (f"{PATH}?v=1&u=1", (("Accept-Language", "de"), ("Cookie", "a=1; b=1"))),
        (f"{PATH}?v=1&u=2", (("Accept-Language", "de"), ("Cookie", "b=2; a=1"))),
    ):
        site.get(path, headers=headers)
    assert asked(site) == 1
    assert site.origins.last.path == f"{PATH}?v=1"
    assert (site.origins.last.header("cookie"), site.origins.last.header("accept-language")) == ("a=1", "de")
    for path, language, cookie in (
        (f"{PATH}?v=2", "de", "a=1"),
        (f"{PATH}?v=1", "en", "a=1"),
        (f"{PATH}?v=1", "de", "a=2"),
    ):
        site.get(path, headers=(("Accept-Language", language), ("Cookie", cookie)))
    assert asked(site) == 4


def test_vary_changes_nothing(site: Site) -> None:
    site.origins.service = says("x", vary="Accept-Language")
    site.get(PATH, headers=(("Accept-Language", "de"),))
    assert site.get(PATH, headers=(("Accept-Language", "en"),)).header("x-cache") == "Hit from cloudfront"


def test_uncached_paths_are_always_asked_for(site: Site) -> None:
    for path in ("/health", "/about", "/api/x"):
        site.origins.asked.clear()
        site.get(path)
        site.get(path)
        assert asked(site) == 2


def test_a_head_is_served_by_a_kept_get_and_keeps_nothing(site: Site) -> None:
    site.send("HEAD", PATH)
    site.get(PATH)
    assert asked(site) == 2
    got = site.send("HEAD", PATH)
    assert (got.header("x-cache"), got.body) == ("Hit from cloudfront", b"")


def test_a_range_passes_and_is_not_kept(site: Site) -> None:
    site.origins.service = says("ran", 206, content_range="bytes 0-2/9")
    assert site.get(PATH, headers=(("Range", "bytes=0-2"),)).status == 206
    assert site.origins.last.header("range") == "bytes=0-2"
    site.origins.service = says("range and", 200)
    assert site.get(PATH).body == b"range and"
    site.origins.service = says("ran", 206)
    assert site.get(PATH, headers=(("Range", "bytes=0-2"),)).body == b"ran"


def test_an_old_answer_is_revalidated(site: Site) -> None:
    site.origins.service = says("x", cache_control="max-age=10", etag='"1"')
    site.get(PATH)
    site.time += 10

    async def unchanged(ask: Ask) -> Answer:
        assert ask.header("if-none-match") == '"1"'
        return Answer(304, (("cache-control", "max-age=20"),))

    site.origins.service = unchanged
    got = site.get(PATH)
    assert (got.status, got.body, got.header("x-cache")) == (200, b"x", "RefreshHit from cloudfront")
    site.time += 19
    assert site.get(PATH).header("x-cache") == "Hit from cloudfront"


@pytest.mark.parametrize("failure", [says("broken", 500), fails(HopError("refused", "gone"))])
def test_an_old_answer_serves_while_the_origin_fails(site: Site, failure: object) -> None:
    site.origins.service = says("x", cache_control="max-age=10")
    site.get(PATH)
    site.time += 10
    site.origins.service = failure  # type: ignore[assignment]
    assert (site.get(PATH).status, site.get(PATH).body) == (200, b"x")


def test_a_viewer_that_has_it_gets_304(site: Site) -> None:
    site.origins.service = says("x", etag='"1"')
    site.get(PATH)
    got = site.get(PATH, headers=(("If-None-Match", 'W/"1"'),))
    assert (got.status, got.body) == (304, b"")
    assert site.get(PATH, headers=(("If-None-Match", '"2"'),)).status == 200


def test_a_body_that_is_too_long_is_passed_on_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGEST_BODY_BYTES", 10)
    assert site.get(PATH).body == b"from the service"
    assert site.get(PATH).header("x-cache") == "Miss from cloudfront"


def test_a_body_that_broke_off_is_not_kept(site: Site) -> None:
    async def short(ask: Ask) -> Answer:
        return Answer(200, (("content-length", "9"),), whole(b"four"))

    site.origins.service = short
    site.get(PATH)
    site.get(PATH)
    assert asked(site) == 2


def test_the_least_used_answer_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGEST_STORE_BYTES", 3_000)
    kept = store.Store(lambda: 0.0)
    kept.keep(("a",), 200, (), b"12345", 60)
    kept.keep(("b",), 200, (), b"12345", 60)
    kept.find(("a",))
    kept.keep(("c",), 200, (), b"1", 60)
    assert kept.find(("b",)) is None
    assert kept.find(("a",)) is not None


def test_cacheable_text_is_compressed_once(site: Site) -> None:
    text = "all the same " * 200
    site.origins.service = says(text, content_type="text/css; charset=utf-8", etag='"1"')
    for outcome in ("Miss", "Hit"):
        got = site.get(PATH, headers=(("Accept-Encoding", "br, gzip"),))
        assert gzip.decompress(got.body).decode() == text
        assert (got.header("content-encoding"), got.header("etag"), got.header("vary")) == (
            "gzip",
            'W/"1"',
            "Accept-Encoding",
        )
        assert got.header("content-length") is None
        assert got.header("x-cache") == f"{outcome} from cloudfront"
    assert site.origins.last.header("accept-encoding") == "br,gzip"
    assert site.get(PATH).body == text.encode()


@pytest.mark.parametrize(
    ("path", "length", "kind", "accepted"),
    [
        ("/health", 5000, "text/css", "gzip"),
        (PATH, 999, "text/css", "gzip"),
        (PATH, 5000, "image/png", "gzip"),
        (PATH, 5000, "text/css", "br"),
        (PATH, 5000, "text/css", "identity"),
    ],
)
def test_what_is_not_compressed(site: Site, path: str, length: int, kind: str, accepted: str) -> None:
    site.origins.service = says("a" * length, content_type=kind)
    got = site.get(path, headers=(("Accept-Encoding", accepted),))
    assert (got.header("content-encoding"), got.body) == (None, b"a" * length)


def test_what_is_encoded_already_is_left_alone(site: Site) -> None:
    site.origins.service = says("a" * 5000, content_type="text/css", content_encoding="br")
    got = site.get(PATH, headers=(("Accept-Encoding", "br, gzip"),))
    assert (got.header("content-encoding"), len(got.body)) == ("br", 5000)


def test_a_behaviour_may_leave_compression_out(site: Site) -> None:
    site.world.behaviour("/static/*")["Compress"] = False
    site.origins.service = says("a" * 5000, content_type="text/css")
    assert site.get(PATH, headers=(("Accept-Encoding", "gzip"),)).header("content-encoding") is None


def test_both_of_two_requests_at_once_are_answered(site: Site) -> None:
    async def scenario() -> None:
        got = await asyncio.gather(site.sent("GET", PATH), site.sent("GET", PATH))
        assert [each.body for each in got] == [b"from the service"] * 2

    asyncio.run(scenario())


def test_answers_without_a_body_take_their_place_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LARGEST_STORE_BYTES", 10_000)
    kept = store.Store()
    for number in range(100):
        kept.keep((str(number),), 301, (("location", "/"),), b"", 60)
    assert kept.find(("99",)) is not None
    assert kept.find(("80",)) is None
