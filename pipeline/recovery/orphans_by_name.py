"""Find untagged resources of an interrupted run by their configured name or parent.

AWS refuses to create their types twice. They have no tags (a KMS alias, a route, a CloudFront policy), or tags but no
name (a security group rule). A match is certain: names contain project and environment, parents are ids that a state
of the environment knows, and a DNS record leads where the configuration says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.aws import asked
from pipeline.recovery.dns_records import is_configured_record
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.looked import Looked
from pipeline.recovery.matching import Import, UnknownResource, unknown_resources
from pipeline.recovery.state_objects import recovery_errors
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_region

# Items to ask for in lists that botocore can't paginate. CloudFront's quota is 20 policies of a type per account.
MAX_ITEMS = "100"


@dataclass(frozen=True)
class _Listing:
    """The API call that lists one type by name: its arguments, and the JMESPath of [name, import id] pairs."""

    service: str
    operation: str
    pairs: str
    arguments: Mapping[str, str] = field(default_factory=dict)


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
    "aws_kms_alias": _Listing("kms", "list_aliases", "Aliases[].[AliasName, AliasName]"),
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
        find = FOUND_BY_PARENT.get(unknown.type)
        return find(self, unknown) if find else None

    def value(self, unknown: UnknownResource, key: str) -> str | None:
        """The value of attribute `key` in the configuration, or None when it isn't known."""
        return self.values.of(unknown.layer, unknown.body.get(key))

    def ask(self, unknown: UnknownResource, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call AWS in the region of the resource's layer; returns all pages merged."""
        region = provider_region(unknown.layer.config) or self.session.env.region
        key = (region, service, operation, repr(arguments))
        if key not in self.answers:
            client = self.session.client(service, region)
            self.answers[key] = asked(
                partial(_all_pages, client, operation, arguments), **recovery_errors(self.session)
            )
        return dict(self.answers[key])

    def _named(self, unknown: UnknownResource, listing: _Listing) -> str | None:
        import jmespath

        name = self.value(unknown, "name")
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
    found = search.ask(unknown, "ec2", "describe_route_tables", RouteTableIds=[table])["RouteTables"] if table else ()
    return next(iter(found), {})


def _find_group_rule(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """Id of the rule with the same group, direction, ports and peer. EC2 refuses duplicates: there is one at most."""
    group = search.value(unknown, "security_group_id")
    wanted = _configured_rule(partial(search.value, unknown))
    if group is None or wanted is None:
        return None
    filters = [{"Name": "group-id", "Values": [group]}]
    for rule in search.ask(unknown, "ec2", "describe_security_group_rules", Filters=filters)["SecurityGroupRules"]:
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
    ours = any(is_configured_record(search.values, unknown, each) for each in answer["ResourceRecordSets"])
    return f"{zone}_{name}_{kind}" if ours else None


def _find_log_delivery(search: _AccountSearch, unknown: UnknownResource) -> str | None:
    """Id of the log delivery, when its source has no other: one of several may belong to somebody else."""
    source = search.value(unknown, "delivery_source_name")
    there = search.ask(unknown, "logs", "describe_deliveries")["deliveries"] if source else ()
    found = [str(each["id"]) for each in there if each["deliverySourceName"] == source]
    return found[0] if len(found) == 1 else None


# Resource type -> the function that finds it below its parent.
FOUND_BY_PARENT: Mapping[str, Callable[[_AccountSearch, UnknownResource], str | None]] = {
    "aws_cloudwatch_log_delivery": _find_log_delivery,
    "aws_route": _find_route,
    "aws_route53_record": _find_dns_record,
    "aws_route_table_association": _find_association,
    "aws_vpc_security_group_egress_rule": _find_group_rule,
    "aws_vpc_security_group_ingress_rule": _find_group_rule,
}


def find_orphans_by_name(
    session: Session,
    synthesis: Synthesis,
    states: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Collection[str]],
    looked: Looked,
    without: Collection[str] = (),
) -> Iterator[Import]:
    """Find resources of these types that exist in AWS and in no state, each with its address.

    Layers in `without` are left out. What AWS gives no answer about is noted in `looked`. A child of an orphan is only
    found once the orphan is imported.
    """
    search = _AccountSearch(session, KnownValues(synthesis, states))
    for unknown in unknown_resources(synthesis, known):
        if unknown.layer.name not in without:
            with looked.at(f"{unknown.layer.name}: {unknown.address}"):
                if found := search.find(unknown):
                    yield Import(unknown.layer.name, unknown.address, found)


def _all_pages(client: Any, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    limited = "MaxItems" in arguments
    if limited or not client.can_paginate(operation):
        return dict(getattr(client, operation)(**arguments))
    return dict(client.get_paginator(operation).paginate(**arguments).build_full_result())
