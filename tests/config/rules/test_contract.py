from __future__ import annotations

import re

import pytest

from config.reading import ROOT
from config.rules.contract import API_PREFIX, CHAT_PATH, HEALTH_PATH, SESSION_KEY
from config.sections.secrets import secret_variable
from tests.config.samples import build, problems

CONTRACT = (ROOT / "docs" / "application-contract.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("pattern", ["/*", "/api/*", "/a?i/*", "/api/chat", "/api/v2/*.js", "/*chat"])
def test_a_cached_path_that_reaches_the_chat(pattern: str) -> None:
    found = problems(edge={"static_paths": ["/static/*", pattern]})
    assert found == {"edge.static_paths[1]": "a path that leaves /api/ alone, such as /static/*"}


@pytest.mark.parametrize("pattern", ["/", "/static/*", "/*.css", "/apis/*", "/favicon.ico", "/API/*"])
def test_a_cached_path_beside_the_chat(pattern: str) -> None:
    assert not problems(edge={"static_paths": [pattern]})


@pytest.mark.parametrize(("pattern", "accepted"), [(HEALTH_PATH, False), ("/heal*", True), ("/healthy", True)])
def test_the_health_path_isnt_named_twice(pattern: str, accepted: bool) -> None:
    found = problems(edge={"static_paths": [pattern]})
    assert found == ({} if accepted else {"edge.static_paths[0]": "another path than /health, which is never cached"})


@pytest.mark.parametrize(("timeout", "accepted"), [(9, False), (10, False), (11, True), (60, True)])
def test_cloudfront_waits_longer_than_the_silence(timeout: int, accepted: bool) -> None:
    assert (not problems(edge={"origin_read_timeout_seconds": timeout})) == accepted


@pytest.mark.parametrize(("timeout", "accepted"), [(10, False), (11, True)])
def test_without_cloudfront_the_load_balancer_does(timeout: int, accepted: bool) -> None:
    found = problems(edge={"enabled": False}, service={"idle_timeout_seconds": timeout})
    assert set(found) == (set() if accepted else {"service.idle_timeout_seconds"})


@pytest.mark.parametrize(
    ("keepalive", "timeout", "accepted"),
    [("2.5", 3, True), ("2.5", 2, False), ("25", 25, False), ("25", 26, True)],
)
def test_the_silence_is_the_environments_own(keepalive: str, timeout: int, accepted: bool) -> None:
    service = {"environment": {"SITECHAT_KEEPALIVE_SECONDS": keepalive}}
    found = problems(service=service, edge={"origin_read_timeout_seconds": timeout})
    assert set(found) == (set() if accepted else {"edge.origin_read_timeout_seconds"})


def test_the_session_key_can_not_be_left_out() -> None:
    assert set(problems(secrets={"names": ["api-token"]})) == {"secrets.names"}
    assert set(problems(secrets={"names": []})) == {"secrets.names"}
    assert not problems(secrets={"names": ["api-token", SESSION_KEY]})


def test_variables_are_counted_as_they_are_sent() -> None:
    long = {f"V{index}": "x" * 1024 for index in range(40)}
    assert not problems(service={"environment": long})
    umlauts = {f"V{index}": "\u00fc" * 1024 for index in range(8)}
    assert set(problems(service={"environment": umlauts})) == {"service.environment"}
    del umlauts["V7"]
    assert not problems(service={"environment": umlauts})


def test_the_rules_follow_the_contract() -> None:
    assert f"### `POST {CHAT_PATH}`" in CONTRACT
    assert f"`{API_PREFIX}*` uncached" in CONTRACT
    assert re.search(r"\| `SITECHAT_KEEPALIVE_SECONDS` \| .* \| 10 \|", CONTRACT)
    assert f"| `{secret_variable(SESSION_KEY)}` |" in CONTRACT
    assert SESSION_KEY in build().secrets.names
