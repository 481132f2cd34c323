"""A monthly cost budget."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.budgets_budget import BudgetsBudget, BudgetsBudgetCostFilter, BudgetsBudgetNotification
from constructs import Construct


class MonthlyBudget(Construct):
    """Warns at shares of the actual cost, and at the highest share also of the forecast.

    Counts resources that carry `tag`, a key and a value that name nothing else: whether a budget joins two tags by
    "and" or by "or" is documented nowhere. The key has to be activated as a cost allocation tag in the billing console
    once, and figures lag by hours. A budget takes five notifications (Budgets quotas).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        monthly_usd: int,
        notify_percent: Sequence[int],
        tag: tuple[str, str],
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
            cost_filter=[BudgetsBudgetCostFilter(name="TagKeyValue", values=[f"user:{tag[0]}${tag[1]}"])],
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
