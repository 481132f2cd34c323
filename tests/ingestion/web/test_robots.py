"""robots.txt by RFC 9309, its own examples among them."""

from __future__ import annotations

import gzip

import pytest

from ingestion.errors import Busy, IngestionError, PageFailed
from ingestion.web.addresses import AddressRules, parse
from ingestion.web.deadlines import Deadline
from ingestion.web.fetching import Fetcher
from ingestion.web.robots import MOST_BYTES, RobotRules, Robots, parse_robots, product_token
from tests.ingestion.site import PUBLIC, USER_AGENT, Answer, Names, Site

RFC_5_1 = """
User-Agent: *
Disallow: *.gif$
Disallow: /example/
Allow: /publications/

User-Agent: foobot
Disallow:/
Allow:/example/page.html
Allow:/example/allowed.gif

User-Agent: barbot
User-Agent: bazbot
Disallow: /example/page.html

User-Agent: quxbot
"""
RFC_5_2 = """
User-Agent: foobot
Allow: /example/page/
Disallow: /example/page/disallowed.gif
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        ("otherbot", "/a.gif", False),
        ("otherbot", "/a.gif?b", True),
        ("otherbot", "/example/x", False),
        ("otherbot", "/publications/x", True),
        ("otherbot", "/publications/x.gif", True),
        ("foobot", "/", False),
        ("foobot", "/example/page.html", True),
        ("foobot", "/example/allowed.gif", True),
        ("barbot", "/example/page.html", False),
        ("bazbot", "/example/page.html", False),
        ("bazbot", "/example/", True),
        ("quxbot", "/example/", True),
    ],
)
def test_the_simple_example(agent: str, path: str, allowed: bool) -> None:
    assert parse_robots(RFC_5_1, agent).allows(path) is allowed


def test_the_longest_match() -> None:
    rules = parse_robots(RFC_5_2, "foobot")
    assert rules.allows("/example/page/")
    assert not rules.allows("/example/page/disallowed.gif")


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /a", "/a", False),
        ("Disallow: /a", "/ab/c", False),
        ("Disallow: /a", "/b", True),
        ("Disallow: /a", "/A", True),
        ("Disallow:", "/a", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow: /\nAllow: /a", "/a", True),
        ("Disallow: /*/private", "/x/y/private/z", False),
        ("Disallow: /*.php$", "/a.php", False),
        ("Disallow: /*.php$", "/a.php?b", True),
        ("Disallow: /*.php$", "/a.phpx", True),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*a$", "/a", True),
        ("Disallow: /a*a$", "/aa", False),
        ("Disallow: /*?", "/a?b", False),
        ("Disallow: /*?", "/a", True),
        ("Disallow: /a # note", "/a", False),
        ("disallow : /a", "/a", False),
        ("Disallow: /%7Eme", "/~me", False),
        ("Disallow: /~me", "/%7Eme", False),
        ("Disallow: /ä", "/%C3%A4", False),
        ("Disallow: /%c3%a4", "/%C3%A4", False),
        ("Disallow: /a%2fb", "/a/b", True),
        ("Crawl-delay: 1\nSitemap: /x\nnonsense\nDisallow: /a", "/a", False),
        ("Disallow: /", "/robots.txt", True),
    ],
)
def test_rules(rules: str, path: str, allowed: bool) -> None:
    assert parse_robots(f"User-agent: *\n{rules}", "sitechat").allows(path) is allowed


def test_groups_of_one_name_are_one_and_others_do_not_count() -> None:
    text = "User-agent: SiteChat/2.0\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n\nuser-agent: SITECHAT\nDisallow: /c"
    rules = parse_robots(text, "sitechat")
    assert [rules.allows(path) for path in ("/a", "/b", "/c")] == [False, True, False]


def test_a_byte_order_mark_and_other_line_ends_do_not_hide_a_group() -> None:
    assert not parse_robots("\ufeffUser-agent: *\r\nDisallow: /a\r", "sitechat").allows("/a")


def test_rules_before_any_group_mean_nothing() -> None:
    assert parse_robots("Disallow: /", "sitechat").allows("/a")


def test_patterns_with_many_stars_are_matched_at_once() -> None:
    """As a regular expression this one would take years."""
    rules = parse_robots("User-agent: *\nDisallow: /" + "*a" * 200 + "*b$", "sitechat")
    assert rules.allows("/" + "a" * 2000)
    assert not rules.allows("/" + "a" * 2000 + "b")


def test_the_name_of_a_crawler() -> None:
    assert product_token(USER_AGENT) == "sitechat"
    assert product_token("(nobody)") == ""


def check(site: Site, path: str) -> None:
    robots(site).check(parse(site.url(path)), Deadline(20))


def robots(site: Site) -> Robots:
    rules = AddressRules(frozenset({f"127.0.0.1:{site.port}"}))
    return Robots(Fetcher(user_agent=USER_AGENT, rules=rules))


def test_what_is_forbidden_is_refused(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: sitechat\nDisallow: /private", "text/plain")
    check(site, "/public")
    with pytest.raises(PageFailed, match=r"^robots$"):
        check(site, "/private/page")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_4xx_allows_everything(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /", status=status)
    check(site, "/a")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_5xx_forbids_everything_until_it_is_known(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = Answer(b"", status=status)
    with pytest.raises(Busy, match=r"^robots_unreachable$"):
        check(site, "/a")


def test_no_answer_forbids_everything() -> None:
    network = Names({"site.example": [[PUBLIC]]}, {})
    fetcher = Fetcher(user_agent=USER_AGENT, rules=AddressRules(), network=network)
    with pytest.raises(Busy, match=r"^robots_unreachable$"):
        Robots(fetcher).check(parse("http://site.example/"), Deadline(20))


def test_redirects_are_followed_but_not_inside(site: Site) -> None:
    site.redirect("/robots.txt", "/rules")
    site.pages["/rules"] = Answer(b"User-agent: *\nDisallow: /a", "text/plain")
    with pytest.raises(PageFailed, match=r"^robots$"):
        check(site, "/a")
    site.redirect("/robots.txt", "http://169.254.169.254/robots.txt")
    with pytest.raises(Busy, match=r"^robots_unreachable$"):
        check(site, "/a")


def test_redirects_without_end_are_no_robots_txt(site: Site) -> None:
    site.redirect("/robots.txt", "/robots.txt")
    check(site, "/a")


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_large_file_the_beginning_counts(site: Site, packed: bool) -> None:
    first, last = b"User-agent: *\nDisallow: /a\n", b"\nDisallow: /b\n"
    text = first + b"#" * MOST_BYTES + last
    headers = (("Content-Encoding", "gzip"),) if packed else ()
    site.pages["/robots.txt"] = Answer(gzip.compress(text) if packed else text, "text/plain", headers=headers)
    check(site, "/b")
    with pytest.raises(PageFailed, match=r"^robots$"):
        check(site, "/a")


def test_a_host_is_asked_once_for_many_pages(site: Site) -> None:
    kept = robots(site)
    for path in ("/a", "/b", "/c"):
        kept.check(parse(site.url(path)), Deadline(20))
    assert site.asked == ["/robots.txt"]


def test_what_could_not_be_read_is_asked_for_again(site: Site) -> None:
    kept = robots(site)
    site.pages["/robots.txt"] = Answer(status=503)
    with pytest.raises(IngestionError):
        kept.check(parse(site.url("/a")), Deadline(20))
    site.pages["/robots.txt"] = Answer(b"", "text/plain")
    kept.check(parse(site.url("/a")), Deadline(20))


def test_no_rules_allow_everything() -> None:
    assert RobotRules().allows("/a")
