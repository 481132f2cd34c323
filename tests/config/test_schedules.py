from __future__ import annotations

import pytest

from config.schedules import is_schedule, longest_pause_hours


@pytest.mark.parametrize(
    ("schedule", "hours"),
    [
        ("rate(1 hour)", 1),
        ("rate(3 days)", 72),
        ("cron(0 3 * * ? *)", 24),
        ("cron(0 3,15 * * ? *)", 12),
        ("cron(0 0/6 * * ? *)", 6),
        ("cron(0 3 ? * MON *)", 168),
        ("cron(0 3 ? * MON-FRI *)", 72),
        ("cron(0 3 ? * FRI-MON *)", 96),
        ("cron(0 3 L * ? *)", 744),
        ("cron(0 3 15W * ? *)", 32 * 24),
        ("cron(0 3 ? * 2#1 *)", 35 * 24),
        ("cron(0 3 ? * 6L *)", 35 * 24),
    ],
)
def test_longest_pause(schedule: str, hours: int) -> None:
    assert is_schedule(schedule)
    assert longest_pause_hours(schedule) == hours


@pytest.mark.parametrize(
    "schedule", ["", "rate(1 day)x", "cron(0 3 * * ? *", "cron(0  3 * * ? *)", "cron(-1 3 * * ? *)", "x"]
)
def test_other_text_is_none(schedule: str) -> None:
    assert not is_schedule(schedule)
    assert longest_pause_hours(schedule) is None
