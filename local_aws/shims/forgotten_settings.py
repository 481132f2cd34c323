"""Settings that an emulator accepts and forgets: kept here as sent, and added to its descriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response
from local_aws.shims.base import AnswerRepair, Forward, Item, Shim

# From the bodies of a request and its answer to the key of the resource.
KeyOf = Callable[[Item, Item], str]
ItemsOf = Callable[[Item], list[Item]]


class ForgottenSettings(Shim):
    """Shim for services of the JSON protocols. Subclasses name fields, and the operations that write and read them."""

    fields: tuple[str, ...]

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str], Item] = {}

    def writes(self) -> Mapping[str, KeyOf]:
        """Operations whose requests carry the fields, with the key of the resource."""
        return {}

    def reads(self) -> Mapping[str, tuple[ItemsOf, KeyOf]]:
        """Operations whose answers lack them: where the items are, and the key of one, from request and item."""
        return {}

    def found(self, request: Request) -> Item:
        """Fields and values that a request carries."""
        sent = request.json()
        return {name: sent[name] for name in self.fields if name in sent}

    def repairs(self) -> Mapping[str, AnswerRepair]:
        keeping = {name: self._keep(key) for name, key in self.writes().items()}
        giving = {name: self._give(items, key) for name, (items, key) in self.reads().items()}
        return {**keeping, **giving}

    def _keep(self, key: KeyOf) -> AnswerRepair:
        def repair(request: Request, given: Response) -> Response:
            place = (request.region, key(request.json(), json.loads(given.body or b"{}")))
            self._kept[place] = {**self._kept.get(place, {}), **self.found(request)}
            return given

        return repair

    def _give(self, items: ItemsOf, key: KeyOf) -> AnswerRepair:
        def repair(request: Request, given: Response) -> Response:
            body = json.loads(given.body)
            for item in items(body):
                item.update(self._kept.get((request.region, key(request.json(), item)), {}))
            return replace(given, body=json.dumps(body).encode())

        return repair


class EcsServices(ForgottenSettings):
    """ministack forgets whether a service is rebalanced over the zones, and to replace a task that StopTask ended."""

    service = "ecs"
    fields = ("availabilityZoneRebalancing",)

    def writes(self) -> Mapping[str, KeyOf]:
        def key(sent: Item, given: Item) -> str:
            return str(given["service"]["serviceArn"])

        return {"CreateService": key, "UpdateService": key}

    def reads(self) -> Mapping[str, tuple[ItemsOf, KeyOf]]:
        return {"DescribeServices": (lambda body: body.get("services", []), lambda sent, item: item["serviceArn"])}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.operation != "StopTask":
            return super().answer(request, forward)
        given = forward(request)
        if given.status < 300:
            task = json.loads(given.body)["task"]
            kind, _, name = task.get("group", "").partition(":")
            if kind == "service":
                # An update without changes makes ministack count the service's tasks again.
                service = json.dumps({"cluster": task["clusterArn"], "service": name}).encode()
                target = request.headers["x-amz-target"].replace("StopTask", "UpdateService")
                headers = {**request.headers, "x-amz-target": target, "content-length": str(len(service))}
                forward(replace(request, headers=headers, body=service))
        return given


class StateMachines(ForgottenSettings):
    """ministack forgets the tracing of state machines. Planned use: ingestion."""

    service = "states"
    fields = ("tracingConfiguration",)

    def writes(self) -> Mapping[str, KeyOf]:
        return {
            "CreateStateMachine": lambda sent, given: given["stateMachineArn"],
            "UpdateStateMachine": lambda sent, given: sent["stateMachineArn"],
        }

    def reads(self) -> Mapping[str, tuple[ItemsOf, KeyOf]]:
        return {"DescribeStateMachine": (lambda body: [body], lambda sent, item: item["stateMachineArn"])}


class CertificateSettings(ForgottenSettings):
    """ministack takes every key for one of RSA, and has no answer to whether a certificate is logged publicly."""

    service = "acm"
    fields = ("KeyAlgorithm", "Options")

    def writes(self) -> Mapping[str, KeyOf]:
        return {
            "RequestCertificate": lambda sent, given: given["CertificateArn"],
            "UpdateCertificateOptions": lambda sent, given: sent["CertificateArn"],
        }

    def reads(self) -> Mapping[str, tuple[ItemsOf, KeyOf]]:
        return {"DescribeCertificate": (lambda body: [body["Certificate"]], lambda sent, item: item["CertificateArn"])}

    def found(self, request: Request) -> Item:
        found = super().found(request)
        return {**found, "Options": {"CertificateTransparencyLoggingPreference": "ENABLED", **found.get("Options", {})}}


class Trails(ForgottenSettings):
    """ministack forgets the log group and the topic a trail writes to, and the tags it is created with.

    AWS names the topic by its ARN: the name alone is no longer in use.
    """

    service = "cloudtrail"
    fields = ("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "SnsTopicName")

    def writes(self) -> Mapping[str, KeyOf]:
        return {
            "CreateTrail": lambda sent, given: given["TrailARN"],
            "UpdateTrail": lambda sent, given: given["TrailARN"],
        }

    def reads(self) -> Mapping[str, tuple[ItemsOf, KeyOf]]:
        def key(sent: Item, item: Item) -> str:
            return str(item["TrailARN"])

        return {
            "DescribeTrails": (lambda body: body.get("trailList", []), key),
            "GetTrail": (lambda body: [body["Trail"]], key),
        }

    def found(self, request: Request) -> Item:
        found = super().found(request)
        topic = found.get("SnsTopicName", "")
        if topic and not topic.startswith("arn:"):
            topic = f"arn:aws:sns:{request.region}:{ACCOUNT_ID}:{topic}"
        return {**found, "SnsTopicARN": topic} if topic else found

    def answer(self, request: Request, forward: Forward) -> Response | None:
        given = super().answer(request, forward)
        tags = request.json().get("TagsList") if request.operation == "CreateTrail" else None
        if given is not None and given.status < 300 and tags:
            body = json.dumps({"ResourceId": json.loads(given.body)["TrailARN"], "TagsList": tags}).encode()
            target = request.headers["x-amz-target"].replace("CreateTrail", "AddTags")
            headers = {**request.headers, "x-amz-target": target, "content-length": str(len(body))}
            forward(replace(request, headers=headers, body=body))
        return given
