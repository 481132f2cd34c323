"""Find resources of an interrupted run by their configured name or parent.

They have no tags (a KMS alias, a route, a CloudFront policy), or tags but no name (a security group rule, a listener),
or the tagging API may not know them yet. A match is certain: names contain project and environment, parents are ids
that a state of the environment knows, and a DNS record leads where the configuration says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.aws import NoAnswer, asked
from pipeline.recovery.dns_records import is_configured_record
from pipeline.recovery.existence import ABSENT
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.looked import Looked
from pipeline.recovery.matching import Import, UnknownResource, Unsure, unknown_resources
from pipeline.recovery.state_objects import unasked_error
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import nested_block, provider_region

# Items to ask for in lists that botocore can't paginate. CloudFront's quota is 20 policies of a type per account.
MAX_ITEMS = "100"
# Security Hub's answer in an account that doesn't use it.
NO_HUB = "InvalidAccessException"


@dataclass(frozen=True)
class _Listing:
    """The API call that lists one type by name: its arguments, and the JMESPath of [name, import id] pairs.

    `path` is the configured attribute that holds the name, dotted for one of a nested block.
    """

    service: str
    operation: str
    pairs: str
    arguments: Mapping[str, str | list[str]] = field(default_factory=dict)
    path: str = "name"


def _cloudfront_policies(kind: str, item: str, config: str) -> _Listing:
    pairs = f"{item}List.Items[].{item}.[{config}.Name, Id]"
    return _Listing("cloudfront", f"list_{kind}_policies", pairs, {"Type": "custom", "MaxItems": MAX_ITEMS})


# Resource type -> the call that lists its resources by name.
LISTED_BY_NAME = {
    "aws_budgets_budget": _Listing("budgets", "describe_budgets", "Budgets[].[BudgetName, BudgetName]"),
    "aws_cloudfront_cache_policy": _cloudfront_policies("cache", "CachePolicy", "CachePolicyConfig"),
    "aws_cloudfront_origin_access_control": _Listing(
        "cloudfront",
        "list_origin_access_controls",
        "OriginAccessControlList.Items[].[Name, Id]",
        {"MaxItems": MAX_ITEMS},
    ),
    "aws_cloudfront_origin_request_policy": _cloudfront_policies(
        "origin_request", "OriginRequestPolicy", "OriginRequestPolicyConfig"
    ),
    "aws_cloudfront_response_headers_policy": _cloudfront_policies(
        "response_headers", "ResponseHeadersPolicy", "ResponseHeadersPolicyConfig"
    ),
    "aws_cloudfront_vpc_origin": _Listing(
        "cloudfront",
        "list_vpc_origins",
        "VpcOriginList.Items[].[Name, Id]",
        {"MaxItems": MAX_ITEMS},
        "vpc_origin_endpoint_config.name",
    ),
    "aws_cloudwatch_composite_alarm": _Listing(
        "cloudwatch",
        "describe_alarms",
        "CompositeAlarms[].[AlarmName, AlarmName]",
        {"AlarmTypes": ["CompositeAlarm"]},
        "alarm_name",
    ),
    "aws_cloudwatch_metric_alarm": _Listing(
        "cloudwatch", "describe_alarms", "MetricAlarms[].[AlarmName, AlarmName]", path="alarm_name"
    ),
    "aws_codedeploy_deployment_config": _Listing(
        "codedeploy",
        "list_deployment_configs",
        "deploymentConfigsList[].[@, @]",
        path="deployment_config_name",
    ),
    "aws_iam_policy": _Listing("iam", "list_policies", "Policies[].[PolicyName, Arn]", {"Scope": "Local"}),
    "aws_kms_alias": _Listing("kms", "list_aliases", "Aliases[].[AliasName, AliasName]"),
    "aws_lb": _Listing("elbv2", "describe_load_balancers", "LoadBalancers[].[LoadBalancerName, LoadBalancerArn]"),
    "aws_lb_target_group": _Listing(
        "elbv2", "describe_target_groups", "TargetGroups[].[TargetGroupName, TargetGroupArn]"
    ),
    # Schedules carry no tags, and are imported by group and name.
    "aws_scheduler_schedule": _Listing(
        "scheduler", "list_schedules", "Schedules[].[Name, join('/', [GroupName, Name])]", {"GroupName": "default"}
    ),
    "aws_service_discovery_http_namespace": _Listing(
        "servicediscovery", "list_namespaces", "Namespaces[?Type=='HTTP'].[Name, Id]"
    ),
    "aws_sfn_state_machine": _Listing(
        "stepfunctions", "list_state_machines", "stateMachines[].[name, stateMachineArn]"
    ),
}


@dataclass(frozen=True)
class _AccountSearch:
    """Searches one account. Answers are cached: many rules are of the same security group."""

    session: Session
    values: KnownValues
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def find(self, unknown: UnknownResource) -> str | None:
        """Find the resource in AWS; returns its import id, or None."""
        if listing := LISTED_BY_NAME.get(unknown.type):
            return self._named(unknown, listing)
        find = FOUND_BY_PARENT.get(unknown.type) or FOUND_PERHAPS.get(unknown.type)
        return find(self, unknown) if find else None

    def value(self, unknown: UnknownResource, key: str) -> str | None:
        """The value of attribute `key` in the configuration, or None when it isn't known; a dotted one is nested."""
        *outer, last = key.split(".")
        body = unknown.body
        for name in outer:
            body = nested_block(body.get(name))
        return self.values.of(unknown.layer, body.get(last))

    def ask(self, unknown: UnknownResource, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call AWS in the region of the resource's provider; all pages merged, nothing of a parent that is gone."""
        alias = str(unknown.body.get("provider", "")).partition(".")[2]
        region = provider_region(unknown.layer.config, alias) or self.session.env.region
        key = (region, service, operation, repr(arguments))
        if key not in self.answers:
            client = self.session.client(service, region)
            try:
                self.answers[key] = asked(partial(_all_pages, client, operation, arguments), otherwise=_unanswered)
            except _GoneError:
                self.answers[key] = {}
        return dict(self.answers[key])

    def _named(self, unknown: UnknownResource, listing: _Listing) -> str | None:
        import jmespath

        name = self.value(unknown, listing.path)
        account = {"AccountId": self.session.env.account_id} if listing.service == "budgets" else {}
        answer = self.ask(unknown, listing.service, listing.operation, **listing.arguments, **account)
        found = dict(jmespath.search(listing.pairs, answer) or ()).get(name)
        return ":".join([*account.values(), found]) if found else None


def _find_route(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    table, to = search.value(unknown, "route_table_id"), search.value(unknown, "destination_cidr_block")
    for route in _describe_route_table(search, unknown, table).get("Routes", ()) if to else ():
        if route.get("DestinationCidrBlock") == to:
            return f"{table}_{to}"
    return None


def _find_association(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    table, subnet = search.value(unknown, "route_table_id"), search.value(unknown, "subnet_id")
    for each in _describe_route_table(search, unknown, table).get("Associations", ()) if subnet else ():
        if each.get("SubnetId") == subnet:
            return f"{subnet}/{table}"
    return None


def _describe_route_table(search: _AccountSearch, unknown: UnknownResource, table: str | None) -> Mapping[str, Any]:
    if not table:
        return {}
    found = search.ask(unknown, "ec2", "describe_route_tables", RouteTableIds=[table])
    return next(iter(found.get("RouteTables", ())), {})


def _find_group_rule(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """Id of the rule with the same group, direction, ports and peer. EC2 refuses duplicates: there is one at most."""
    group = search.value(unknown, "security_group_id")
    wanted = _configured_rule(partial(search.value, unknown))
    if group is None or wanted is None:
        return None
    filters = [{"Name": "group-id", "Values": [group]}]
    answer = search.ask(unknown, "ec2", "describe_security_group_rules", Filters=filters)
    for rule in answer.get("SecurityGroupRules", ()):
        other = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
        sides = (rule.get("CidrIpv4"), rule.get("CidrIpv6"), rule.get("PrefixListId"), other)
        ports = (rule["FromPort"], rule["ToPort"]) if rule["IpProtocol"] != "-1" else (None, None)
        found = (rule["IpProtocol"], *(None if port is None else str(port) for port in ports), *sides)
        if found == wanted and rule["IsEgress"] == unknown.type.endswith("_egress_rule"):
            return str(rule["SecurityGroupRuleId"])
    return None


def _configured_rule(value: Callable[[str], str | None]) -> tuple[str | None, ...] | None:
    """Protocol, ports and peer of a configured rule; None when the peer isn't known."""
    sides = tuple(value(key) for key in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"))
    return (value("ip_protocol"), value("from_port"), value("to_port"), *sides) if any(sides) else None


def _find_dns_record(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """Id of the record, when it says what the configuration would write; any other belongs to somebody else."""
    zone, name, kind = (search.value(unknown, key) for key in ("zone_id", "name", "type"))
    if not (zone and name and kind):
        return None
    start = {"StartRecordName": name, "StartRecordType": kind, "MaxItems": "1"}
    answer = search.ask(unknown, "route53", "list_resource_record_sets", HostedZoneId=zone, **start)
    ours = any(is_configured_record(search.values, unknown, each) for each in answer.get("ResourceRecordSets", ()))
    return f"{zone}_{name}_{kind}" if ours else None


def _find_log_delivery(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """Id of the log delivery, when its source has no other: one of several may belong to somebody else."""
    source = search.value(unknown, "delivery_source_name")
    there = search.ask(unknown, "logs", "describe_deliveries").get("deliveries", ()) if source else ()
    found = [str(each["id"]) for each in there if each["deliverySourceName"] == source]
    return found[0] if len(found) == 1 else None


def _find_listener(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """ARN of the listener on the same port of its load balancer: AWS allows one."""
    balancer, port = search.value(unknown, "load_balancer_arn"), search.value(unknown, "port")
    if not (balancer and port):
        return None
    for each in search.ask(unknown, "elbv2", "describe_listeners", LoadBalancerArn=balancer).get("Listeners", ()):
        if str(each.get("Port")) == port:
            return str(each["ListenerArn"])
    return None


def _find_listener_rule(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """ARN of the rule with the same priority of its listener: AWS allows one."""
    listener, priority = search.value(unknown, "listener_arn"), search.value(unknown, "priority")
    if not (listener and priority):
        return None
    for each in search.ask(unknown, "elbv2", "describe_rules", ListenerArn=listener).get("Rules", ()):
        if str(each.get("Priority")) == priority:
            return str(each["RuleArn"])
    return None


def _find_service(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    cluster, name = search.value(unknown, "cluster"), search.value(unknown, "name")
    if not (cluster and name):
        return None
    for each in search.ask(unknown, "ecs", "describe_services", cluster=cluster, services=[name]).get("services", ()):
        if each.get("status") == "ACTIVE":
            return f"{cluster.rpartition('/')[2]}/{name}"
    return None


def _find_hub(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    return search.session.env.account_id if search.ask(unknown, "securityhub", "describe_hub") else None


def _find_linked_role(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    service = search.value(unknown, "aws_service_name")
    answer = search.ask(unknown, "iam", "list_roles", PathPrefix=f"/aws-service-role/{service}/") if service else {}
    return next((str(each["Arn"]) for each in answer.get("Roles", ())), None)


def _find_budget_action(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """The action of a budget; there is one that applies a policy."""
    account, budget = search.session.env.account_id, search.value(unknown, "budget_name")
    if not budget:
        return None
    answer = search.ask(unknown, "budgets", "describe_budget_actions_for_budget", AccountId=account, BudgetName=budget)
    for each in answer.get("Actions", ()):
        if each.get("ActionType") == search.value(unknown, "action_type"):
            return f"{account}:{each['ActionId']}:{budget}"
    return None


def _find_permission(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """A statement of a function's policy: Lambda refuses a second one of its name."""
    function, name = search.value(unknown, "function_name"), search.value(unknown, "statement_id")
    if not (function and name):
        return None
    policy = json.loads(search.ask(unknown, "lambda", "get_policy", FunctionName=function).get("Policy", "{}"))
    found = any(each.get("Sid") == name for each in policy.get("Statement", ()))
    return f"{function}/{name}" if found else None


# Resource type -> the function that finds the one of an account, which may be somebody else's.
FOUND_PERHAPS: Mapping[str, Callable[[_AccountSearch, UnknownResource], str | None]] = {
    "aws_iam_service_linked_role": _find_linked_role,
    "aws_securityhub_account": _find_hub,
}
# Resource type -> the function that finds it below its parent.
FOUND_BY_PARENT: Mapping[str, Callable[[_AccountSearch, UnknownResource], str | None]] = {
    "aws_budgets_budget_action": _find_budget_action,
    "aws_cloudwatch_log_delivery": _find_log_delivery,
    "aws_ecs_service": _find_service,
    "aws_lambda_permission": _find_permission,
    "aws_lb_listener": _find_listener,
    "aws_lb_listener_rule": _find_listener_rule,
    "aws_route": _find_route,
    "aws_route53_record": _find_dns_record,
    "aws_route_table_association": _find_association,
    "aws_vpc_security_group_egress_rule": _find_group_rule,
    "aws_vpc_security_group_ingress_rule": _find_group_rule,
}


@dataclass(frozen=True)
class Named:
    """What was found by name or place: certainly ours, or one of an account that may be somebody else's."""

    imports: tuple[Import, ...] = ()
    unsure: tuple[Unsure, ...] = ()

    def of(self, layer: str) -> tuple[str, ...]:
        """Addresses in a layer that were found."""
        return tuple(each.address for each in self.imports if each.layer == layer)


def find_orphans_by_name(
    session: Session,
    synthesis: Synthesis,
    states: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Collection[str]],
    looked: Looked,
    without: Collection[str] = (),
) -> Named:
    """Find resources of these types that exist in AWS and in no state, each with its address.

    Layers in `without` are left out. What AWS gives no answer about is noted in `looked`. A child of an orphan is only
    found once the orphan is imported.
    """
    search = _AccountSearch(session, KnownValues(synthesis, states))
    imports: list[Import] = []
    unsure: list[Unsure] = []
    for unknown in unknown_resources(synthesis, known):
        if unknown.layer.name in without:
            continue
        with looked.at(f"{unknown.layer.name}: {unknown.address}"):
            found = search.find(unknown)
            if found and unknown.type in FOUND_PERHAPS:
                unsure.append(Unsure(unknown.layer.name, unknown.address, (found,)))
            elif found:
                imports.append(Import(unknown.layer.name, unknown.address, found))
    return Named(tuple(imports), tuple(unsure))


class _GoneError(Exception):
    """What was asked about doesn't exist: no child of it does."""


def _unanswered(reason: NoAnswer) -> Exception:
    return _GoneError() if ABSENT.search(reason.code) or reason.code == NO_HUB else unasked_error(reason)


def _all_pages(client: Any, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    limited = "MaxItems" in arguments
    if limited or not client.can_paginate(operation):
        return dict(getattr(client, operation)(**arguments))
    return dict(client.get_paginator(operation).paginate(**arguments).build_full_result())
