"""When scheduled actions are due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.traffic.scaling.schedules import UnknownScheduleError, is_due

# A Sunday, 10:00.
START = datetime(2026, 11, 29, 10, tzinfo=UTC).timestamp()


def due(schedule: str, start: float = 0, end: float = 60, **more: Any) -> bool:
    """Whether a schedule is due in seconds from the start, exclusive of the first."""
    return is_due({"Schedule": schedule, **more}, START + start, START + end, START)


@pytest.mark.parametrize(
    ("schedule", "start", "end"),
    [
        ("at(2026-11-29T10:01:00)", 0, 60),
        ("rate(5 minutes)", 240, 300),
        ("rate(1 hour)", 7190, 7210),
        ("cron(30 10 * * ? *)", 1790, 1800),
        ("cron(0/15 * * * ? *)", 840, 900),
        ("cron(0 11 ? * SUN *)", 3000, 3600),
        ("cron(0 11 29 11 ? 2026-2027)", 3000, 3600),
        ("cron(0 9-17,20 ? NOV 1 *)", 3000, 3600),
    ],
)
def test_due_once_at_its_moment(schedule: str, start: float, end: float) -> None:
    assert due(schedule, start, end)
    assert not due(schedule, start - 100, start)
    assert not due(schedule, end, end + 50)


@pytest.mark.parametrize("schedule", ["cron(0 11 ? * MON-SAT *)", "cron(0 11 30 * ? *)", "cron(0 11 * 1-10 ? *)"])
def test_not_due_on_other_days(schedule: str) -> None:
    assert not due(schedule, 3000, 4000)


def test_in_the_time_zone_of_the_action() -> None:
    assert due("cron(30 11 * * ? *)", 1700, 1800, Timezone="Europe/Berlin")
    assert not due("cron(30 11 * * ? *)", 1700, 1800)
    assert due("at(2026-11-29T11:01:00)", Timezone="Europe/Berlin")


def test_only_between_its_start_and_its_end() -> None:
    later, earlier = (datetime.fromtimestamp(START + each, UTC) for each in (1000, -1000))
    assert not due("cron(* * * * ? *)", StartTime=later)
    assert not due("cron(* * * * ? *)", EndTime=earlier)
    assert due("cron(* * * * ? *)", StartTime=earlier, EndTime=later)


@pytest.mark.parametrize(
    "schedule",
    [
        "every day",
        "at(tomorrow)",
        "rate(0 minutes)",
        "rate(1 month)",
        "cron(0 11 * *)",
        "cron(0 11 L * ? *)",
        "cron(0 11 ? * 2#1 *)",
        "cron(61 * * * ? *)",
    ],
)
def test_what_is_unknown_is_refused(schedule: str) -> None:
    with pytest.raises(UnknownScheduleError):
        due(schedule)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownScheduleError, match="Mars"):
        due("cron(* * * * ? *)", Timezone="Mars/Olympus")
