"""Texts and number formats that every output of an estimate shares."""

from __future__ import annotations

from decimal import Decimal

from pipeline.cost.bedrock import table_date
from pipeline.cost.model import Range
from pipeline.cost.result import Estimate

FREE_TIERS = (
    "always: this much a month is free in every account, once for the whole account",
    "12 months: free for the first year of an account opened before 15 July 2025, by hours or units a month",
    "credits: no free tier; an account opened since 15 July 2025 has credits of 100 to 200 USD for six months, which "
    "pay for any line, also those marked 12 months",
)
LIST_PRICES = "List prices before tax, from the table of {} dated {}, and of models dated {}."
AFTER_RELEASE = "The service as it runs after its first release; until then it has no tasks and costs less."
PARKED = "The service is parked: it has no tasks, and gets no questions."


def usd(value: Decimal) -> str:
    """An amount with two decimals."""
    return f"{value:,.2f}"


def signed(value: Decimal) -> str:
    """A change with its sign and two decimals."""
    return f"{value:+,.2f}"


def quantity(value: Range) -> str:
    """The expected quantity: whole numbers without decimals, others with two, or with four below 10."""
    number = value.expected
    digits = 0 if number == number.to_integral_value() else 2 if number >= 10 else 4
    return f"{number:,.{digits}f}"


def unit_price(value: Decimal) -> str:
    """A unit price with all its digits, two at least."""
    text = f"{value.normalize():f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def state_backend(estimate: Estimate) -> str:
    """What the state backend costs, which no environment's total holds."""
    if estimate.state_backend_usd is None:
        return "The state backend is not in the total, and has no price here."
    price = usd(estimate.state_backend_usd)
    return f"Not in the total: the state backend (bucket, table and key), {price} USD a month."


def price_summary(estimate: Estimate) -> str:
    """The total of an estimate in one line."""
    total = estimate.total
    return (
        f"{estimate.env}: {usd(total.expected)} USD a month (low {usd(total.low)}, high {usd(total.high)}), "
        f"{usd(total.expected - estimate.always_free.expected)} after what is always free"
    )


def remarks(estimate: Estimate) -> list[str]:
    """Limits of the figures that a reader must know; every output shows them."""
    said = [
        LIST_PRICES.format(estimate.table_region, estimate.table_date, table_date()),
        PARKED if estimate.parked else AFTER_RELEASE,
    ]
    if estimate.emulated:
        said.append("This environment is emulated and costs nothing: it is priced as if it were on AWS.")
    if estimate.region != estimate.table_region:
        said.append(
            f"There is no price table for region {estimate.region}: figures are those of {estimate.table_region}."
        )
    if estimate.unpriced:
        count = len(estimate.unpriced)
        said.append(f"INCOMPLETE: {count} without a price here: the true price is higher than the total.")
    said += [
        f"Stated in [[cost.accepted]], not priced: {each.place}, {usd(each.usd)} USD a month ({each.source})."
        for each in estimate.stated
    ]
    said += [f"Not counted: [[cost.accepted]] states a figure for {each}, which needs none." for each in estimate.stale]
    said.append(state_backend(estimate))
    unchecked = sorted({line.price.key for line in estimate.lines if not line.price.checked})
    if unchecked:
        said.append(f"Prices from memory, or that move: {', '.join(unchecked)}.")
    if estimate.ceiling_exceeded:
        said.append(f"ABOVE THE CEILING: {estimate.ceiling_setting} is {estimate.ceiling_usd}.")
    elif estimate.over_budget:
        said.append(f"Above the budget: budget.monthly_usd is {estimate.budget_usd}.")
    return said
