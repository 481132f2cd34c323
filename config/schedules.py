"""Schedules as EventBridge Scheduler reads them: rates and cron expressions with six fields, in UTC.

Ranges and rules are those of its user guide ("Schedule types", cron-based schedules).
"""

from __future__ import annotations

import calendar
import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta

_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_HOURS = {"hour": 1, "day": 24}
# Before the first of these years nothing is due any more.
_YEARS = (2026, 2199)
# A year that isn't a leap year follows one that is: both kinds of February are looked at.
_LOOKED_AT = (date(2028, 1, 1), 731)


@dataclass(frozen=True)
class _Cron:
    """The values of each field; None for a day field that says "?"."""

    hours: frozenset[int]
    days: str | None
    months: frozenset[int]
    weekdays: str | None

    def due_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        return _day_of_month(self.days, day) if self.days is not None else _weekday(str(self.weekdays), day)


def is_schedule(text: str) -> bool:
    """Whether the text is a rate of hours or days, or a cron expression that is due some day."""
    if _rate_hours(text) is not None:
        return True
    cron = _read(text)
    return cron is not None and any(cron.due_on(day) for day in _days())


def longest_pause_hours(text: str) -> int | None:
    """Most hours between two runs, rounded down; None for what is no schedule."""
    rate = _rate_hours(text)
    if rate is not None:
        return rate
    cron = _read(text)
    if cron is None:
        return None
    due = [day.toordinal() * 24 + hour for day in _days() if cron.due_on(day) for hour in sorted(cron.hours)]
    return max((later - earlier for earlier, later in itertools.pairwise(due)), default=24 * _LOOKED_AT[1])


def _days() -> list[date]:
    first, count = _LOOKED_AT
    return [first + timedelta(days=number) for number in range(count)]


def _rate_hours(text: str) -> int | None:
    found = re.fullmatch(r"rate\(([1-9]\d{0,3}) (hour|day)(s?)\)", text, re.ASCII)
    return int(found[1]) * _HOURS[found[2]] if found and (found[3] == "") == (found[1] == "1") else None


def _read(text: str) -> _Cron | None:
    found = re.fullmatch(r"cron\(([^()]+)\)", text)
    fields = found[1].split(" ") if found else []
    if len(fields) != 6:
        return None
    minutes, hours = _values(fields[0], 0, 59), _values(fields[1], 0, 23)
    months, years = _values(_numbers(fields[3], _MONTHS, 1), 1, 12), _values(fields[5], *_YEARS)
    days, weekdays = fields[2], _numbers(fields[4], _DAYS, 1)
    # One of the two day fields says nothing, the other something.
    if not (minutes and hours and months and years) or (days == "?") == (weekdays == "?"):
        return None
    if days != "?" and not re.fullmatch(r"L|\d{1,2}W", days) and not _values(days, 1, 31):
        return None
    if (
        weekdays != "?"
        and not re.fullmatch(r"L|[1-7]L|[1-7]#[1-5]", weekdays)
        and not _values(weekdays, 1, 7, wraps=True)
    ):
        return None
    return _Cron(hours, None if days == "?" else days, months, None if weekdays == "?" else weekdays)


def _numbers(field: str, names: tuple[str, ...], first: int) -> str:
    """The field with names replaced by their numbers."""
    return re.sub(r"[A-Z]{3}", lambda name: str(names.index(name[0]) + first) if name[0] in names else "!", field)


def _values(field: str, low: int, high: int, *, wraps: bool = False) -> frozenset[int]:
    """Values of a field of lists, ranges and steps; empty where it isn't one, or leaves the range.

    With `wraps` a range may go over the end, as MON-SUN does in a week that begins on Sunday.
    """
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:(\*)|(\d{1,4})(?:-(\d{1,4}))?)(?:/(\d{1,4}))?", part, re.ASCII)
        if not match:
            return frozenset()
        first = low if match[1] else int(match[2])
        last = high if match[1] or (match[4] and not match[3]) else int(match[3] or first)
        step = int(match[4] or 1)
        if not (low <= first <= high and low <= last <= high) or step < 1 or (first > last and not wraps):
            return frozenset()
        span = [*range(first, high + 1), *range(low, last + 1)] if first > last else [*range(first, last + 1)]
        found.update(span[::step])
    return frozenset(found)


def _day_of_month(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if field.endswith("W"):
        return day == _nearest_weekday(day, min(int(field[:-1]), last))
    return day.day in _values(field, 1, 31)


def _nearest_weekday(day: date, number: int) -> date:
    """The working day nearest to a day of the month, within the month."""
    wanted = day.replace(day=number)
    shift = {5: -1, 6: 1}.get(wanted.weekday(), 0)
    moved = wanted + timedelta(days=shift)
    return moved if moved.month == wanted.month else wanted - timedelta(days=shift * 2)


def _weekday(field: str, day: date) -> bool:
    number = (day.weekday() + 1) % 7 + 1  # Sunday is 1
    if field == "L":
        return number == 7
    if field.endswith("L"):
        return number == int(field[:-1]) and (day + timedelta(days=7)).month != day.month
    if "#" in field:
        return number == int(field[0]) and (day.day - 1) // 7 + 1 == int(field[2])
    return number in _values(field, 1, 7, wraps=True)
