"""A Budgets action from the dollar that triggers it to `sitechat bedrock resume`, on the emulated AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from config import load
from pipeline.errors import ExitCode
from tests.pipeline.operations.support import Account, Run
from tests.support.budgets import spend

TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}
DENIES = {"Statement": [{"Effect": "Deny", "Action": "bedrock:*", "Resource": "*"}]}


@dataclass(frozen=True)
class Budgeted:
    """An environment with a bucket of switches, a role of tasks, the denial, and a budget of 50 USD with an action."""

    account: Account
    role: str
    budget: str

    def denied(self) -> bool:
        found = self.account.client("iam").list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]
        return any(each["PolicyName"].endswith("-model-stop") for each in found)

    def status(self) -> str:
        named = {"AccountId": self.account.endpoint.account_id, "BudgetName": self.budget}
        (action,) = self.account.client("budgets").describe_budget_actions_for_budget(**named)["Actions"]
        return str(action["Status"])

    def spend(self, usd: float) -> None:
        spend(self.account.endpoint.url, self.account.endpoint.account_id, self.budget, usd)


def budgeted(account: Account, approval: str = "AUTOMATIC") -> Budgeted:
    account.file.write_text(f'{account.file.read_text()}[budget]\nstop = "automatic"\nmodel_usd = 50\n')
    env = load(account.file)
    account.client("s3").create_bucket(Bucket=env.names.bucket("switches"))
    account.client("sns").create_topic(Name=env.names.resource("alarms"))
    iam, role, budget = account.client("iam"), env.names.regional("task"), env.names.resource("models")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
    made = iam.create_policy(PolicyName=env.names.regional("model-stop"), PolicyDocument=json.dumps(DENIES))
    budgets, whose = account.client("budgets"), {"AccountId": account.endpoint.account_id}
    limit: dict[str, Any] = {"Amount": "50", "Unit": "USD"}
    budgets.create_budget(
        **whose, Budget={"BudgetName": budget, "BudgetLimit": limit, "TimeUnit": "MONTHLY", "BudgetType": "COST"}
    )
    budgets.create_budget_action(
        **whose,
        BudgetName=budget,
        NotificationType="ACTUAL",
        ActionType="APPLY_IAM_POLICY",
        ActionThreshold={"ActionThresholdValue": 100, "ActionThresholdType": "PERCENTAGE"},
        Definition={"IamActionDefinition": {"PolicyArn": made["Policy"]["Arn"], "Roles": [role]}},
        ExecutionRoleArn=env.place.role_arn(env.names.regional("budget-stop")),
        ApprovalModel=approval,
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "a@example.com"}],
    )
    return Budgeted(account, role, budget)


def test_what_is_spent_denies_models_and_resume_undoes_it_for_the_month(account: Account, run: Run) -> None:
    found, env = budgeted(account), ("--env", account.file)
    found.spend(49.99)
    assert (found.status(), found.denied()) == ("STANDBY", False)
    assert run("bedrock", "status", *env).code == ExitCode.OK
    found.spend(50)
    assert (found.status(), found.denied()) == ("EXECUTION_SUCCESS", True)
    status = run("bedrock", "status", *env)
    assert status.code == ExitCode.CHANGES
    assert found.role in status.out
    assert run("bedrock", "resume", *env).code == ExitCode.OK
    assert (found.status(), found.denied()) == ("REVERSE_SUCCESS", False)
    assert run("bedrock", "status", *env).code == ExitCode.OK
    found.spend(70)
    assert (found.status(), found.denied()) == ("REVERSE_SUCCESS", False)


def test_rearmed_it_acts_again_the_same_month(account: Account, run: Run) -> None:
    found = budgeted(account)
    found.spend(60)
    assert run("bedrock", "resume", "--env", account.file, "--rearm").code == ExitCode.OK
    assert (found.status(), found.denied()) == ("STANDBY", False)
    found.spend(61)
    assert (found.status(), found.denied()) == ("EXECUTION_SUCCESS", True)


def test_by_hand_it_waits_for_a_person(account: Account, run: Run) -> None:
    found = budgeted(account, approval="MANUAL")
    found.spend(60)
    assert (found.status(), found.denied()) == ("PENDING", False)
    named = {"AccountId": account.endpoint.account_id, "BudgetName": found.budget}
    budgets = account.client("budgets")
    (action,) = budgets.describe_budget_actions_for_budget(**named)["Actions"]
    budgets.execute_budget_action(**named, ActionId=action["ActionId"], ExecutionType="APPROVE_BUDGET_ACTION")
    assert (found.status(), found.denied()) == ("EXECUTION_SUCCESS", True)
    assert run("bedrock", "resume", "--env", account.file).code == ExitCode.OK
    assert (found.status(), found.denied()) == ("REVERSE_SUCCESS", False)


@pytest.mark.parametrize("kind", ["REVERSE_BUDGET_ACTION", "RESET_BUDGET_ACTION", "APPROVE_BUDGET_ACTION"])
def test_what_has_not_run_is_neither_undone_nor_approved(kind: str, account: Account) -> None:
    found = budgeted(account)
    named = {"AccountId": account.endpoint.account_id, "BudgetName": found.budget}
    budgets = account.client("budgets")
    (action,) = budgets.describe_budget_actions_for_budget(**named)["Actions"]
    with pytest.raises(budgets.exceptions.ClientError, match="InvalidParameterException"):
        budgets.execute_budget_action(**named, ActionId=action["ActionId"], ExecutionType=kind)
    assert not found.denied()
