from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

from config.place import Place
from config.rules.contract import HEALTH_PATH
from constructs_lib.edge.fallback import Fallback, decrypt_for_distributions, page_style, parked_page
from tests.support.synthesised import Template, template

DISTRIBUTION = "arn:aws:cloudfront::111111111111:distribution/E1"


@cache
def _fallback(**changes: Any) -> Template:
    arguments: dict[str, Any] = {
        "name": "fallback",
        "bucket_name": "pages-111111111111",
        "place": Place("111111111111", "us-east-1", "aws"),
        "kms_key_arn": "arn:of:key",
        "protected": True,
    }
    return template(lambda scope: Fallback(scope, "fallback", **(arguments | changes)).admit(DISTRIBUTION))


class _Page(HTMLParser):
    """The page's elements with their attributes, and its text by element."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        self.text[self._inside] = self.text.get(self._inside, "") + data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def _page() -> _Page:
    page = _Page()
    page.feed(_fallback().one("aws_s3_object")["content"])
    return page


def test_the_page_answers_for_the_root_of_the_site() -> None:
    page = _fallback().one("aws_s3_object")
    assert (page["key"], page["content_type"]) == ("index.html", "text/html; charset=utf-8")
    assert page["bucket"].startswith("${aws_s3_bucket.")


def test_nobody_keeps_the_page() -> None:
    assert _fallback().one("aws_s3_object")["cache_control"] == "no-store"


def test_the_page_needs_nothing_but_itself() -> None:
    """Whatever else it showed would fail with the service."""
    assert {tag for tag, _ in _page().elements} == {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "p", "a", "img",
    }  # fmt: skip
    assert [each["href"] for each in _page().named("a")] == ["/"]
    assert not {name for _, attributes in _page().elements for name in attributes if name.startswith("on")}
    assert not [attributes for _, attributes in _page().elements if "style" in attributes]
    assert "url(" not in _page().text["style"]
    assert "@import" not in _page().text["style"]


def test_what_the_page_hides_is_counted_where_it_isnt_hidden() -> None:
    """With status 200 for the page alone, CloudFront's rate of failures and its alarm would see none."""
    (beacon,) = _page().named("img")
    assert beacon == {"src": HEALTH_PATH, "alt": "", "width": "1", "height": "1", "loading": "lazy"}
    assert {attributes["src"] for _, attributes in _page().elements if "src" in attributes} == {HEALTH_PATH}


def test_the_page_of_a_parked_site_says_so_and_counts_no_failure() -> None:
    page = parked_page()
    assert page.count("Closed for now") == 2
    for left_out in ("unavailable", "http-equiv", "<img", 'href="/"'):
        assert left_out not in page
    assert re.findall("<style>(.*?)</style>", page, re.DOTALL) == [_page().text["style"]]


def test_its_style_is_the_one_that_the_content_security_policy_allows() -> None:
    digest = base64.b64encode(hashlib.sha256(_page().text["style"].encode()).digest()).decode()
    assert page_style() == f"'sha256-{digest}'"


def test_the_page_is_read_aloud_and_enlarged_like_any_other() -> None:
    page = _page()
    assert page.named("html") == [{"lang": "en"}]
    assert page.text["title"].strip() == page.text["h1"].strip()
    assert len(page.named("h1")) == len(page.named("main")) == 1
    (viewport,) = (each for each in page.named("meta") if each.get("name") == "viewport")
    assert viewport["content"] == "width=device-width, initial-scale=1"


def test_the_page_tries_again_and_stays_out_of_search_engines() -> None:
    metas = _page().named("meta")
    assert {"http-equiv": "refresh", "content": "60"} in metas
    assert {"name": "robots", "content": "noindex"} in metas


def test_cloudfront_signs_every_request() -> None:
    access = _fallback().one("aws_cloudfront_origin_access_control")
    assert access["origin_access_control_origin_type"] == "s3"
    assert (access["signing_behavior"], access["signing_protocol"]) == ("always", "sigv4")


def test_one_distribution_reads_the_page_and_nothing_else() -> None:
    statements = _fallback().statements("bucket/policy_document")
    assert set(statements) == {"DenyClearText", "ThisDistribution"}
    statement = statements["ThisDistribution"]
    assert statement["actions"] == ["s3:GetObject"]
    assert statement["resources"] == ["arn:aws:s3:::pages-111111111111/index.html"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["cloudfront.amazonaws.com"]}]
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceArn", "values": [DISTRIBUTION]},
    ]


def test_the_key_lets_the_accounts_distributions_decrypt() -> None:
    statement = decrypt_for_distributions(Place("111111111111", "us-east-1", "aws"))
    assert statement.actions == ("kms:Decrypt",)
    assert statement.principals == {"Service": ("cloudfront.amazonaws.com",)}
    assert statement.conditions == (("ArnLike", "aws:SourceArn", ("arn:aws:cloudfront::111111111111:distribution/*",)),)


def test_the_bucket_is_protected_encrypted_and_its_readers_recorded_where_they_can_be() -> None:
    fallback = _fallback()
    bucket = fallback.one("aws_s3_bucket")
    assert (bucket["bucket"], bucket["lifecycle"]) == ("pages-111111111111", {"prevent_destroy": True})
    (rule,) = fallback.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == "arn:of:key"
    (expiry,) = fallback.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert "expiration" not in expiry
    assert "aws_s3_bucket_logging" not in fallback.types()
    recorded = _fallback(access_logs_bucket="access-logs").one("aws_s3_bucket_logging")
    assert recorded["target_bucket"] == "access-logs"
    assert "lifecycle" not in _fallback(protected=False).one("aws_s3_bucket")
