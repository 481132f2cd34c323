"""Routes that aren't the chat: health, page, static files, errors."""

from __future__ import annotations

import json
import re

import pytest

from constructs_lib.edge.distribution import PAGE
from examples.sitechat_app.chat import MAX_QUESTION_CHARS
from tests.examples.sitechat_app.loopback_aws import LoopbackAws
from tests.examples.sitechat_app.running_app import RunningApp


def test_health_asks_no_other_service(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    response = aws_app.request("GET", "/health")
    assert (response.status, json.loads(response.read())) == (200, {"status": "ok"})
    assert response.getheader("cache-control") == "no-store"
    assert loopback_aws.received == []


def test_page_is_revalidated_and_refers_only_to_cached_files(local_app: RunningApp) -> None:
    response = local_app.request("GET", "/")
    text = response.read().decode()
    assert response.getheader("cache-control") == "no-cache"
    references = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(references) == 2
    for reference in references:
        file = local_app.request("GET", reference)
        assert file.status == 200
        assert file.getheader("cache-control") == "public, max-age=3600"
        assert len(file.read()) > 100


def test_page_lets_a_visitor_type_what_is_accepted(local_app: RunningApp) -> None:
    text = local_app.request("GET", "/").read().decode()
    assert re.findall(r'maxlength="(\d+)"', text) == [str(MAX_QUESTION_CHARS)]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_page_has_the_name_that_cloudfront_asks_for(local_app: RunningApp, method: str) -> None:
    asked, named = local_app.request("GET", "/"), local_app.request(method, f"/{PAGE}")
    assert (named.status, dict(named.getheaders())["etag"]) == (200, dict(asked.getheaders())["etag"])
    assert named.getheader("content-type") == "text/html; charset=utf-8"
    assert named.getheader("cache-control") == "no-cache"
    assert named.read() == (asked.read() if method == "GET" else b"")


def test_page_works_under_a_strict_content_security_policy(local_app: RunningApp) -> None:
    """`default-src 'self'` allows no inline script, style or handler."""
    text = local_app.request("GET", "/").read().decode()
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", text)


def test_unchanged_static_file_is_not_sent_again(local_app: RunningApp) -> None:
    first = local_app.request("GET", "/static/chat.js")
    first.read()
    again = local_app.request("GET", "/static/chat.js", if_none_match=first.getheader("etag", ""))
    assert (again.status, again.read()) == (304, b"")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/../settings.py", 404),
        ("GET", "/static/%2e%2e/settings.py", 404),
        ("GET", "/api/chat", 405),
        ("POST", "/health", 405),
    ],
)
def test_errors_are_json_and_not_cached(local_app: RunningApp, method: str, path: str, status: int) -> None:
    response = local_app.request(method, path)
    assert response.status == status
    assert json.loads(response.read())["error"]["code"] == f"http_{status}"
    assert response.getheader("cache-control") == "no-store"


def test_the_server_does_not_name_itself(local_app: RunningApp) -> None:
    assert local_app.request("GET", "/health").getheader("server") is None
