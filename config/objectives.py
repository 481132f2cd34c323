"""Objectives of the service: how fast failures may use up what an objective allows, before people are told.

The rates are those of "Alerting on SLOs", Google's Site Reliability Workbook, chapter 5, whose short windows are a
twelfth of the long ones. Its third rate, over three days, has no alarm here: in one period an alarm looks back a day at
most (PutMetricAlarm). docs/objectives.md has the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# An objective is of so many days: what it allows in them is its budget.
BUDGET_DAYS = 30
# In the long window so many failures at least are no chance: a quiet site has few questions.
LEAST_FAILURES: Final = 3
# Below, the faster rate would ask for more failures than there are questions.
LEAST_PERCENT, MOST_PERCENT = 94.0, 99.99


@dataclass(frozen=True)
class BurnRate:
    """A share of the budget, in percent, that is used up within `long_seconds`."""

    id: str
    budget_percent: float
    long_seconds: int

    @property
    def short_seconds(self) -> int:
        """The short window: whether it still goes on."""
        return self.long_seconds // 12

    @property
    def rate(self) -> float:
        """How many times faster than in a month the budget is used up."""
        return round(self.budget_percent / 100 * BUDGET_DAYS * 86_400 / self.long_seconds, 6)

    def threshold(self, percent: float) -> float:
        """Failures of all questions in percent that use up the budget of an objective so fast."""
        found = round(self.rate * (100 - percent), 6)
        return int(found) if found.is_integer() else found  # as JSON has it


FAST, SLOW = BurnRate("fast", 2, 3_600), BurnRate("slow", 5, 21_600)
BURN_RATES = (FAST, SLOW)


def windows() -> tuple[tuple[BurnRate, str, int], ...]:
    """Every window as rate, name and seconds, in the order of the alarms."""
    return tuple(
        (rate, name, seconds)
        for rate in BURN_RATES
        for name, seconds in (("long", rate.long_seconds), ("short", rate.short_seconds))
    )


def window_name(name: str, rate: BurnRate, length: str) -> str:
    """Name of the alarm on one window of an objective whose composite alarm is called `name`."""
    return f"{name}-{rate.id}-{length}"


def composite_rule(name: str) -> str:
    """Rule of an objective's composite alarm: on while both windows of any rate are."""
    pairs = ((window_name(name, rate, "long"), window_name(name, rate, "short")) for rate in BURN_RATES)
    return " OR ".join(f'(ALARM("{long}") AND ALARM("{short}"))' for long, short in pairs)


def share(length: str) -> str:
    """Metric math of a window: failures of all questions in percent, and none where a long window has few."""
    return f"IF(bad >= {LEAST_FAILURES if length == 'long' else 1}, 100 * bad / every, 0)"


def spent(percent: float) -> str:
    """Metric math of a graph of BUDGET_DAYS days: how much of its budget an objective has used up, in percent."""
    return f"10000 * RUNNING_SUM(FILL(bad, 0)) / (SUM(every) * {round(100 - percent, 6):g})"


def table() -> str:
    """The table of docs/objectives.md, with the thresholds of two objectives as examples."""
    examples = (99.5, 95.0)
    shown = " | ".join(f"threshold at {each:g} %" for each in examples)
    head = f"| rate | share of the budget | long window | short window | burn rate | {shown} |"
    return "\n".join((head, "|---|--:|--:|--:|--:|--:|--:|", *(_row(rate, examples) for rate in BURN_RATES)))


def _row(rate: BurnRate, examples: tuple[float, ...]) -> str:
    thresholds = (f"{rate.threshold(each):g} %" for each in examples)
    windows_ = (f"{seconds // 60} minutes" for seconds in (rate.long_seconds, rate.short_seconds))
    return f"| {' | '.join((rate.id, f'{rate.budget_percent:g} %', *windows_, f'{rate.rate:g}', *thresholds))} |"
