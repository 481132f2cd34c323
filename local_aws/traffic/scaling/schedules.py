"""When a scheduled action is due: `at(...)`, `rate(...)` and `cron(...)`.

"Schedule recurring scaling actions using cron expressions", Application Auto Scaling user guide. Moments are of the
plane's clock, in seconds since the epoch.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FORM = re.compile(r"(at|rate|cron)\((.*)\)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {name.upper(): at for at, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: at for at, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
# Fields of a cron expression with their least and largest value.
_FIELDS: tuple[tuple[int, int, Mapping[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (1, 7, _DAYS),
    (1970, 2199, {}),
)
# Minutes that are looked at for one that fits; a plane that was held up longer misses what was due before.
_MOST_MINUTES = 24 * 60


class UnknownScheduleError(Exception):
    """A schedule that isn't known here."""


def is_due(action: Mapping[str, Any], after: float, until: float, seen: float) -> bool:
    """Whether an action has a moment after `after`, at `until` at the latest. `seen` is when it was first looked at.

    A rate counts from there, for its creation has the machine's time. Raises UnknownScheduleError.
    """
    start, end = (_moment(action.get(name)) for name in ("StartTime", "EndTime"))
    after = max(after, start - 1) if start is not None else after
    until = min(until, end) if end is not None else until
    match = _FORM.fullmatch(action["Schedule"].strip())
    if match is None or until <= after:
        if match is None:
            raise UnknownScheduleError(f"schedule {action['Schedule']}")
        return False
    kind, text = match.groups()
    zone = _zone(action.get("Timezone") or "UTC")
    if kind == "at":
        return after < _at(text, zone) <= until
    if kind == "rate":
        seconds = _rate(text)
        first = start if start is not None else seen
        return (until - first) // seconds > max(after - first, 0) // seconds
    return _cron_due(text, zone, after, until)


def _at(text: str, zone: ZoneInfo) -> float:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()
    except ValueError:
        raise UnknownScheduleError(f"schedule at({text})") from None


def _rate(text: str) -> float:
    number, _, unit = text.partition(" ")
    if not number.isdecimal() or int(number) < 1 or unit.removesuffix("s") not in _UNITS:
        raise UnknownScheduleError(f"schedule rate({text})")
    return float(int(number) * _UNITS[unit.removesuffix("s")])


def _cron_due(text: str, zone: ZoneInfo, after: float, until: float) -> bool:
    words = text.upper().split()
    if len(words) != len(_FIELDS):
        raise UnknownScheduleError(f"schedule cron({text})")
    minutes, hours, days, months, weekdays, years = (_values(*each) for each in zip(words, _FIELDS, strict=True))
    moment = datetime.fromtimestamp(max(after, until - _MOST_MINUTES * 60), UTC).replace(second=0, microsecond=0)
    while (moment := moment + timedelta(minutes=1)).timestamp() <= until:
        here = moment.astimezone(zone)
        weekday = here.isoweekday() % 7 + 1
        if (
            here.minute in minutes
            and here.hour in hours
            and here.day in days
            and here.month in months
            and weekday in weekdays
            and here.year in years
        ):
            return True
    return False


def _values(word: str, field: tuple[int, int, Mapping[str, int]]) -> frozenset[int]:
    """Values of one field: `*`, `?`, numbers and names, ranges, steps and lists of them. L, W and # aren't known."""
    least, most, names = field
    found: set[int] = set()
    for part in word.split(","):
        among, _, step = part.partition("/")
        first, dash, last = among.partition("-")
        if among in ("*", "?"):
            low, high = least, most
        else:
            low = _number(first, names)
            high = _number(last, names) if dash else most if step else low
        if not least <= low <= high <= most or (step and not step.isdecimal()):
            raise UnknownScheduleError(f"schedule cron with {word}")
        found |= set(range(low, high + 1, int(step or 1) or 1))
    return frozenset(found)


def _number(word: str, names: Mapping[str, int]) -> int:
    if word in names:
        return names[word]
    if not word.isdecimal():
        raise UnknownScheduleError(f"schedule cron with {word}")
    return int(word)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise UnknownScheduleError(f"time zone {name}") from None


def _moment(told: Any) -> float | None:
    return told.timestamp() if isinstance(told, datetime) else None
