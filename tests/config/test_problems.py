from __future__ import annotations

from typing import Any

import pytest

from config import ConfigError, Problem
from config.problems import dotted_key, shown_value

ONE = Problem("dev.toml", "service.cpu", "300", "one of 256, 512")
FILE = Problem("dev.toml", "", "", "no such file")


def test_problem_as_text() -> None:
    assert str(ONE) == "dev.toml: service.cpu = 300: one of 256, 512"
    assert str(FILE) == "dev.toml: no such file"
    assert str(Problem("dev.toml", "region", "", "required")) == "dev.toml: region: required"


def test_error_lists_every_problem() -> None:
    assert str(ConfigError((ONE, FILE))) == f"{ONE}\n{FILE}"
    assert ConfigError((ONE, FILE)).render() == f"2 mistakes in the configuration:\n  {ONE}\n  {FILE}"
    assert ConfigError((ONE,)).render().startswith("1 mistake in the configuration:\n")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (300, "300"),
        (True, "true"),
        ("a\nb", '"a\\nb"'),
        ("\u0430", '"\\u0430"'),
        ([1, 2], "[1, 2]"),
        ({"a": 1}, "(a table)"),
        (float("nan"), "NaN"),
        ("ab " * 50, '"' + ("ab " * 50)[:56] + "..."),
        (1 << 100_000, "(too large to show)"),
    ],
    ids=["number", "switch", "line break", "look-alike", "list", "table", "nan", "long", "huge"],
)
def test_value_is_shown_short_and_plain(value: Any, text: str) -> None:
    assert shown_value("service.cpu", value) == text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("password", "hunter2"),
        ("service.db_password", "hunter2"),
        ("secret", ["hunter2"]),
        ("api_key", "hunter2"),
        ("service.environment.DB_PASSWD", "hunter2"),
        ("service.port", "AKIAIOSFODNN7EXAMPLE"),
        ("image.tag", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("bedrock.blocked_words", ["-----BEGIN PRIVATE KEY-----"]),
    ],
)
def test_value_that_may_be_a_secret_is_hidden(key: str, value: Any) -> None:
    assert shown_value(key, value) == "(hidden)"


def test_settings_of_secrets_are_no_secrets() -> None:
    assert shown_value("secrets.names[0]", "Bad") == '"Bad"'
    assert shown_value("secrets.recovery_window_days", 3) == "3"


def test_location_as_text() -> None:
    assert dotted_key(("bedrock", "blocked_topics", 0, "name")) == "bedrock.blocked_topics[0].name"
    assert dotted_key(("tags", "a b")) == 'tags."a b"'
    assert dotted_key(("tags", "\u0430")) == 'tags."\\u0430"'
    assert len(dotted_key(("x" * 1000, "y" * 1000))) <= 121


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("service.environment", [{"name": "DB_PASSWORD", "value": "hunter2"}], "(a list of tables)"),
        ("service.environment", ["API_TOKEN=hunter2"], "(hidden)"),
        ("secrets.vendor", "hunter2", "(hidden)"),
        ("secrets", ["session-key", "hunter2"], "(hidden)"),
        ("secrets", [{"name": "x", "value": "hunter2"}], "(a list of tables)"),
        ("secrets.names", ["session-key=hunter2"], "(hidden)"),
        ("service.secrets", ["hunter2"], "(hidden)"),
        ("service.environment.FOO", [{"password": "hunter2"}], "(a list of tables)"),
        ("service.port", "password: hunter2", "(hidden)"),
    ],
)
def test_secrets_where_people_put_them_are_never_shown(key: str, value: Any, shown: str) -> None:
    assert shown_value(key, value) == shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image.digest", "0123456789abcdef" * 3),
        ("image.digest", "sha512:0123456789abcdef0123456789abcdef0"),
        ("ingestion.sources[0].address", "http://www.example.com/docs/v2/reference/sitemaps/index1.xml"),
        ("dns.zone_id", "/hostedzone/Z0123456789ABCDEFGHIJ"),
        ("ci.repository", "https://github.com/MyOrganisation/my_infrastructure_repo1"),
        ("service.health_check_path", "/internal/v1/health/check/service/status?deep=true"),
    ],
)
def test_long_values_that_are_the_mistake_are_shown(key: str, value: str) -> None:
    assert shown_value(key, value)[1:20] == value[:19]
