"""Budget actions, which ministack lacks; the budgets are ministack's.

Nothing is spent here, so nothing triggers one by itself: a test says what was spent (`SpendEmulated`, no operation of
AWS's), and actions on actual cost whose threshold that reaches act at once, where AWS takes hours. An action applies
its policy to its roles without being asked whether its own role may; groups and users, and other kinds of actions, are
refused.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping

from local_aws.messages import Request, Response
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Handler, Item, Key, Shim, ShimError, Tags, tag_pairs, tags_from_pairs

_FIELDS = ("NotificationType", "ActionType", "ActionThreshold", "Definition", "ExecutionRoleArn", "ApprovalModel")

# Status in which an execution is possible, and the status after it (botocore, budgets ExecutionType and ActionStatus).
_EXECUTIONS = {
    "APPROVE_BUDGET_ACTION": ("PENDING", "EXECUTION_SUCCESS"),
    "RETRY_BUDGET_ACTION": ("EXECUTION_FAILURE", "EXECUTION_SUCCESS"),
    "REVERSE_BUDGET_ACTION": ("EXECUTION_SUCCESS", "REVERSE_SUCCESS"),
    "RESET_BUDGET_ACTION": ("REVERSE_SUCCESS", "STANDBY"),
}


class BudgetActions(Shim):
    """Actions by account, budget and id."""

    service = "budgets"

    def __init__(self) -> None:
        super().__init__()
        self._actions: dict[Key, Item] = {}
        self._tags = Tags()
        self._turn = threading.Lock()
        self._asking: Asking | None = None

    def answer(self, request: Request, forward: Forward) -> Response | None:
        """As any shim's; what acts asks the emulators in the name of who sent `request`."""
        with self._turn:
            self._asking = Asking(request, forward)
            return super().answer(request, forward)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "CreateBudgetAction": self._create,
            "DescribeBudgetAction": self._describe,
            "DescribeBudgetActionsForBudget": self._list,
            "UpdateBudgetAction": self._update,
            "DeleteBudgetAction": self._delete,
            "ExecuteBudgetAction": self._execute,
            "SpendEmulated": self._spend,
            "ListTagsForResource": self._list_tags,
        }

    def _create(self, request: Request, body: Item) -> Item:
        identifier = str(uuid.uuid4())
        action = {name: body[name] for name in (*_FIELDS, "Subscribers")}
        action |= {"ActionId": identifier, "BudgetName": body["BudgetName"], "Status": "STANDBY"}
        self._actions[body["AccountId"], body["BudgetName"], identifier] = action
        self._tags.create(_arn(body, identifier), tags_from_pairs(body.get("ResourceTags")))
        return {"AccountId": body["AccountId"], "BudgetName": body["BudgetName"], "ActionId": identifier}

    def _describe(self, request: Request, body: Item) -> Item:
        action = self._action(body)
        return {"AccountId": body["AccountId"], "BudgetName": body["BudgetName"], "Action": action}

    def _list(self, request: Request, body: Item) -> Item:
        budget = (body["AccountId"], body["BudgetName"])
        return {"Actions": [item for key, item in self._actions.items() if key[:2] == budget]}

    def _update(self, request: Request, body: Item) -> Item:
        action = self._action(body)
        old = dict(action)
        action.update({name: body[name] for name in (*_FIELDS, "Subscribers") if name in body})
        names = {"AccountId": body["AccountId"], "BudgetName": body["BudgetName"]}
        return {**names, "OldAction": old, "NewAction": action}

    def _delete(self, request: Request, body: Item) -> Item:
        action = self._action(body)
        del self._actions[body["AccountId"], body["BudgetName"], body["ActionId"]]
        self._tags.forget(_arn(body, body["ActionId"]))
        return {"AccountId": body["AccountId"], "BudgetName": body["BudgetName"], "Action": action}

    def _execute(self, request: Request, body: Item) -> Item:
        action, wanted = self._action(body), body["ExecutionType"]
        possible, after = _EXECUTIONS.get(wanted, ("", ""))
        if action["Status"] != possible:
            raise ShimError("InvalidParameterException", f"{wanted} of an action that is {action['Status']}")
        if wanted == "REVERSE_BUDGET_ACTION":
            self._apply(action, "DetachRolePolicy")
        elif wanted != "RESET_BUDGET_ACTION":
            self._apply(action, "AttachRolePolicy")
        action["Status"] = after
        return {name: body[name] for name in ("AccountId", "BudgetName", "ActionId", "ExecutionType")}

    def _spend(self, request: Request, body: Item) -> Item:
        """Say what a budget has cost this month, in USD; its actions, with their status now."""
        named = {"AccountId": body["AccountId"], "BudgetName": body["BudgetName"]}
        assert self._asking is not None
        budget = self._asking.json("budgets", "AWSBudgetServiceGateway.DescribeBudget", named)["Budget"]
        limit = float(budget["BudgetLimit"]["Amount"])
        for key, action in self._actions.items():
            reached = float(body["Usd"]) >= _threshold(action, limit)
            if key[:2] == tuple(named.values()) and action["Status"] == "STANDBY" and reached:
                if action["ApprovalModel"] == "AUTOMATIC":
                    self._apply(action, "AttachRolePolicy")
                action["Status"] = "EXECUTION_SUCCESS" if action["ApprovalModel"] == "AUTOMATIC" else "PENDING"
        return self._list(request, body)

    def _apply(self, action: Item, operation: str) -> None:
        applied = action["Definition"].get("IamActionDefinition", {})
        if action["ActionType"] != "APPLY_IAM_POLICY" or applied.get("Groups") or applied.get("Users"):
            raise ShimError("InvalidParameterException", "only actions that apply a policy to roles act here", 501)
        assert self._asking is not None
        for role in applied["Roles"]:
            named = {"RoleName": role, "PolicyArn": applied["PolicyArn"]}
            self._asking.query("iam", {"Action": operation, "Version": "2010-05-08", **named})

    def _list_tags(self, request: Request, body: Item) -> Item | None:
        if "/action/" not in body["ResourceARN"]:
            return None
        return {"ResourceTags": tag_pairs(self._tags.of(body["ResourceARN"]))}

    def _action(self, body: Item) -> Item:
        key = (body["AccountId"], body["BudgetName"], body["ActionId"])
        if key not in self._actions:
            raise ShimError("NotFoundException", f"no action {body['ActionId']} of budget {body['BudgetName']}")
        return self._actions[key]


def _threshold(action: Item, limit: float) -> float:
    """Dollars at which an action acts; one on the forecast never does, since nothing forecasts here."""
    if action["NotificationType"] != "ACTUAL":
        return float("inf")
    value = float(action["ActionThreshold"]["ActionThresholdValue"])
    return limit * value / 100 if action["ActionThreshold"]["ActionThresholdType"] == "PERCENTAGE" else value


def _arn(body: Item, identifier: str) -> str:
    return f"arn:aws:budgets::{body['AccountId']}:budget/{body['BudgetName']}/action/{identifier}"
