"""Budget actions, which ministack lacks; the budgets are ministack's. Nothing ever triggers one, so that none has
anything to approve or to reverse, and whether AWS would trigger it is unproven.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Key, Shim, ShimError, Tags, tag_pairs, tags_from_pairs

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

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "CreateBudgetAction": self._create,
            "DescribeBudgetAction": self._describe,
            "DescribeBudgetActionsForBudget": self._list,
            "UpdateBudgetAction": self._update,
            "DeleteBudgetAction": self._delete,
            "ExecuteBudgetAction": self._execute,
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
        action["Status"] = after
        return {name: body[name] for name in ("AccountId", "BudgetName", "ActionId", "ExecutionType")}

    def _list_tags(self, request: Request, body: Item) -> Item | None:
        if "/action/" not in body["ResourceARN"]:
            return None
        return {"ResourceTags": tag_pairs(self._tags.of(body["ResourceARN"]))}

    def _action(self, body: Item) -> Item:
        key = (body["AccountId"], body["BudgetName"], body["ActionId"])
        if key not in self._actions:
            raise ShimError("NotFoundException", f"no action {body['ActionId']} of budget {body['BudgetName']}")
        return self._actions[key]


def _arn(body: Item, identifier: str) -> str:
    return f"arn:aws:budgets::{body['AccountId']}:budget/{body['BudgetName']}/action/{identifier}"
