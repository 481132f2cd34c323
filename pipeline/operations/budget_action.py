"""The Budgets action that denies models: whether it ran, and how it is undone."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from config.switches import MODEL_BUDGET
from pipeline.aws import asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

# Budgets is asked in one region, whatever the environment's is.
_REGION = "us-east-1"
# An action takes seconds; whoever resumes waits no longer.
WAIT_SECONDS, LOOK_SECONDS = 60.0, 2.0
STANDBY, RAN, UNDONE = "STANDBY", "EXECUTION_SUCCESS", "REVERSE_SUCCESS"
_UNDO, _REARM = "REVERSE_BUDGET_ACTION", "RESET_BUDGET_ACTION"


def status(session: Session) -> str:
    """Status of the action, in AWS's word; empty where the environment has none. Raises SitechatError (6)."""
    action = _action(session)
    return str(action["Status"]) if action else ""


def undo(session: Session, *, rearm: bool) -> str:
    """Undo an action that ran, and say its status then; without `rearm` Budgets leaves it for the rest of the month.

    With it the action is evaluated again, which denies models anew within hours where the budget is still exceeded.
    Raises SitechatError (6), also where AWS takes longer than a minute.
    """
    action = _action(session)
    if action and action["Status"] == RAN:
        action = _execute(session, action, _UNDO, UNDONE)
    if action and rearm and action["Status"] == UNDONE:
        action = _execute(session, action, _REARM, STANDBY)
    return str(action["Status"]) if action else ""


def _execute(session: Session, action: dict[str, Any], what: str, wanted: str) -> dict[str, Any]:
    doing = "undo the Budgets action" if what == _UNDO else "reset the Budgets action"
    execute = partial(_client(session).execute_budget_action, **_budget(session), ActionId=action["ActionId"])
    asked(execute, otherwise=failed_to(doing), ExecutionType=what)
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = _action(session)
        if found and found["Status"] == wanted:
            return found
        if found and found["Status"].endswith("_FAILURE"):
            break
        time.sleep(LOOK_SECONDS)
    raise SitechatError(
        f"AWS didn't {doing} within a minute",
        hint=f"Look at the budget {session.env.names.resource('monthly')} in the console.",
        code=ExitCode.FAILED,
    )


def _action(session: Session) -> dict[str, Any] | None:
    """The action of the environment's budget that applies a policy."""
    if session.env.budget.stop == "off":
        return None

    def read() -> list[dict[str, Any]]:
        pages = _client(session).get_paginator("describe_budget_actions_for_budget").paginate(**_budget(session))
        return [each for page in pages for each in page["Actions"]]

    found = asked_for(read, absent=("NotFoundException",), otherwise=failed_to("look at the Budgets action"))
    return next((each for each in found or () if each["ActionType"] == "APPLY_IAM_POLICY"), None)


def _client(session: Session) -> Any:
    return session.client("budgets", _REGION)


def _budget(session: Session) -> dict[str, str]:
    return {"AccountId": session.env.account_id, "BudgetName": session.env.names.resource(MODEL_BUDGET)}
