"""The Budgets action that denies models, as `sitechat bedrock` sees it and undoes it.

What AWS says while an action runs, or fails, a stand-in of Budgets says; the whole way is in test_budget_spent.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from config import parse
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import budget_action
from pipeline.session import Session

NAME = "sitechat-dev-models"


@dataclass
class Budgets:
    """One budget with one action; `after` are its statuses, one for each time somebody looks after an execution."""

    status: str
    after: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    refused: str = ""

    def client(self, service: str, region: str) -> Any:
        assert (service, region) == ("budgets", "us-east-1")
        return self

    def get_paginator(self, operation: str) -> Any:
        assert operation == "describe_budget_actions_for_budget"
        return self

    def paginate(self, **given: str) -> Any:
        assert given == {"AccountId": "111111111111", "BudgetName": NAME}
        if self.executed and self.after:
            self.status = self.after.pop(0)
        others = {"ActionId": "0", "ActionType": "RUN_SSM_DOCUMENTS", "Status": "EXECUTION_SUCCESS"}
        ours = {"ActionId": "1", "ActionType": "APPLY_IAM_POLICY", "Status": self.status}
        return [{"Actions": [others]}, {"Actions": [ours]}]

    def execute_budget_action(self, **given: str) -> None:
        if self.refused:
            raise ClientError({"Error": {"Code": self.refused, "Message": ""}}, "ExecuteBudgetAction")
        assert (given["BudgetName"], given["ActionId"]) == (NAME, "1")
        self.executed.append(given["ExecutionType"])


def session(budgets: Budgets, stop: str = "automatic") -> Session:
    env = parse(
        {"account_id": "111111111111", "budget": {"stop": stop, **({} if stop == "off" else {"model_usd": 50})}},
        name="dev",
    )
    budgets.env = env  # type: ignore[attr-defined]
    return cast(Session, budgets)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_action, "LOOK_SECONDS", 0.0)


@pytest.mark.parametrize("status", ["STANDBY", "PENDING", "EXECUTION_SUCCESS"])
def test_its_status_is_that_of_the_action_which_applies_the_policy(status: str) -> None:
    assert budget_action.status(session(Budgets(status))) == status


def test_where_no_budget_acts_nobody_is_asked() -> None:
    assert budget_action.status(session(Budgets("PENDING"), "off")) == ""


def test_one_that_ran_is_undone_and_stays_so() -> None:
    budgets = Budgets("EXECUTION_SUCCESS", ["REVERSE_IN_PROGRESS", "REVERSE_SUCCESS"])
    assert budget_action.undo(session(budgets), rearm=False) == "REVERSE_SUCCESS"
    assert budgets.executed == ["REVERSE_BUDGET_ACTION"]


def test_rearmed_it_may_run_again() -> None:
    budgets = Budgets("EXECUTION_SUCCESS", ["REVERSE_SUCCESS", "RESET_IN_PROGRESS", "STANDBY"])
    assert budget_action.undo(session(budgets), rearm=True) == "STANDBY"
    assert budgets.executed == ["REVERSE_BUDGET_ACTION", "RESET_BUDGET_ACTION"]


@pytest.mark.parametrize("status", ["STANDBY", "PENDING", "REVERSE_SUCCESS", "EXECUTION_FAILURE"])
def test_one_that_did_not_run_is_left_alone(status: str) -> None:
    budgets = Budgets(status)
    assert budget_action.undo(session(budgets), rearm=False) == status
    assert budgets.executed == []


@pytest.mark.parametrize("budgets", [
    Budgets("EXECUTION_SUCCESS", ["REVERSE_FAILURE"]),
    Budgets("EXECUTION_SUCCESS", refused="ResourceLockedException"),
])  # fmt: skip
def test_what_budgets_does_not_undo_is_told(budgets: Budgets) -> None:
    with pytest.raises(SitechatError) as refused:
        budget_action.undo(session(budgets), rearm=False)
    assert refused.value.code is ExitCode.FAILED


def test_one_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_action, "WAIT_SECONDS", 0.0)
    with pytest.raises(SitechatError, match="within a minute"):
        budget_action.undo(session(Budgets("EXECUTION_SUCCESS")), rearm=False)
