"""Cost Explorer's anomaly monitors and subscriptions, which moto lacks; the rest of the service is moto's.
Planned use: cost reviews.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Shim, ShimError, Tags, tag_pairs, tags_from_pairs


class CostAnomaly(Shim):
    """Monitors and subscriptions by ARN; the service is global and has no regions."""

    service = "ce"

    def __init__(self) -> None:
        super().__init__()
        self._monitors: dict[str, Item] = {}
        self._subscriptions: dict[str, Item] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "CreateAnomalyMonitor": self._create_monitor,
            "GetAnomalyMonitors": self._get_monitors,
            "UpdateAnomalyMonitor": self._update_monitor,
            "DeleteAnomalyMonitor": self._delete_monitor,
            "CreateAnomalySubscription": self._create_subscription,
            "GetAnomalySubscriptions": self._get_subscriptions,
            "UpdateAnomalySubscription": self._update_subscription,
            "DeleteAnomalySubscription": self._delete_subscription,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def _create_monitor(self, request: Request, body: Item) -> Item:
        arn = f"arn:aws:ce::{ACCOUNT_ID}:anomalymonitor/{uuid.uuid4()}"
        self._monitors[arn] = {**body["AnomalyMonitor"], "MonitorArn": arn}
        self._tags.create(arn, tags_from_pairs(body.get("ResourceTags")))
        return {"MonitorArn": arn}

    def _get_monitors(self, request: Request, body: Item) -> Item:
        wanted = body.get("MonitorArnList") or list(self._monitors)
        return {"AnomalyMonitors": [self._monitor(arn) for arn in wanted]}

    def _update_monitor(self, request: Request, body: Item) -> Item:
        self._monitor(body["MonitorArn"]).update(body)
        return {"MonitorArn": body["MonitorArn"]}

    def _delete_monitor(self, request: Request, body: Item) -> Item:
        self._monitor(body["MonitorArn"])
        del self._monitors[body["MonitorArn"]]
        self._tags.forget(body["MonitorArn"])
        return {}

    def _create_subscription(self, request: Request, body: Item) -> Item:
        for monitor in body["AnomalySubscription"]["MonitorArnList"]:
            self._monitor(monitor)
        arn = f"arn:aws:ce::{ACCOUNT_ID}:anomalysubscription/{uuid.uuid4()}"
        self._subscriptions[arn] = {**body["AnomalySubscription"], "SubscriptionArn": arn, "AccountId": ACCOUNT_ID}
        self._tags.create(arn, tags_from_pairs(body.get("ResourceTags")))
        return {"SubscriptionArn": arn}

    def _get_subscriptions(self, request: Request, body: Item) -> Item:
        wanted = body.get("SubscriptionArnList") or list(self._subscriptions)
        return {"AnomalySubscriptions": [self._subscription(arn) for arn in wanted]}

    def _update_subscription(self, request: Request, body: Item) -> Item:
        self._subscription(body["SubscriptionArn"]).update(body)
        return {"SubscriptionArn": body["SubscriptionArn"]}

    def _delete_subscription(self, request: Request, body: Item) -> Item:
        self._subscription(body["SubscriptionArn"])
        del self._subscriptions[body["SubscriptionArn"]]
        self._tags.forget(body["SubscriptionArn"])
        return {}

    def _list_tags(self, request: Request, body: Item) -> Item | None:
        return {"ResourceTags": tag_pairs(self._tags.of(body["ResourceArn"]))} if _ours(body) else None

    def _tag(self, request: Request, body: Item) -> Item | None:
        if not _ours(body):
            return None
        self._tags.of(body["ResourceArn"]).update(tags_from_pairs(body["ResourceTags"]))
        return {}

    def _untag(self, request: Request, body: Item) -> Item | None:
        if not _ours(body):
            return None
        for name in body["ResourceTagKeys"]:
            self._tags.of(body["ResourceArn"]).pop(name, None)
        return {}

    def _monitor(self, arn: str) -> Item:
        if arn not in self._monitors:
            raise ShimError("UnknownMonitorException", f"no anomaly monitor {arn}")
        return self._monitors[arn]

    def _subscription(self, arn: str) -> Item:
        if arn not in self._subscriptions:
            raise ShimError("UnknownSubscriptionException", f"no anomaly subscription {arn}")
        return self._subscriptions[arn]


def _ours(body: Item) -> bool:
    """Whether the ARN is one of this shim; tags of cost categories are moto's."""
    return ":anomaly" in body["ResourceArn"]
