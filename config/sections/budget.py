"""[budget]: the monthly cost budget."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field

from config.checks import Mails, Many, StrictModel

# AWS takes up to 1 000 000 % (botocore, budgets NotificationThreshold); more than tenfold is a slip of the keyboard.
Percent = Annotated[int, Ge(1), Le(1000)]


class BudgetSection(StrictModel):
    """A budget that warns, and with `stop` denies models."""

    enabled: bool = Field(default=True, description="Build the budget.")
    monthly_usd: int = Field(default=100, ge=1, le=1_000_000, description="Planned cost of the environment a month.")
    # Five notifications a budget: each percentage of the actual cost, and the highest also of the forecast.
    notify_percent: Many[Percent] = Field(
        default=(80, 100), min_length=1, max_length=4, description="Shares of the budget at which a mail is sent."
    )
    emails: Mails = Field(
        default=(), max_length=10, description="Recipients of budget mails; by default those of alarms."
    )
    stop: Literal["off", "manual", "automatic"] = Field(
        default="off",
        description="What a Budgets action does at `stop_percent`: nothing; deny models once a person approves; or "
        "deny them by itself. Its figures are hours old: `bedrock.stop` is faster.",
    )
    stop_percent: Percent = Field(default=150, description="Share of the budget, of actual cost, at which it acts.")
