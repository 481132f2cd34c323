"""The contract's variables: defaults, limits, refusals."""

from __future__ import annotations

import pytest

from examples.sitechat_app.settings import (
    AppSettings,
    GuardrailSettings,
    PausedObject,
    SearchSettings,
    SettingsError,
    load_settings,
)
from tests.examples.sitechat_app.conftest import SESSION_KEY, aws_variables


def aws(**changes: str) -> AppSettings:
    return load_settings({**aws_variables("https://vpc-site-abc.eu-west-1.es.amazonaws.com"), **changes})


def test_aws_settings_are_read() -> None:
    settings = aws()
    assert settings.aws is not None
    assert settings.aws.search == SearchSettings("https://vpc-site-abc.eu-west-1.es.amazonaws.com", "site-pages")
    assert settings.aws.guardrail == GuardrailSettings("abcdef123456", "3")
    assert settings.local is None


def test_without_its_variables_the_guardrail_is_off_and_nothing_else() -> None:
    settings = aws(SITECHAT_GUARDRAIL_ID="", SITECHAT_GUARDRAIL_VERSION="")
    assert settings.aws is not None
    assert settings.aws.guardrail is None
    assert settings.aws.search is not None


def test_without_its_variables_search_is_off_and_nothing_else() -> None:
    settings = aws(SITECHAT_SEARCH_ENDPOINT="", SITECHAT_SEARCH_INDEX="")
    assert settings.aws is not None
    assert settings.aws.search is None
    assert settings.aws.guardrail is not None


def test_sources_are_of_any_host_unless_hosts_are_named() -> None:
    anywhere, named = aws(), aws(SITECHAT_SOURCE_HOSTS="garden.example,www.garden.example,127.0.0.1,[::1]")
    assert anywhere.aws is not None
    assert anywhere.aws.source_hosts is None
    assert named.aws is not None
    assert named.aws.source_hosts == frozenset({"garden.example", "www.garden.example", "127.0.0.1", "::1"})


@pytest.mark.parametrize(
    "hosts", ["https://garden.example", "garden.example:443", "a.example, b.example", "A.example", ","]
)
def test_what_is_no_list_of_hosts_is_refused(hosts: str) -> None:
    with pytest.raises(SettingsError, match=r"^SITECHAT_SOURCE_HOSTS is .* \(expected lower-case hosts"):
        aws(SITECHAT_SOURCE_HOSTS=hosts)


@pytest.mark.parametrize(
    "name",
    [
        "SITECHAT_GUARDRAIL_ID",
        "SITECHAT_GUARDRAIL_VERSION",
        "SITECHAT_SEARCH_ENDPOINT",
        "SITECHAT_SEARCH_INDEX",
    ],
)
def test_half_of_a_pair_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} is not set \(expected [^;]*\)$"):
        aws(**{name: ""})


def test_local_mode_needs_nothing_else_and_makes_its_own_key() -> None:
    first, second = load_settings({"SITECHAT_MODE": "local"}), load_settings({"SITECHAT_MODE": "local"})
    assert (first.port, first.bind_address, first.log_level) == (8080, "127.0.0.1", "INFO")
    assert first.keepalive_seconds == 10
    assert first.tls is False
    assert first.session_key != second.session_key


def test_session_key_is_not_in_the_repr() -> None:
    assert SESSION_KEY not in repr(aws())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITECHAT_MODE", "production"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("PORT", "nan"),
        ("SITECHAT_BIND_ADDRESS", "localhost"),
        ("SITECHAT_TLS", "true"),
        ("SITECHAT_LOG_LEVEL", "verbose"),
        ("SITECHAT_SITE_NAME", "a\nb"),
        ("SITECHAT_SITE_NAME", "x" * 101),
        ("SITECHAT_KEEPALIVE_SECONDS", "0"),
        ("SITECHAT_KEEPALIVE_SECONDS", "26"),
        ("SITECHAT_STOP_TIMEOUT_SECONDS", "1"),
        ("SITECHAT_STOP_TIMEOUT_SECONDS", "121"),
        ("SITECHAT_STOP_GRACE_SECONDS", "-1"),
        ("SITECHAT_STOP_GRACE_SECONDS", "15.1"),
        ("SITECHAT_IDLE_TIMEOUT_SECONDS", "0"),
        ("SITECHAT_IDLE_TIMEOUT_SECONDS", "4001"),
        ("SITECHAT_SESSION_KEY", "k" * 31),
        ("AWS_REGION", "Ireland"),
        ("SITECHAT_MODEL_ID", "two words"),
        ("SITECHAT_EMBEDDING_MODEL_ID", ""),
        ("SITECHAT_GUARDRAIL_ID", "Not/An/Id"),
        ("SITECHAT_GUARDRAIL_VERSION", "DRAFT"),
        ("SITECHAT_SEARCH_ENDPOINT", "vpc-site-abc.eu-west-1.es.amazonaws.com"),
        ("SITECHAT_SEARCH_ENDPOINT", "http://vpc-site-abc.eu-west-1.es.amazonaws.com"),
        ("SITECHAT_SEARCH_ENDPOINT", "https://host/path"),
        ("SITECHAT_SEARCH_ENDPOINT", "https://host:port"),
        ("SITECHAT_SEARCH_ENDPOINT", "https://user@host"),
        ("SITECHAT_SEARCH_INDEX", "pages*"),
    ],
)
def test_refuses_and_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} is [^;]*\(expected [^;]*\)$"):
        aws(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "1"),
        ("PORT", "65535"),
        ("SITECHAT_BIND_ADDRESS", "::"),
        ("SITECHAT_TLS", "on"),
        ("SITECHAT_SITE_NAME", "x" * 100),
        ("SITECHAT_KEEPALIVE_SECONDS", "25"),
        ("SITECHAT_STOP_TIMEOUT_SECONDS", "2"),
        ("SITECHAT_STOP_TIMEOUT_SECONDS", "120"),
        ("SITECHAT_STOP_GRACE_SECONDS", "0"),
        ("SITECHAT_STOP_GRACE_SECONDS", "15"),
        ("SITECHAT_IDLE_TIMEOUT_SECONDS", "1"),
        ("SITECHAT_IDLE_TIMEOUT_SECONDS", "4000"),
        ("SITECHAT_SESSION_KEY", "k" * 32),
        ("SITECHAT_MODEL_ID", "arn:aws:bedrock:eu-west-1:111111111111:inference-profile/eu.amazon.nova-lite-v1:0"),
        ("SITECHAT_GUARDRAIL_ID", "arn:aws:bedrock:eu-west-1:111111111111:guardrail/abc123"),
        ("SITECHAT_SEARCH_ENDPOINT", "http://127.0.0.1:9200"),
    ],
)
def test_accepts(name: str, value: str) -> None:
    assert aws(**{name: value}) != aws()


@pytest.mark.parametrize(("stop_timeout", "grace"), [(2, 0.5), (30, 7.5), (40, 10), (120, 10)])
def test_the_grace_after_sigterm_leaves_time_for_the_answers(stop_timeout: int, grace: float) -> None:
    assert aws(SITECHAT_STOP_TIMEOUT_SECONDS=str(stop_timeout)).stop_grace_seconds == grace


def test_all_problems_come_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        aws(PORT="x", AWS_REGION="", SITECHAT_SEARCH_INDEX="A")
    assert [part.split()[0] for part in str(refused.value).split("; ")] == [
        "PORT",
        "AWS_REGION",
        "SITECHAT_SEARCH_INDEX",
    ]


def test_nothing_pauses_unless_an_object_is_named() -> None:
    never, named = aws(), aws(SITECHAT_PAUSED_OBJECT="arn:aws:s3:::garden-switches/model/paused.json")
    assert never.aws is not None
    assert never.aws.paused_object is None
    assert named.aws is not None
    assert named.aws.paused_object == PausedObject("garden-switches", "model/paused.json")


@pytest.mark.parametrize(
    "where", ["s3://garden/paused", "arn:aws:s3:::garden", "arn:aws:s3:::Garden/paused", "arn:aws:s3:::a.b/paused"]
)
def test_what_is_no_object_is_refused(where: str) -> None:
    with pytest.raises(SettingsError, match=r"^SITECHAT_PAUSED_OBJECT is .* \(expected arn:aws:s3:::BUCKET/KEY\)"):
        aws(SITECHAT_PAUSED_OBJECT=where)
