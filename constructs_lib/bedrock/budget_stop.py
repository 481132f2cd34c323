"""The backstop in dollars: a Budgets action that denies models once a budget is exceeded."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.budgets_budget_action import (
    BudgetsBudgetAction,
    BudgetsBudgetActionActionThreshold,
    BudgetsBudgetActionDefinition,
    BudgetsBudgetActionDefinitionIamActionDefinition,
    BudgetsBudgetActionSubscriber,
)
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.denial import Denied, undeny_statements
from constructs_lib.identity.needs import declare
from constructs_lib.identity.role import ServiceRole
from policies.needs.need import Need


@dataclass(frozen=True)
class Exceeded:
    """Percent of a budget's actual cost at which its action runs: by itself, or once a person approves."""

    budget_name: str
    percent: int
    automatic: bool


class BudgetStop(Construct):
    """An action that attaches the denial of models to the roles that call them, and the role it runs in.

    Budgets counts by hours, so this is the backstop of `ModelStop`. A reversed action isn't evaluated again before the
    next period of its budget ("Configuring a budget action", AWS Cost Management guide).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        role_name: str,
        exceeded: Exceeded,
        denied: Denied,
        place: Place,
        topic_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        role = ServiceRole(
            self,
            "role",
            name=role_name,
            service="budgets.amazonaws.com",
            account_id=place.account_id,
            # The form that Budgets sends ("Cross-service confused deputy prevention", AWS Cost Management guide).
            source_arns=(place.arn("budgets", "budget/*", region=""),),
            description="Denies models when the budget is exceeded, and allows them again",
        )
        access = role.allow("access", undeny_statements(denied, place))
        policy = {"iam:PolicyARN": denied.policy_arn}
        actions = ("iam:AttachRolePolicy", "iam:DetachRolePolicy")
        declare(
            self,
            *(Need(role.arn, actions, place.role_arn(name), "budget-denies", policy) for name in denied.role_names),
        )
        BudgetsBudgetAction(
            self,
            "action",
            budget_name=exceeded.budget_name,
            notification_type="ACTUAL",
            action_type="APPLY_IAM_POLICY",
            action_threshold=BudgetsBudgetActionActionThreshold(
                action_threshold_type="PERCENTAGE", action_threshold_value=exceeded.percent
            ),
            approval_model="AUTOMATIC" if exceeded.automatic else "MANUAL",
            definition=BudgetsBudgetActionDefinition(
                iam_action_definition=BudgetsBudgetActionDefinitionIamActionDefinition(
                    policy_arn=denied.policy_arn, roles=list(denied.role_names)
                )
            ),
            execution_role_arn=role.arn,
            subscriber=[BudgetsBudgetActionSubscriber(subscription_type="SNS", address=topic_arn)],
            # An action without rights fails, and asks for a person.
            depends_on=[access],
        )
