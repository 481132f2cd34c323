"""Security Hub: the hub, its settings and the standards subscribed to. The whole service, because moto's hub can't be
changed after it was enabled and knows no standards. No findings arise.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Shim, ShimError, Tags

# Subscribed by EnableDefaultStandards, as in a real account.
_DEFAULT_STANDARDS = ("standards/aws-foundational-security-best-practices/v/1.0.0",)


class SecurityHub(Shim):
    """One hub per region."""

    service = "securityhub"
    whole = True

    def __init__(self) -> None:
        super().__init__()
        self._hubs: dict[str, Item] = {}
        self._standards: dict[str, dict[str, Item]] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "POST /accounts": self._enable,
            "GET /accounts": lambda request, body: self._hub(request),
            "PATCH /accounts": self._update,
            "DELETE /accounts": self._disable,
            "POST /standards/register": self._subscribe,
            "POST /standards/get": self._subscribed,
            "POST /standards/deregister": self._unsubscribe,
            "GET /tags/{ResourceArn}": lambda request, body: {"Tags": self._tags.of(body["ResourceArn"])},
            "POST /tags/{ResourceArn}": self._tag,
            "DELETE /tags/{ResourceArn}": self._untag,
        }

    def _enable(self, request: Request, body: Item) -> Item:
        if request.region in self._hubs:
            raise ShimError("ResourceConflictException", "Account is already subscribed to Security Hub", 409)
        arn = f"arn:aws:securityhub:{request.region}:{ACCOUNT_ID}:hub/default"
        self._hubs[request.region] = {
            "HubArn": arn,
            "SubscribedAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "AutoEnableControls": True,
            "ControlFindingGenerator": body.get("ControlFindingGenerator", "SECURITY_CONTROL"),
        }
        self._standards[request.region] = {}
        self._tags.create(arn, body.get("Tags") or {})
        if body.get("EnableDefaultStandards", True):
            for name in _DEFAULT_STANDARDS:
                self._add(request, f"arn:aws:securityhub:{request.region}::{name}")
        return {}

    def _update(self, request: Request, body: Item) -> Item:
        names = ("AutoEnableControls", "ControlFindingGenerator")
        self._hub(request).update({name: body[name] for name in names if name in body})
        return {}

    def _disable(self, request: Request, body: Item) -> Item:
        self._tags.forget(self._hub(request)["HubArn"])
        del self._hubs[request.region], self._standards[request.region]
        return {}

    def _subscribe(self, request: Request, body: Item) -> Item:
        self._hub(request)
        wanted = body["StandardsSubscriptionRequests"]
        added = [self._add(request, one["StandardsArn"], one.get("StandardsInput")) for one in wanted]
        return {"StandardsSubscriptions": added}

    def _subscribed(self, request: Request, body: Item) -> Item:
        self._hub(request)
        wanted = body.get("StandardsSubscriptionArns")
        known = self._standards[request.region]
        return {"StandardsSubscriptions": [item for arn, item in known.items() if not wanted or arn in wanted]}

    def _unsubscribe(self, request: Request, body: Item) -> Item:
        self._hub(request)
        known = self._standards[request.region]
        gone = [known.pop(arn) for arn in body["StandardsSubscriptionArns"] if arn in known]
        return {"StandardsSubscriptions": [{**item, "StandardsStatus": "DELETING"} for item in gone]}

    def _tag(self, request: Request, body: Item) -> Item:
        self._tags.of(body["ResourceArn"]).update(body["Tags"])
        return {}

    def _untag(self, request: Request, body: Item) -> Item:
        names = body["tagKeys"]
        for name in names if isinstance(names, list) else [names]:
            self._tags.of(body["ResourceArn"]).pop(name, None)
        return {}

    def _hub(self, request: Request) -> Item:
        if request.region not in self._hubs:
            message = f"Account {ACCOUNT_ID} is not subscribed to AWS Security Hub"
            raise ShimError("InvalidAccessException", message, 401)
        return self._hubs[request.region]

    def _add(self, request: Request, standard: str, settings: Item | None = None) -> Item:
        name = standard.partition("::")[2].removeprefix("standards/").removeprefix("ruleset/")
        arn = f"arn:aws:securityhub:{request.region}:{ACCOUNT_ID}:subscription/{name}"
        item = {
            "StandardsSubscriptionArn": arn,
            "StandardsArn": standard,
            "StandardsInput": settings or {},
            "StandardsStatus": "READY",
            "StandardsControlsUpdatable": "READY_FOR_UPDATES",
        }
        self._standards[request.region][arn] = item
        return item
