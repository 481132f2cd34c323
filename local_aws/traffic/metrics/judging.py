"""Points of an alarm's metric against its threshold: the state that follows, and the reason in CloudWatch's words."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

# How an alarm compares, and how CloudWatch says so of one value; "was" becomes "were" of several.
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
# Periods that are looked at beyond an alarm's own, so that one late value doesn't count as missing. AWS doesn't say how
# many ("Configuring how CloudWatch alarms treat missing data"); in its examples they are two.
EXTRA_PERIODS = 2


@dataclass(frozen=True)
class Point:
    """The value of one period, None where there is none. `at` is its start by the plane's clock."""

    at: float
    value: float | None


@dataclass(frozen=True)
class Rule:
    """When an alarm is one: `needed` of `periods` values beyond the threshold. `missing` is `treat_missing_data`."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"

    def breached(self, value: float) -> bool:
        """Whether a value is beyond the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Judgement:
    """The state that points lead to, with its reason; `state` is None where the alarm stays as it is."""

    state: State | None
    reason: str = ""


def judge(rule: Rule, points: list[Point]) -> Judgement:
    """The judgement on points, the oldest first: `rule.periods` of them, and the `EXTRA_PERIODS` before.

    Real values come first: with enough of them nothing is filled in, else missing ones count as `rule.missing` says.
    """
    real = [each for each in points if each.value is not None]
    filled = rule.periods - len(real)
    if filled > 0 and rule.missing in ("breaching", "notBreaching"):
        return _filled(rule, real, filled)
    if not real:
        unknown = f"Insufficient Data: {_counted(rule.periods)} {'was' if rule.periods == 1 else 'were'} unknown."
        return Judgement("INSUFFICIENT_DATA", unknown) if rule.missing == "missing" else Judgement(None)
    real = real[-rule.periods :]
    breaching = [each for each in real if _breaches(rule, each)]
    others = [each for each in real if each not in breaching]
    if len(breaching) >= rule.needed or (filled > 0 and rule.missing == "missing" and _old_enough(rule, points)):
        return _told(rule, "ALARM", breaching, len(real))
    # All values that there are breach, but they are too few and too new: the alarm stays as it is.
    return _told(rule, "OK", others, len(real)) if others else Judgement(None)


def _filled(rule: Rule, real: list[Point], filled: int) -> Judgement:
    breaching = [each for each in real if _breaches(rule, each)]
    others = [each for each in real if each not in breaching]
    as_breaching = rule.missing == "breaching"
    state: State = "ALARM" if len(breaching) + filled * as_breaching >= rule.needed else "OK"
    if named := breaching if state == "ALARM" else others:
        return _told(rule, state, named, len(real))
    were, periods = ("was", "period") if filled == 1 else ("were", "periods")
    treated = f"{filled} missing datapoint{'' if filled == 1 else 's'} {were} treated as"
    kind = "Breaching" if as_breaching else "NonBreaching"
    received = f"no datapoints were received for {filled} {periods}"
    return Judgement(state, f"Threshold Crossed: {received} and {treated} [{kind}].")


def _old_enough(rule: Rule, points: list[Point]) -> bool:
    """Whether all values breach, and the oldest is as old as the number that makes an alarm.

    The alarm then is one, however few values there are ("Avoiding premature transitions to alarm state").
    """
    held = [at for at, each in enumerate(points) if each.value is not None]
    return all(_breaches(rule, points[at]) for at in held) and len(points) - held[0] >= rule.needed


def _breaches(rule: Rule, point: Point) -> bool:
    return point.value is not None and rule.breached(point.value)


def _told(rule: Rule, state: State, points: list[Point], of: int) -> Judgement:
    words = COMPARISONS[rule.comparison][1]
    values = ", ".join(f"{each.value!r} ({_day(each.at)})" for each in reversed(points))
    was = ("was" if len(points) == 1 else "were") + ("" if state == "ALARM" else " not")
    least, way = (rule.needed, "OK -> ALARM") if state == "ALARM" else (rule.periods - rule.needed + 1, "ALARM -> OK")
    minimum = f"(minimum {_counted(least)} for {way} transition)"
    last = f"{len(points)} out of the last {of} datapoints"
    return Judgement(
        state, f"Threshold Crossed: {last} [{values}] {was} {words} the threshold ({rule.threshold!r}) {minimum}."
    )


def _counted(number: int) -> str:
    return f"{number} datapoint{'' if number == 1 else 's'}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")
