"""[budget]: the monthly budget of the environment, and that of the account's models."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field

from config.checks import Mails, Many, StrictModel, Text

# AWS takes up to 1 000 000 % (botocore, budgets NotificationThreshold); more than tenfold is a slip of the keyboard.
Percent = Annotated[int, Ge(1), Le(1000)]
# What Amazon's own models stand under in the bill, as guardrails do; dimension SERVICE of Cost Explorer.
BEDROCK = "Amazon Bedrock"
ServiceName = Annotated[
    str, Text(r"\S(?:.*\S)?", "a name of the bill, such as Claude Sonnet 4.5 (Amazon Bedrock Edition)", max_length=200)
]


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
        description="What a Budgets action does once Bedrock has cost `model_usd` this month: nothing; deny models to "
        "this environment once a person approves; or deny them by itself. It counts the whole account's calls of "
        "models, because they carry no tag, and its figures are hours old: `bedrock.stop` is faster.",
    )
    model_usd: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Cost a month of all calls of Bedrock in the account, whichever environment makes them, at which "
        "`stop` acts.",
    )
    model_services: Many[ServiceName] = Field(
        default=(),
        max_length=20,
        description=f'Names in the bill that are models, beside "{BEDROCK}", for `stop`. Those of other providers than '
        "Amazon are billed by AWS Marketplace under names of their own: Cost Explorer shows them under Service.",
    )

    @property
    def billed_services(self) -> tuple[str, ...]:
        """Names in the bill whose cost is that of models."""
        return tuple(dict.fromkeys((BEDROCK, *self.model_services)))
