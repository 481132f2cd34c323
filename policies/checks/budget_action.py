"""A budget's action without a policy, or with another one than IAM's, stops nothing."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed


class BudgetAction(Rule):
    check_id = "CKV_SITECHAT_79"
    title = "An action of a budget must attach a policy to roles"
    fix = "name policy_arn and roles in definition, iam_action_definition"
    resources = ("aws_budgets_budget_action",)
    attributes = ("definition/iam_action_definition/policy_arn", "definition/iam_action_definition/roles")

    def broken(self, conf: Conf) -> bool:
        """Whether none of its definitions says which policy, and to which roles."""
        return not any(
            value(one, "policy_arn") and _named(one)
            for each in nested_blocks(conf, "definition")
            for one in nested_blocks(each, "iam_action_definition")
        )


def _named(action: Conf) -> bool:
    """Whether a role is named; checkov holds a list in a list of its own."""
    return any(role for one in listed(action.get("roles")) for role in listed(one))


check = BudgetAction()
