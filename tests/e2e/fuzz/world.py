"""What stands in the emulated AWS of one environment, read with boto3, and what is wrong with it in the end."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config import Environment
from local_aws import Endpoint, status
from tests.e2e.checkout import Checkout
from tests.e2e.fuzz import app

# Names of resources by "type/name", each with the ids that AWS gave to what has the name.
Inventory = Mapping[str, tuple[str, ...]]
# How parts of a network are deleted, by how their ids begin; a group's name can't be taken twice.
DELETED_BY = {
    "vpc-": ("delete_vpc", "VpcId"),
    "subnet-": ("delete_subnet", "SubnetId"),
    "igw-": ("delete_internet_gateway", "InternetGatewayId"),
    "rtb-": ("delete_route_table", "RouteTableId"),
}


@dataclass(frozen=True)
class World:
    """AWS as one environment sees it, asked past the proxy: at `straight`, as long as that run lasts."""

    checkout: Checkout
    env: Environment
    straight: Endpoint

    @property
    def stem(self) -> str:
        return f"{self.env.project}-{self.env.name}"

    def client(self, service: str) -> Any:
        now = status(self.checkout.work.local)
        return self.checkout.client(service, now if now and now.run_id != self.straight.run_id else self.straight)

    def inventory(self) -> Inventory:
        """All that carries this environment's name: several ids where something was built twice."""
        found: dict[str, list[str]] = defaultdict(list)
        for key, identity in (*self._network(), *self._groups(), *self._named()):
            found[key].append(identity)
        return {key: tuple(sorted(ids)) for key, ids in sorted(found.items())}

    def _network(self) -> Iterator[tuple[str, str]]:
        ec2 = self.client("ec2")
        tags = [{"Name": "tag:Environment", "Values": [self.env.name]}]
        for kind, listing, answer, identity in (
            ("aws_vpc", "describe_vpcs", "Vpcs", "VpcId"),
            ("aws_subnet", "describe_subnets", "Subnets", "SubnetId"),
            ("aws_internet_gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
            ("aws_route_table", "describe_route_tables", "RouteTables", "RouteTableId"),
        ):
            for each in getattr(ec2, listing)(Filters=tags)[answer]:
                yield f"{kind}/{_name(each)}", each[identity]
                for route in each.get("Routes", ()):
                    if route.get("GatewayId", "").startswith("igw-"):
                        yield f"aws_route/{_name(each)}", f"{each[identity]} {route['DestinationCidrBlock']}"

    def _groups(self) -> Iterator[tuple[str, str]]:
        ec2 = self.client("ec2")
        for group in ec2.describe_security_groups()["SecurityGroups"]:
            if group["GroupName"].startswith(f"{self.stem}-"):
                yield f"aws_security_group/{group['GroupName']}", group["GroupId"]
                filters = [{"Name": "group-id", "Values": [group["GroupId"]]}]
                for rule in ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]:
                    way = "egress" if rule["IsEgress"] else "ingress"
                    # AWS opens every new group to the outside by itself: that rule has no description.
                    name = f"{group['GroupName']}/{rule.get('Description', 'everything')}"
                    yield f"aws_vpc_security_group_{way}_rule/{name}", rule["SecurityGroupRuleId"]

    def _named(self) -> Iterator[tuple[str, str]]:
        iam, logs = self.client("iam"), self.client("logs")
        for role in _pages(iam, "list_roles", "Roles"):
            if role["RoleName"].startswith(f"{self.stem}-"):
                yield f"aws_iam_role/{role['RoleName']}", role["RoleId"]
                for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
                    yield f"aws_iam_role_policy/{policy}", f"{role['RoleName']}:{policy}"
        prefix = f"/{self.env.project}/{self.env.name}/"
        for group in _pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
            yield f"aws_cloudwatch_log_group/{group['logGroupName']}", str(group["creationTime"])
        for topic in _pages(self.client("sns"), "list_topics", "Topics"):
            name = topic["TopicArn"].rpartition(":")[2]
            if name.startswith(f"{self.stem}-"):
                yield f"aws_sns_topic/{name}", topic["TopicArn"]
        events = self.client("events")
        for rule in events.list_rules(NamePrefix=f"{self.stem}-")["Rules"]:
            yield f"aws_cloudwatch_event_rule/{rule['Name']}", rule["Arn"]
            for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                yield f"aws_cloudwatch_event_target/{target['Id']}", target["Arn"]

    def expected(self) -> dict[str, int]:
        """Number of resources that the configuration has, by type."""
        count: dict[str, int] = defaultdict(int)
        for config in app.layers(self.env).values():
            for kind, named in config["resource"].items():
                count[kind] += len(named)
        return dict(count)

    def unknown_twins(self) -> list[str]:
        """Ids in the network of what was built twice, as far as no state has them."""
        backend, s3 = self.env.state_backend, self.client("s3")
        keys = (backend.key(layer, self.env.region) for layer in app.layers(self.env))
        states = [s3.get_object(Bucket=backend.bucket, Key=key)["Body"].read().decode() for key in keys]
        twins = [each for ids in self.inventory().values() if len(ids) > 1 for each in ids]
        return [
            each for each in twins if each.startswith(tuple(DELETED_BY)) and not any(each in text for text in states)
        ]

    def delete_by_hand(self, identity: str) -> None:
        """Delete a part of the network, as a person would who was told its id."""
        operation, argument = DELETED_BY[identity.partition("-")[0] + "-"]
        ec2 = self.client("ec2")
        if identity.startswith("igw-"):
            for each in ec2.describe_internet_gateways(InternetGatewayIds=[identity])["InternetGateways"]:
                for attached in each["Attachments"]:
                    ec2.detach_internet_gateway(InternetGatewayId=identity, VpcId=attached["VpcId"])
        getattr(ec2, operation)(**{argument: identity})

    def wrongs(self, before: Inventory, *, replaced: tuple[str, ...] = ()) -> list[str]:
        """What is not as it should be, a line each: built twice, missing, lost, locks, digests, states.

        `before` stood before the fault; `replaced` are keys that may have another id now.
        """
        now = self.inventory()
        found = [f"built twice: {key} {' '.join(ids)}" for key, ids in now.items() if len(ids) > 1]
        counted: dict[str, int] = defaultdict(int)
        for key, ids in now.items():
            counted[key.partition("/")[0]] += bool(ids)
        expected = self.expected()
        for kind in sorted({*expected, *counted}):
            if expected.get(kind, 0) != counted[kind]:
                found.append(f"{kind}: {expected.get(kind, 0)} configured, {counted[kind]} in AWS")
        for key, ids in before.items():
            if key not in replaced and key in now and not set(ids) <= set(now[key]):
                found.append(f"lost and built anew: {key} {' '.join(ids)}, now {' '.join(now[key])}")
        return [*found, *self._state_wrongs({each for ids in now.values() for each in ids})]

    def _state_wrongs(self, ids: set[str]) -> Iterator[str]:
        backend, s3 = self.env.state_backend, self.client("s3")
        rows = {
            each["LockID"]["S"]: each
            for each in _pages(self.client("dynamodb"), "scan", "Items", TableName=backend.table)
            if f"/{self.env.name}/" in each["LockID"]["S"]
        }
        for key in (each for each in rows if not each.endswith("-md5")):
            yield f"lock left in the table: {key}"
        keys = [each["Key"] for each in _pages(s3, "list_objects_v2", "Contents", Bucket=backend.bucket)]
        for key in (each for each in keys if f"/{self.env.name}/" in each and each.endswith(".tflock")):
            yield f"lock left in the bucket: {key}"
        for layer, config in app.layers(self.env).items():
            key = backend.key(layer, self.env.region)
            if key not in keys:
                yield f"{layer} has no state object"
                continue
            body = s3.get_object(Bucket=backend.bucket, Key=key)["Body"].read()
            digest = rows.get(f"{backend.bucket}/{key}-md5", {}).get("Digest", {}).get("S")
            if digest != hashlib.md5(body, usedforsecurity=False).hexdigest():
                yield f"the state of {layer} isn't the one of its digest"
            yield from _unlike(layer, config, json.loads(body), ids)


def _unlike(layer: str, config: Mapping[str, Any], state: Mapping[str, Any], ids: set[str]) -> Iterator[str]:
    """How the resources of a state differ from those configured; the network's and groups' ids have to be in AWS."""
    configured = {f"{kind}.{name}" for kind, named in config["resource"].items() for name in named}
    managed = [each for each in state["resources"] if each["mode"] == "managed"]
    for address in sorted(configured ^ {f"{each['type']}.{each['name']}" for each in managed}):
        yield f"{layer}: {address} is only in {'the configuration' if address in configured else 'the state'}"
    for each in managed:
        for instance in each["instances"]:
            identity = str(instance["attributes"].get("id"))
            if identity.startswith(("vpc-", "subnet-", "igw-", "rtb-", "sg-", "sgr-")) and identity not in ids:
                yield f"{layer}: {each['type']}.{each['name']} is {identity} in the state, which isn't in AWS"
            if instance.get("status") == "tainted":
                yield f"{layer}: {each['type']}.{each['name']} is tainted"


def _name(resource: Mapping[str, Any]) -> str:
    return next((each["Value"] for each in resource.get("Tags", ()) if each["Key"] == "Name"), "")


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    return list(client.get_paginator(operation).paginate(**arguments).build_full_result().get(key, ()))
