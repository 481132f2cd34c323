"""Application Auto Scaling: targets, policies and scheduled actions, stored and returned.

The whole service, because moto looks for the ECS service in itself and ministack has no such service. The data plane
scales by them (local_aws/traffic/scaling); without it nothing does.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request
from local_aws.shims.base import Handler, Item, Key, Shim, ShimError, Tags

_TARGET = ("ServiceNamespace", "ResourceId", "ScalableDimension")


class AutoScaling(Shim):
    """Targets, policies and actions by region and name: regions don't see each other's."""

    service = "application-autoscaling"
    whole = True

    def __init__(self) -> None:
        super().__init__()
        self._targets: dict[Key, Item] = {}
        self._policies: dict[Key, Item] = {}
        self._actions: dict[Key, Item] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "RegisterScalableTarget": self._register,
            "DescribeScalableTargets": self._describe_targets,
            "DeregisterScalableTarget": self._deregister,
            "PutScalingPolicy": self._put_policy,
            "DescribeScalingPolicies": self._describe_policies,
            "DeleteScalingPolicy": self._delete_policy,
            "PutScheduledAction": self._put_action,
            "DescribeScheduledActions": self._describe_actions,
            "DeleteScheduledAction": self._delete_action,
            "ListTagsForResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def _register(self, request: Request, body: Item) -> Item:
        key = _key(request, body, _TARGET)
        known = self._targets.get(key)
        if known is None and not {"MinCapacity", "MaxCapacity"} <= body.keys():
            raise ShimError("ValidationException", "MinCapacity and MaxCapacity are required for a new target")
        arn = f"arn:aws:application-autoscaling:{request.region}:{ACCOUNT_ID}:scalable-target/{uuid.uuid4().hex}"
        item = known or {"CreationTime": time.time(), "ScalableTargetARN": arn, "RoleARN": _service_role(body)}
        if known is None:
            self._tags.create(arn, body.get("Tags", {}))
        item.update({name: value for name, value in body.items() if name != "Tags"})
        self._targets[key] = item
        return {"ScalableTargetARN": item["ScalableTargetARN"]}

    def _describe_targets(self, request: Request, body: Item) -> Item:
        found = _matching(self._targets, request, body, {"ResourceIds": "ResourceId"})
        return {"ScalableTargets": found}

    def _deregister(self, request: Request, body: Item) -> Item:
        key = _key(request, body, _TARGET)
        item = _take(self._targets, key, "scalable target")
        self._tags.forget(item["ScalableTargetARN"])
        for children in (self._policies, self._actions):
            for child in [known for known in children if known[: len(key)] == key]:
                del children[child]
        return {}

    def _put_policy(self, request: Request, body: Item) -> Item:
        self._require_target(request, body)
        key = _key(request, body, (*_TARGET, "PolicyName"))
        arn = f"arn:aws:autoscaling:{request.region}:{ACCOUNT_ID}:scalingPolicy:{uuid.uuid4()}:{body['PolicyName']}"
        made = {"PolicyARN": arn, "CreationTime": time.time(), "PolicyType": "StepScaling", "Alarms": []}
        item = {**self._policies.get(key, made), **body}
        self._policies[key] = item
        return {"PolicyARN": item["PolicyARN"], "Alarms": item["Alarms"]}

    def _describe_policies(self, request: Request, body: Item) -> Item:
        return {"ScalingPolicies": _matching(self._policies, request, body, {"PolicyNames": "PolicyName"})}

    def _delete_policy(self, request: Request, body: Item) -> Item:
        _take(self._policies, _key(request, body, (*_TARGET, "PolicyName")), "scaling policy")
        return {}

    def _put_action(self, request: Request, body: Item) -> Item:
        self._require_target(request, body)
        key = _key(request, body, (*_TARGET, "ScheduledActionName"))
        name = f"{body['ServiceNamespace']}/{body['ResourceId']}:scheduledActionName/{body['ScheduledActionName']}"
        prefix = f"arn:aws:autoscaling:{request.region}:{ACCOUNT_ID}:scheduledAction:{uuid.uuid4()}:resource/"
        made = {"ScheduledActionARN": prefix + name, "CreationTime": time.time()}
        self._actions[key] = {**self._actions.get(key, made), **body}
        return {}

    def _describe_actions(self, request: Request, body: Item) -> Item:
        names = {"ScheduledActionNames": "ScheduledActionName"}
        return {"ScheduledActions": _matching(self._actions, request, body, names)}

    def _delete_action(self, request: Request, body: Item) -> Item:
        _take(self._actions, _key(request, body, (*_TARGET, "ScheduledActionName")), "scheduled action")
        return {}

    def _list_tags(self, request: Request, body: Item) -> Item:
        return {"Tags": self._tags.of(body["ResourceARN"])}

    def _tag(self, request: Request, body: Item) -> Item:
        self._tags.of(body["ResourceARN"]).update(body["Tags"])
        return {}

    def _untag(self, request: Request, body: Item) -> Item:
        for name in body["TagKeys"]:
            self._tags.of(body["ResourceARN"]).pop(name, None)
        return {}

    def _require_target(self, request: Request, body: Item) -> None:
        if _key(request, body, _TARGET) not in self._targets:
            raise ShimError("ObjectNotFoundException", f"no scalable target {body['ResourceId']}")


def _key(request: Request, body: Item, names: tuple[str, ...]) -> Key:
    return (request.region, *(str(body[name]) for name in names))


def _take(items: dict[Key, Item], key: Key, kind: str) -> Item:
    if key not in items:
        raise ShimError("ObjectNotFoundException", f"no {kind} {'/'.join(key[1:])}")
    return items.pop(key)


def _matching(items: dict[Key, Item], request: Request, body: Item, lists: dict[str, str]) -> list[Item]:
    """Items of the region that match every filter; `lists` maps list filters to their field."""
    found = [item for key, item in items.items() if key[0] == request.region]
    for name in _TARGET:
        if name in body:
            found = [item for item in found if item[name] == body[name]]
    for filter_name, name in lists.items():
        if body.get(filter_name):
            found = [item for item in found if item[name] in body[filter_name]]
    return found


def _service_role(body: Item) -> str:
    name = f"AWSServiceRoleForApplicationAutoScaling_{str(body['ServiceNamespace']).upper()}Service"
    return f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/{name}"
