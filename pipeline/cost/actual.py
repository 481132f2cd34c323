"""The bill of a month beside the estimate: by layer and service, what differs most first."""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pipeline.cost.result import Estimate
from pipeline.cost.services import service_of, shown_service

_ZERO, _CENT = Decimal(0), Decimal("0.01")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
# Cost Explorer keeps so many months before the present one ("GetCostAndUsage", API reference).
_MONTHS_BACK = 13
# A layer, and a service as Cost Explorer names it. The layer is empty where a resource of ours doesn't say its own.
Place = tuple[str, str]


@dataclass(frozen=True)
class Bill:
    """What AWS charged from `first` up to, not including, `after`, days of one month, in USD.

    `tagged` is what carries the environment's tags; `untagged` is the account's rest by service, whoever used it.
    `closed` says whether AWS still changes the figures.
    """

    first: date
    after: date
    tagged: Mapping[Place, Decimal]
    untagged: Mapping[str, Decimal]
    closed: bool

    @property
    def days(self) -> int:
        """Days that it covers."""
        return (self.after - self.first).days

    @property
    def of_days(self) -> int:
        """Days of its month."""
        return calendar.monthrange(self.first.year, self.first.month)[1]

    @property
    def share(self) -> Decimal:
        """Part of the month that it covers."""
        return Decimal(self.days) / self.of_days


@dataclass(frozen=True)
class BillLine:
    """A service in a layer: its estimate for the days of the bill, and the bill, in USD."""

    layer: str
    service: str
    estimated: Decimal
    billed: Decimal

    @property
    def difference(self) -> Decimal:
        """Bill minus estimate."""
        return self.billed - self.estimated

    def to_dict(self) -> dict[str, Any]:
        """The line as plain data, for --json."""
        return {
            "layer": self.layer,
            "service": self.service,
            "estimated_usd": float(self.estimated),
            "billed_usd": float(self.billed),
            "difference_usd": float(self.difference),
        }


@dataclass(frozen=True)
class Review:
    """An estimate beside a bill. `lines` are those that differ most first."""

    estimate: Estimate
    bill: Bill
    lines: tuple[BillLine, ...]

    @property
    def by_layer(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """Estimate and bill by layer, in the estimate's order; other layers of the bill follow."""
        layers = dict.fromkeys((*self.estimate.by_layer, *sorted(each.layer for each in self.lines)))
        return {layer: _sums(tuple(each for each in self.lines if each.layer == layer)) for layer in layers}

    @property
    def total(self) -> tuple[Decimal, Decimal]:
        """Estimate and bill."""
        return _sums(self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The object that `sitechat cost --actual --json` prints."""
        bill, (estimated, billed) = self.bill, self.total
        return {
            "env": self.estimate.env,
            "from": bill.first.isoformat(),
            "until": bill.after.isoformat(),
            "days": bill.days,
            "days_of_month": bill.of_days,
            "final": bill.closed,
            "currency": "USD",
            "estimated_usd": float(estimated),
            "billed_usd": float(billed),
            "layers": {
                layer: {"estimated_usd": float(one), "billed_usd": float(other)}
                for layer, (one, other) in self.by_layer.items()
            },
            "lines": [each.to_dict() for each in self.lines],
            "untagged_usd": {service: float(usd) for service, usd in _largest_first(bill.untagged).items()},
        }


def period(month: str, today: date) -> tuple[date, date]:
    """First day of a month ("2026-10"; "" is the one before `today`'s) and the day after the last that is over.

    Raises ValueError for anything else, a month of which no day is over, and one that AWS has no more.
    """
    if not month:
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), today.replace(day=1)
    found = _MONTH.fullmatch(month)
    if found is None:
        raise ValueError(f"{month!r} is no month such as 2026-10")
    first = date(int(found[1]), int(found[2]), 1)
    months = (today.year - first.year) * 12 + today.month - first.month
    if first >= today or months > _MONTHS_BACK:
        why = "no day of it is over" if first >= today else f"AWS keeps {_MONTHS_BACK} before this one"
        raise ValueError(f"{month}: {why}")
    return first, min(first + timedelta(days=calendar.monthrange(first.year, first.month)[1]), today)


def review(estimate: Estimate, bill: Bill) -> Review:
    """Put the expected usage of an estimate beside a bill, for the days that the bill covers."""
    expected: dict[Place, Decimal] = defaultdict(Decimal)
    for line in estimate.lines:
        expected[line.layer, service_of(line.price.key)] += line.cost.expected
    billed: dict[Place, Decimal] = defaultdict(Decimal)
    for (layer, service), usd in bill.tagged.items():
        billed[layer, shown_service(service)] += usd
    lines = [
        BillLine(
            *place,
            estimated=(expected.get(place, _ZERO) * bill.share).quantize(_CENT),
            billed=billed.get(place, _ZERO).quantize(_CENT),
        )
        for place in dict.fromkeys((*expected, *billed))
    ]
    shown = [each for each in lines if each.estimated or each.billed]
    return Review(estimate, bill, tuple(sorted(shown, key=lambda each: (-abs(each.difference), each.layer))))


def _sums(lines: tuple[BillLine, ...]) -> tuple[Decimal, Decimal]:
    return sum((each.estimated for each in lines), _ZERO), sum((each.billed for each in lines), _ZERO)


def _largest_first(amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    named: dict[str, Decimal] = defaultdict(Decimal)
    for service, usd in amounts.items():
        named[shown_service(service)] += usd
    cents = {service: usd.quantize(_CENT) for service, usd in named.items()}
    return dict(sorted(((name, usd) for name, usd in cents.items() if usd), key=lambda each: (-each[1], each[0])))
