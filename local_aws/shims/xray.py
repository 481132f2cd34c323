"""X-Ray groups and sampling rules (planned use: observability), the destination of spans and how many are indexed,
which moto lacks; traces are moto's.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response, error_response, json_response
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Handler, Item, Key, Shim, ShimError, Tags, tag_pairs, tags_from_pairs
from local_aws.shims.transaction_search import TransactionSearch

_INDEXING = "Default"  # the one rule; it can be changed, and neither made nor deleted


class Xray(Shim):
    """Groups and sampling rules by region and name; requests may name them by ARN too."""

    service = "xray"

    def __init__(self, search: TransactionSearch) -> None:
        super().__init__()
        self._search = search
        self._groups: dict[Key, Item] = {}
        self._rules: dict[Key, Item] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "POST /CreateGroup": self._create_group,
            "POST /GetGroup": lambda request, body: {"Group": self._group(request, body)},
            "POST /Groups": lambda request, body: {"Groups": _in_region(self._groups, request)},
            "POST /UpdateGroup": self._update_group,
            "POST /DeleteGroup": self._delete_group,
            "POST /CreateSamplingRule": self._create_rule,
            "POST /GetSamplingRules": lambda request, body: {"SamplingRuleRecords": _in_region(self._rules, request)},
            "POST /UpdateSamplingRule": self._update_rule,
            "POST /DeleteSamplingRule": self._delete_rule,
            "POST /GetTraceSegmentDestination": lambda request, body: self._destination(request),
            "POST /GetIndexingRules": lambda request, body: {"IndexingRules": [self._indexing(request)]},
            "POST /UpdateIndexingRule": self._update_indexing,
            "POST /ListTagsForResource": lambda request, body: {"Tags": tag_pairs(self._tags.of(body["ResourceARN"]))},
            "POST /TagResource": self._tag,
            "POST /UntagResource": self._untag,
        }

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.operation != "POST /UpdateTraceSegmentDestination":
            return super().answer(request, forward)
        try:
            self._search.switch(Asking(request, forward), request.json().get("Destination", ""))
        except ShimError as refusal:
            return error_response(request, refusal.status, refusal.code, str(refusal))
        return json_response(self._destination(request))

    def _destination(self, request: Request) -> Item:
        return {"Destination": self._search.destination(request.region), "Status": "ACTIVE"}

    def _indexing(self, request: Request) -> Item:
        percent = self._search.percent(request.region)
        applied = {"DesiredSamplingPercentage": percent, "ActualSamplingPercentage": percent}
        return {"Name": _INDEXING, "Rule": {"Probabilistic": applied}}

    def _update_indexing(self, request: Request, body: Item) -> Item:
        if body["Name"] != _INDEXING:
            raise ShimError("ResourceNotFoundException", f"no indexing rule {body['Name']}", 404)
        self._search.index(request.region, body["Rule"]["Probabilistic"]["DesiredSamplingPercentage"])
        return {"IndexingRule": self._indexing(request)}

    def _create_group(self, request: Request, body: Item) -> Item:
        name = body["GroupName"]
        if (request.region, name) in self._groups:
            raise ShimError("InvalidRequestException", f"group {name} exists")
        group = {
            "GroupName": name,
            "GroupARN": f"arn:aws:xray:{request.region}:{ACCOUNT_ID}:group/{name}/{uuid.uuid4().hex.upper()}",
            "FilterExpression": body.get("FilterExpression", ""),
            "InsightsConfiguration": body.get("InsightsConfiguration")
            or {"InsightsEnabled": False, "NotificationsEnabled": False},
        }
        self._groups[request.region, name] = group
        self._tags.create(group["GroupARN"], tags_from_pairs(body.get("Tags")))
        return {"Group": group}

    def _update_group(self, request: Request, body: Item) -> Item:
        group = self._group(request, body)
        group.update({name: body[name] for name in ("FilterExpression", "InsightsConfiguration") if name in body})
        return {"Group": group}

    def _delete_group(self, request: Request, body: Item) -> Item:
        group = self._group(request, body)
        self._tags.forget(group["GroupARN"])
        del self._groups[request.region, group["GroupName"]]
        return {}

    def _create_rule(self, request: Request, body: Item) -> Item:
        rule = body["SamplingRule"]
        name = rule["RuleName"]
        if (request.region, name) in self._rules:
            raise ShimError("InvalidRequestException", f"sampling rule {name} exists")
        rule["RuleARN"] = f"arn:aws:xray:{request.region}:{ACCOUNT_ID}:sampling-rule/{name}"
        record = {"SamplingRule": rule, "CreatedAt": time.time(), "ModifiedAt": time.time()}
        self._rules[request.region, name] = record
        self._tags.create(rule["RuleARN"], tags_from_pairs(body.get("Tags")))
        return {"SamplingRuleRecord": record}

    def _update_rule(self, request: Request, body: Item) -> Item:
        update = body["SamplingRuleUpdate"]
        record = self._rule(request, update)
        record["SamplingRule"].update(update)
        record["ModifiedAt"] = time.time()
        return {"SamplingRuleRecord": record}

    def _delete_rule(self, request: Request, body: Item) -> Item:
        record = self._rule(request, body)
        self._tags.forget(record["SamplingRule"]["RuleARN"])
        del self._rules[request.region, record["SamplingRule"]["RuleName"]]
        return {"SamplingRuleRecord": record}

    def _tag(self, request: Request, body: Item) -> Item:
        self._tags.of(body["ResourceARN"]).update(tags_from_pairs(body["Tags"]))
        return {}

    def _untag(self, request: Request, body: Item) -> Item:
        for name in body["TagKeys"]:
            self._tags.of(body["ResourceARN"]).pop(name, None)
        return {}

    def _group(self, request: Request, body: Item) -> Item:
        for group in _in_region(self._groups, request):
            if group["GroupName"] == body.get("GroupName") or group["GroupARN"] == body.get("GroupARN"):
                return group
        raise ShimError("InvalidRequestException", f"Group not found: {body.get('GroupARN') or body.get('GroupName')}")

    def _rule(self, request: Request, body: Item) -> Item:
        for record in _in_region(self._rules, request):
            rule = record["SamplingRule"]
            if rule["RuleName"] == body.get("RuleName") or rule["RuleARN"] == body.get("RuleARN"):
                return record
        raise ShimError("InvalidRequestException", f"no sampling rule {body.get('RuleARN') or body.get('RuleName')}")


def _in_region(items: dict[Key, Item], request: Request) -> list[Item]:
    return [item for key, item in items.items() if key[0] == request.region]
