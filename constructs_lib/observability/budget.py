"""A monthly cost budget."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.budgets_budget import BudgetsBudget, BudgetsBudgetCostFilter, BudgetsBudgetNotification
from constructs import Construct


def of_tag(key: str, value: str) -> tuple[str, Sequence[str]]:
    """Resources that carry a tag, whose key has to be activated as a cost allocation tag in the billing console once.

    Calls of a model carry none, but for those of an application inference profile.
    """
    return "TagKeyValue", (f"user:{key}${value}",)


def of_services(*names: str) -> tuple[str, Sequence[str]]:
    """All of the account that stands under these names in the bill, whoever caused it."""
    return "Service", names


class MonthlyBudget(Construct):
    """Warns at shares of the actual cost, and at the highest share also of the forecast.

    Counts what `counted` says, the name of one filter and its values, of which one has to apply: whether a budget joins
    two tags by "and" or by "or" is documented nowhere. Figures lag by hours. A budget takes five notifications (Budgets
    quotas).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        monthly_usd: int,
        notify_percent: Sequence[int],
        counted: tuple[str, Sequence[str]],
        emails: Sequence[str] = (),
        topic_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        levels = [*(("ACTUAL", percent) for percent in sorted(notify_percent)), ("FORECASTED", max(notify_percent))]
        self.budget = BudgetsBudget(
            self,
            "budget",
            name=name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{monthly_usd}.0",
            limit_unit="USD",
            cost_filter=[BudgetsBudgetCostFilter(name=counted[0], values=list(counted[1]))],
            notification=[_notification(kind, percent, emails, topic_arn) for kind, percent in levels],
        )


def _notification(kind: str, percent: int, emails: Sequence[str], topic_arn: str | None) -> BudgetsBudgetNotification:
    return BudgetsBudgetNotification(
        notification_type=kind,
        comparison_operator="GREATER_THAN",
        threshold=percent,
        threshold_type="PERCENTAGE",
        subscriber_email_addresses=list(emails) or None,
        subscriber_sns_topic_arns=[topic_arn] if topic_arn else None,
    )
