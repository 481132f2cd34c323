"""Cloud Control for the one type that the provider lacks a resource of, AWS::XRay::TransactionSearchConfig: ministack
stores any type and does nothing, so that every other type is refused.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response, json_response, not_implemented
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Handler, Item, Shim, ShimError
from local_aws.shims.transaction_search import CLOUDWATCH, FREE_PERCENT, XRAY, TransactionSearch, checked_percent

TYPE = "AWS::XRay::TransactionSearchConfig"
_PERCENT = "IndexingPercentage"
# What X-Ray refuses, as Cloud Control calls it (botocore, cloudcontrol HandlerErrorCode).
_REFUSALS = {"AccessDeniedException": "AccessDenied", "InvalidRequestException": "InvalidRequest"}


class CloudControl(Shim):
    """Requests are answered as in progress, and done when asked for: like AWS's, the first answer names no identifier.

    The identifier is the account. Creating what is on already fails, and deleting sends spans to X-Ray again.
    """

    service = "cloudcontrolapi"
    whole = True

    def __init__(self, search: TransactionSearch) -> None:
        super().__init__()
        self._search = search
        self._events: dict[str, Item] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {"GetResource": self._get, "GetResourceRequestStatus": self._status}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        body = request.json()
        if "TypeName" in body and body["TypeName"] != TYPE:
            return not_implemented(request, f"the shim, which knows {TYPE} alone and not {body['TypeName']},")
        changes = {"CreateResource": self._create, "UpdateResource": self._update, "DeleteResource": self._delete}
        change = changes.get(request.operation)
        if change is None or "TypeName" not in body:
            return super().answer(request, forward)
        event: Item = {
            "TypeName": TYPE,
            "RequestToken": str(uuid.uuid4()),
            "Operation": request.operation.removesuffix("Resource").upper(),
            "EventTime": time.time(),
        }
        try:
            change(Asking(request, forward), body)
            ended: Item = {"OperationStatus": "SUCCESS", "Identifier": ACCOUNT_ID}
        except ShimError as refusal:
            code = _REFUSALS.get(refusal.code, refusal.code)
            ended = {"OperationStatus": "FAILED", "ErrorCode": code, "StatusMessage": str(refusal)}
        self._events[event["RequestToken"]] = {**event, **ended}
        known = {} if event["Operation"] == "CREATE" else {"Identifier": ACCOUNT_ID}
        return json_response({"ProgressEvent": {**event, "OperationStatus": "IN_PROGRESS", **known}})

    def _create(self, asking: Asking, body: Item) -> None:
        region, percent = asking.request.region, _percent_of(json.loads(body["DesiredState"]))
        if self._search.destination(region) == CLOUDWATCH:
            raise ShimError("AlreadyExists", f"Transaction Search is on already in {region}")
        self._search.switch(asking, CLOUDWATCH)
        self._search.index(region, percent)

    def _update(self, asking: Asking, body: Item) -> None:
        self._found(asking.request, body)
        state = {_PERCENT: self._search.percent(asking.request.region)}
        for step in json.loads(body["PatchDocument"]):
            if step["path"] != f"/{_PERCENT}" or step["op"] not in ("add", "replace", "remove"):
                raise ShimError("InvalidRequest", f"{step['op']} {step['path']}: {_PERCENT} alone can be changed")
            state = {} if step["op"] == "remove" else {_PERCENT: step["value"]}
        self._search.index(asking.request.region, _percent_of(state))

    def _delete(self, asking: Asking, body: Item) -> None:
        self._found(asking.request, body)
        self._search.switch(asking, XRAY)

    def _get(self, request: Request, body: Item) -> Item:
        try:
            self._found(request, body)
        except ShimError as refusal:
            raise ShimError("ResourceNotFoundException", str(refusal)) from None
        state = {"AccountId": ACCOUNT_ID, _PERCENT: self._search.percent(request.region)}
        return {"TypeName": TYPE, "ResourceDescription": {"Identifier": ACCOUNT_ID, "Properties": json.dumps(state)}}

    def _status(self, request: Request, body: Item) -> Item:
        if body["RequestToken"] not in self._events:
            raise ShimError("RequestTokenNotFoundException", f"no request {body['RequestToken']}")
        return {"ProgressEvent": self._events[body["RequestToken"]]}

    def _found(self, request: Request, body: Item) -> None:
        if body["Identifier"] != ACCOUNT_ID or self._search.destination(request.region) != CLOUDWATCH:
            raise ShimError("NotFound", f"no {TYPE} of {body['Identifier']} in {request.region}")


def _percent_of(state: Item) -> float:
    """The percentage that a state asks for; raises ShimError where it says anything else."""
    if others := sorted(set(state) - {_PERCENT}):
        raise ShimError("InvalidRequest", f"extraneous key {', '.join(others)} of {TYPE}")
    return checked_percent(state.get(_PERCENT, FREE_PERCENT))
