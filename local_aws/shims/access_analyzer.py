"""IAM Access Analyzer: analyzers and archive rules, stored and returned. The whole service; nothing is analysed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Key, Shim, ShimError, Tags


class AccessAnalyzer(Shim):
    """Analyzers by region and name; archive rules inside them."""

    service = "access-analyzer"
    whole = True

    def __init__(self) -> None:
        super().__init__()
        self._analyzers: dict[Key, Item] = {}
        self._rules: dict[Key, Item] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "PUT /analyzer": self._create,
            "GET /analyzer": self._list,
            "GET /analyzer/{analyzerName}": lambda request, body: {"analyzer": self._analyzer(request, body)},
            "PUT /analyzer/{analyzerName}": self._update,
            "DELETE /analyzer/{analyzerName}": self._delete,
            "PUT /analyzer/{analyzerName}/archive-rule": self._create_rule,
            "GET /analyzer/{analyzerName}/archive-rule/{ruleName}": self._get_rule,
            "PUT /analyzer/{analyzerName}/archive-rule/{ruleName}": self._update_rule,
            "DELETE /analyzer/{analyzerName}/archive-rule/{ruleName}": self._delete_rule,
            "GET /tags/{resourceArn}": lambda request, body: {"tags": self._tags.of(body["resourceArn"])},
            "POST /tags/{resourceArn}": self._tag,
            "DELETE /tags/{resourceArn}": self._untag,
        }

    def _create(self, request: Request, body: Item) -> Item:
        name, kind = body["analyzerName"], body["type"]
        for known in self._in_region(request):
            if known["name"] == name:
                raise ShimError("ConflictException", f"analyzer {name} exists", 409)
            if known["type"] == kind:  # AWS allows one of a type in a region
                raise ShimError("ServiceQuotaExceededException", f"there is an analyzer of type {kind} already", 402)
        arn = f"arn:aws:access-analyzer:{request.region}:{ACCOUNT_ID}:analyzer/{name}"
        analyzer = {"arn": arn, "name": name, "type": kind, "createdAt": _now(), "status": "ACTIVE"}
        analyzer["tags"] = body.get("tags") or {}
        if body.get("configuration"):
            analyzer["configuration"] = body["configuration"]
        self._analyzers[request.region, name] = analyzer
        self._tags.create(arn, analyzer["tags"])
        for rule in body.get("archiveRules") or []:
            self._rules[request.region, name, rule["ruleName"]] = _rule(rule["ruleName"], rule["filter"])
        return {"arn": arn}

    def _list(self, request: Request, body: Item) -> Item:
        kind = body.get("type")
        return {"analyzers": [item for item in self._in_region(request) if kind in (None, item["type"])]}

    def _update(self, request: Request, body: Item) -> Item:
        analyzer = self._analyzer(request, body)
        if "configuration" in body:
            analyzer["configuration"] = body["configuration"]
        return {"configuration": analyzer.get("configuration")}

    def _delete(self, request: Request, body: Item) -> Item:
        analyzer = self._analyzer(request, body)
        self._tags.forget(analyzer["arn"])
        del self._analyzers[request.region, analyzer["name"]]
        for key in [key for key in self._rules if key[:2] == (request.region, analyzer["name"])]:
            del self._rules[key]
        return {}

    def _create_rule(self, request: Request, body: Item) -> Item:
        self._analyzer(request, body)
        self._rules[request.region, body["analyzerName"], body["ruleName"]] = _rule(body["ruleName"], body["filter"])
        return {}

    def _get_rule(self, request: Request, body: Item) -> Item:
        return {"archiveRule": self._archive_rule(request, body)}

    def _update_rule(self, request: Request, body: Item) -> Item:
        self._archive_rule(request, body).update(filter=body["filter"], updatedAt=_now())
        return {}

    def _delete_rule(self, request: Request, body: Item) -> Item:
        self._archive_rule(request, body)
        del self._rules[request.region, body["analyzerName"], body["ruleName"]]
        return {}

    def _tag(self, request: Request, body: Item) -> Item:
        self._tags.of(body["resourceArn"]).update(body["tags"])
        return {}

    def _untag(self, request: Request, body: Item) -> Item:
        names = body["tagKeys"]
        for name in names if isinstance(names, list) else [names]:
            self._tags.of(body["resourceArn"]).pop(name, None)
        return {}

    def _in_region(self, request: Request) -> list[Item]:
        return [item for key, item in self._analyzers.items() if key[0] == request.region]

    def _analyzer(self, request: Request, body: Item) -> Item:
        key = (request.region, body["analyzerName"])
        if key not in self._analyzers:
            raise ShimError("ResourceNotFoundException", f"no analyzer {body['analyzerName']}", 404)
        return self._analyzers[key]

    def _archive_rule(self, request: Request, body: Item) -> Item:
        key = (request.region, body["analyzerName"], body["ruleName"])
        if key not in self._rules:
            raise ShimError("ResourceNotFoundException", f"no archive rule {body['ruleName']}", 404)
        return self._rules[key]


def _rule(name: str, criteria: Item) -> Item:
    return {"ruleName": name, "filter": criteria, "createdAt": _now(), "updatedAt": _now()}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
