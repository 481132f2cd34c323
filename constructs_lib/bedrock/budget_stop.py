"""The backstop in dollars: a Budgets action that denies models once a budget is exceeded."""

from __future__ import annotations

from collections.abc import Sequence
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
    """A budget whose actual cost reaches its amount, and whether the action runs by itself or a person approves it."""

    budget_name: str
    automatic: bool


class BudgetStop(Construct):
    """An action that attaches the denial of models to the roles that call them, and the role it runs in.

    Budgets counts by hours, so this is the backstop of `ModelStop`. The budget has to be one of what models cost: their
    calls carry no tag. `emails` are told as the topic is, at most ten beside it (Subscribers, CreateBudgetAction); who
    reads them is asked to approve. A reversed action isn't evaluated again before the next period of its budget
    ("Configuring a budget action", AWS Cost Management guide).
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
        emails: Sequence[str] = (),
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
                action_threshold_type="PERCENTAGE", action_threshold_value=100
            ),
            approval_model="AUTOMATIC" if exceeded.automatic else "MANUAL",
            definition=BudgetsBudgetActionDefinition(
                iam_action_definition=BudgetsBudgetActionDefinitionIamActionDefinition(
                    policy_arn=denied.policy_arn, roles=list(denied.role_names)
                )
            ),
            execution_role_arn=role.arn,
            subscriber=[
                BudgetsBudgetActionSubscriber(subscription_type="SNS", address=topic_arn),
                *(BudgetsBudgetActionSubscriber(subscription_type="EMAIL", address=each) for each in emails),
            ],
            # An action without rights fails, and asks for a person.
            depends_on=[access],
        )
