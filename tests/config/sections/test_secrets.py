from __future__ import annotations

import pytest

from config.sections.secrets import secret_variable
from tests.config.samples import problems


@pytest.mark.parametrize("name", ["a", "db", "key-12345", "key-1234567", "a" * 64])
def test_name(name: str) -> None:
    assert not problems(secrets={"names": ["session-key", name]})


@pytest.mark.parametrize("name", ["api-secret", "a-abc123", "A", "a_b", "-a", "a-", "a--b", "1a", "a/b", "a" * 65])
def test_name_that_misleads_or_breaks(name: str) -> None:
    assert set(problems(secrets={"names": ["session-key", name]})) == {"secrets.names[1]"}


@pytest.mark.parametrize(
    ("days", "accepted"), [(-1, False), (1, False), (6, False), (7, True), (30, True), (31, False)]
)
def test_recovery_window(days: int, accepted: bool) -> None:
    assert (not problems(secrets={"recovery_window_days": days})) == accepted


@pytest.mark.parametrize("value", [True, False, 7.0, "7"])
def test_recovery_window_is_a_number(value: object) -> None:
    assert set(problems(protection=False, secrets={"recovery_window_days": value})) == {"secrets.recovery_window_days"}


def test_variable() -> None:
    assert secret_variable("session-key") == "SITECHAT_SESSION_KEY"
