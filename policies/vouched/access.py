"""Who may do what, and who gets in: only by statements that can be read, and only as constructs grant it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from policies.vouched.documents import Policy, policies_of
from policies.vouched.foreign import SERVICES
from policies.vouched.grants import (
    ACCOUNT,
    ALLOWED,
    ANYONE,
    BY_ACCOUNT,
    DENIED,
    NARROWED,
    ROLE,
    SPARED,
    TAKES_ON,
    TLS,
    TO_TASKS,
    VIA_SERVICE,
    Condition,
)
from policies.vouched.resolving import Outputs
from terraform_json.blocks import Body, Config, listed, named, resources, strings

if TYPE_CHECKING:
    from config import Environment

_ROLE_POLICY = "aws_iam_role_policy"
# The one managed policy of the layers: what it has to deny, whoever attaches it.
_DENIAL = "aws_iam_policy"
_MODELS = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
_PASS = "iam:PassRole"
# It changes all of an alarm: a function has it for those alone whose thresholds it keeps.
_ALARM = "cloudwatch:PutMetricAlarm"
_TODO = "grant it as a construct does (policies/vouched/grants.py), or remove it"
_LITERALS: Mapping[str, frozenset[str]] = {
    "aws:SecureTransport": frozenset({"true", "false"}),
    "aws:ViaAWSService": frozenset({"true"}),
    "iam:PassedToService": frozenset({"ecs-tasks.amazonaws.com"}),
    "s3:x-amz-acl": frozenset({"bucket-owner-full-control"}),
}


class Access:
    """Judge of the policies of an environment."""

    def __init__(self, layers: Mapping[str, Config], env: Environment) -> None:
        self._layers = layers
        self._account, self._partition = env.account_id, env.partition
        self._shell = env.service.execute_command
        self._kept_alarms = {env.place.arn("cloudwatch", f"alarm:{name}") for name in env.quota_alarms}
        self._outputs = Outputs(layers)
        regions = f"(?:{env.region}|us-east-1)"
        self._service = re.compile(rf"(?P<service>[a-z0-9.-]+?)(?P<region>\.{regions})?\.amazonaws\.com")
        self._arn = re.compile(rf"arn:{env.partition}:[a-z0-9-]+:(?:[a-z0-9-]*:{env.account_id}:.+|::[a-z0-9].+)")
        self._layer_bucket = f"arn:{env.partition}:s3:::prod-{env.region}-starport-layer-bucket/*"
        self._bucket = re.compile(rf"arn:{env.partition}:s3:::[a-z0-9.-]+(?:/.*)?")
        # What X-Ray writes with Transaction Search: its spans, and signals that nothing here sends.
        groups = ("aws/spans", "/aws/application-signals/data")
        self._span_groups = {f"{env.place.log_group_arn(each)}:*" for each in groups}
        # A policy may name a role instead of referring to it; no two roles of an account have the same name.
        self._named_roles = {
            env.place.role_arn(role.body["name"])
            for config in layers.values()
            for role in resources(config)
            if role.type == "aws_iam_role" and isinstance(role.body.get("name"), str) and "path" not in role.body
        }

    def refused(self) -> Iterator[str]:
        """A line for each policy that can't be read, and each statement that no construct makes."""
        services: dict[str, set[str]] = defaultdict(set)
        for policy in policies_of(self._layers):
            if isinstance(policy, str):
                yield policy
                continue
            for number, statement in enumerate(policy.statements):
                title = f"{policy.source}: statement {statement.get('sid') or number}"
                yield from (f"{title}: {why}; {_TODO}" for why in self._faults(policy, statement))
                if policy.type == "aws_iam_role":
                    services[policy.holder] |= {self._principal(policy, *each) for each in _principals(statement)}
        yield from self._taken_on_by_others(services)
        yield from self._open_endpoints()
        yield from self._roles_by_name()

    def _faults(self, policy: Policy, statement: Body) -> Iterator[str]:
        allows = statement.get("effect", "Allow") == "Allow"
        conditions = [(each["test"], each["variable"]) for each in listed(statement.get("condition"))]
        if len(set(conditions)) < len(conditions):
            yield "has a condition twice"
        yield from self._value_faults(statement)
        if policy.type == _ROLE_POLICY:
            yield from _role_faults(statement, allows, set(conditions), shell=self._shell)
            if _ALARM in listed(statement["actions"]) and set(listed(statement.get("resources"))) != self._kept_alarms:
                yield f"allows {_ALARM} of other alarms than those on the model's quota"
            return
        if policy.type == _DENIAL:
            yield from _denial_faults(statement, allows)
            return
        known = (ALLOWED if allows else DENIED).get(policy.type, {})
        principals = [self._principal(policy, *each) for each in _principals(statement)]
        for principal in principals:
            if frozenset(conditions) not in known.get(principal, ()):
                under = ", ".join(sorted(key for _, key in conditions)) or "no condition"
                yield f"{'lets in' if allows else 'denies'} {principal} under {under}"
        if not principals:
            yield "names no principal"
        if allows:
            yield from self._action_faults(policy, statement, set(principals), set(conditions))

    def _action_faults(
        self, policy: Policy, statement: Body, principals: set[str], conditions: set[Condition]
    ) -> Iterator[str]:
        actions = listed(statement["actions"])
        if policy.type == "aws_iam_role":
            if actions != ["sts:AssumeRole"]:
                yield f"allows {', '.join(actions)} in a trust"
            return
        administers = policy.type == "aws_kms_key" and principals == {ACCOUNT}
        narrows = policy.type == "aws_vpc_endpoint" and conditions == {BY_ACCOUNT}
        wide = {"*"} if narrows else {"kms:*"} if administers else set()
        yield from (f"allows {each}" for each in actions if each.endswith(":*") or each == "*" if each not in wide)
        if "xray" in principals and set(listed(statement.get("resources"))) != self._span_groups:
            yield "lets X-Ray write other log groups than those of spans"
        if policy.body.get("vpc_endpoint_type") == "Gateway":
            yield from self._gateway_faults(statement, actions, conditions)

    def _gateway_faults(self, statement: Body, actions: list[str], conditions: set[Condition]) -> Iterator[str]:
        """A gateway endpoint reaches named buckets: one role its own, everybody the image layers of AWS."""
        reached = listed(statement.get("resources"))
        yield from (f"reaches {each}, no named bucket" for each in reached if not self._bucket.fullmatch(each))
        if conditions == {BY_ACCOUNT} or not reached:
            yield "reaches every bucket"
        if conditions == {TLS} and (reached != [self._layer_bucket] or actions != ["s3:GetObject"]):
            yield f"lets anybody do more than read {self._layer_bucket}"

    def _principal(self, policy: Policy, kind: str, identifier: str) -> str:
        """Principal as grants name it; one that they don't know, as it is written."""
        if kind == "Service":
            match = self._service.fullmatch(identifier)
            # CloudWatch Logs is the one that has a principal in each region.
            known = match and match["service"] in SERVICES and bool(match["region"]) == (match["service"] == "logs")
            return match["service"] if match and known else identifier
        if kind == "AWS" and identifier == "*":
            return ANYONE
        if kind == "AWS" and identifier == f"arn:{self._partition}:iam::{self._account}:root":
            return ACCOUNT
        referred = self._outputs.address(policy.layer, identifier, "arn").startswith("aws_iam_role.")
        if kind == "AWS" and (referred or identifier in self._named_roles):
            return ROLE
        return f"{kind} {identifier}"

    def _value_faults(self, statement: Body) -> Iterator[str]:
        for condition in listed(statement.get("condition")):
            key = condition["variable"]
            for value in listed(condition["values"]):
                if not self._own(condition["test"], key, value):
                    yield f"accepts {value} as {key}"

    def _own(self, test: str, key: str, value: str) -> bool:
        """Whether a condition's value is this environment's, or one of the few words that there are."""
        if key in _LITERALS:
            return value in _LITERALS[key]
        if key in ("aws:SourceAccount", "aws:PrincipalAccount"):
            return value == self._account
        if key == "kms:ViaService":
            match = self._service.fullmatch(value)
            return match is not None and match["service"] in SERVICES
        if key == "s3:prefix":
            return True
        exact = not test.endswith("Like") and key != "bedrock:GuardrailIdentifier"
        return (value.startswith("${") or bool(self._arn.fullmatch(value))) and not (exact and set("*?") & set(value))

    def _taken_on_by_others(self, services: Mapping[str, set[str]]) -> Iterator[str]:
        """Roles that another service than that of the resource which uses them takes on."""
        for layer, config in self._layers.items():
            for resource in resources(config):
                if service := TAKES_ON.get(resource.type):
                    for address in self._roles(layer, resource.body):
                        if others := services.get(address, set()) - {service}:
                            who = f"{', '.join(sorted(others))}, but {resource.address} uses it"
                            yield f"{address}: assume_role_policy: lets in {who}; {_TODO}"

    def _roles(self, layer: str, body: Body) -> set[str]:
        """Addresses of the roles that a resource names."""
        return {
            found
            for text in strings(body)
            if text.startswith("${")
            and (found := self._outputs.owner(layer, text, "arn")).partition("/")[2].startswith("aws_iam_role.")
        }

    def _open_endpoints(self) -> Iterator[str]:
        for layer, config in self._layers.items():
            for resource in resources(config):
                if resource.type == "aws_vpc_endpoint" and not resource.body.get("policy"):
                    yield f"{layer}/{resource.address}: policy: without one it reaches everything; {_TODO}"

    def _roles_by_name(self) -> Iterator[str]:
        """Roles that a resource names otherwise than by reference to one that is built here."""
        for layer, config in self._layers.items():
            for resource in resources(config):
                if resource.type == _ROLE_POLICY or resource.type in TAKES_ON:
                    attribute = "name" if resource.type == _ROLE_POLICY else "arn"
                    for argument, value in _role_arguments(resource.body):
                        if not self._outputs.address(layer, value, attribute).startswith("aws_iam_role."):
                            why = "no role that is built here; refer to one"
                            yield f"{layer}/{resource.address}: {argument}: {why}"


def _role_arguments(body: Body) -> Iterator[tuple[str, str]]:
    """Arguments that name a role, wherever they stand in a resource."""
    for key, value in named(body):
        if key == "role" or key.endswith("role_arn"):
            yield key, value if isinstance(value, str) else ""
        else:
            yield from (found for each in listed(value) if isinstance(each, Mapping) for found in _role_arguments(each))


def _principals(statement: Body) -> Iterator[tuple[str, str]]:
    for block in listed(statement.get("principals")):
        yield from ((block["type"], identifier) for identifier in listed(block["identifiers"]))


def _role_faults(statement: Body, allows: bool, conditions: set[Condition], *, shell: bool) -> Iterator[str]:
    """What no construct writes into the policy of a role. `shell`: its agent uses the key of sessions by itself."""
    if statement.get("principals"):
        yield "names a principal in the policy of a role"
    if not statement.get("resources"):
        yield "names no resources"
    actions = listed(statement["actions"])
    if frozenset(conditions) not in (NARROWED if allows else SPARED):
        under = ", ".join(sorted(key for _, key in conditions)) or "no condition"
        yield f"{'allows' if allows else 'denies'} under {under}"
    if not allows:
        return
    yield from (f"allows {each}" for each in actions if each == "*" or each.endswith(":*"))
    if _PASS in actions and conditions != {TO_TASKS}:
        yield f"allows {_PASS} to whatever service"
    if any(each.startswith("kms:") for each in actions):
        services = [
            value.partition(".")[0]
            for each in listed(statement.get("condition"))
            if (each["test"], each["variable"]) == VIA_SERVICE
            for value in listed(each["values"])
        ]
        if not conditions and not shell:
            yield "uses a key under no condition"
        elif conditions == {VIA_SERVICE} and "s3" in services:
            yield "uses a key by S3 for whatever bucket"


def _denial_faults(statement: Body, allows: bool) -> Iterator[str]:
    """What the policy that stops the model must not say: anything but that no model may be called."""
    if allows:
        yield "allows something in the policy that denies models"
    if listed(statement.get("actions")) != _MODELS or listed(statement.get("resources")) != ["*"]:
        yield "denies something else than every call of a model"
    if statement.get("condition") or statement.get("principals"):
        yield "denies models under a condition"


def unvouched_access(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """A line for each policy that can't be read, and for everybody whom no construct lets in."""
    yield from Access(layers, env).refused()
