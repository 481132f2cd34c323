from __future__ import annotations

import socket
from typing import Any

import pytest
from botocore.credentials import Credentials

from passages.domain import Domain, DomainError


def test_requests_are_signed_for_opensearch_in_the_region(domain: Domain, server: Any) -> None:
    domain.put("_plugins/_security/api/roles/r", {})
    (authorization,) = server.authorizations
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert "/eu-west-1/es/aws4_request" in authorization
    assert "x-amz-security-token" in authorization


def test_what_is_absent_is_none(domain: Domain) -> None:
    assert domain.get("nowhere") is None


def test_a_domain_that_is_starting_is_asked_again(domain: Domain, server: Any) -> None:
    server.failures = [(503, "starting"), (429, "busy")]
    domain.put("_plugins/_security/api/roles/r", {})
    assert len(server.authorizations) == 3
    assert server.writes == ["/_plugins/_security/api/roles/r"]


def test_attempts_are_counted_over_the_whole_run(domain: Domain, server: Any) -> None:
    server.failures = [(503, "starting"), (503, "starting")]
    domain.get("nowhere")
    server.failures = [(503, "still starting")]
    with pytest.raises(DomainError, match="GET nowhere: the domain answered 503: still starting"):
        domain.get("nowhere")


def test_a_refusal_is_final_and_says_why(domain: Domain, server: Any) -> None:
    server.failures = [(403, '{"message": "no permissions for [cluster:admin]"}')]
    with pytest.raises(DomainError, match=r"PUT site: the domain answered 403: .*no permissions"):
        domain.put("site", {})
    assert len(server.authorizations) == 1


def test_long_answers_are_cut(domain: Domain, server: Any) -> None:
    server.failures = [(400, "x" * 5000)]
    with pytest.raises(DomainError) as caught:
        domain.get("site")
    assert len(str(caught.value)) < 600


def test_an_answer_that_is_not_json_is_refused(domain: Domain, server: Any) -> None:
    server.failures = [(200, "<html>")]
    with pytest.raises(DomainError, match="GET site: the domain's answer is not JSON: <html>"):
        domain.get("site")


def test_a_domain_out_of_reach_is_named_with_the_request() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but not listening
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        client = Domain(url, region="eu-west-1", credentials=Credentials("a", "b"), retry_delays_seconds=(0,))
        with pytest.raises(DomainError, match=r"GET site: the domain can't be reached: .*refused"):
            client.get("site")


def test_no_proxy_stands_between(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    client = Domain(server.url, region="eu-west-1", credentials=Credentials("a", "b"), retry_delays_seconds=())
    assert client.get("nowhere") is None
