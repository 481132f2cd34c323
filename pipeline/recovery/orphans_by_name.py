"""What a cut-off run made and tags can't tell: found under the very name, or in the very place, of the configuration.

Each is something that AWS refuses to create a second time, and that has no tags (an alias, a route, a policy of
CloudFront), or tags but no name (a rule of a security group). Found means surely ours: names carry project and
environment, places are ids that a state of the environment knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.aws import asked
from pipeline.recovery.known_values import KnownValues
from pipeline.recovery.matching import Import, UnknownResource, unknown_resources
from pipeline.recovery.state_objects import no_answer
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.blocks import provider_region

# Of a list that botocore can't page through. CloudFront allows an account 20 policies of a kind (its quotas).
MAX_ITEMS = "100"


@dataclass(frozen=True)
class _List:
    """Where AWS lists a kind by name: the call, its arguments, and the JMESPath of pairs of name and import id."""

    service: str
    operation: str
    pairs: str
    arguments: Mapping[str, str] = field(default_factory=dict)


def _policies(kind: str, item: str, config: str) -> _List:
    pairs = f"{item}List.Items[].{item}.[{config}.Name, Id]"
    return _List("cloudfront", f"list_{kind}_policies", pairs, {"Type": "custom", "MaxItems": MAX_ITEMS})


NAMED = {
    "aws_budgets_budget": _List("budgets", "describe_budgets", "Budgets[].[BudgetName, BudgetName]"),
    "aws_cloudfront_cache_policy": _policies("cache", "CachePolicy", "CachePolicyConfig"),
    "aws_cloudfront_origin_access_control": _List(
        "cloudfront",
        "list_origin_access_controls",
        "OriginAccessControlList.Items[].[Name, Id]",
        {"MaxItems": MAX_ITEMS},
    ),
    "aws_cloudfront_origin_request_policy": _policies(
        "origin_request", "OriginRequestPolicy", "OriginRequestPolicyConfig"
    ),
    "aws_cloudfront_response_headers_policy": _policies(
        "response_headers", "ResponseHeadersPolicy", "ResponseHeadersPolicyConfig"
    ),
    "aws_kms_alias": _List("kms", "list_aliases", "Aliases[].[AliasName, AliasName]"),
}


@dataclass(frozen=True)
class _Search:
    """One look at an account. Answers are kept: a layer has many rules of one group."""

    session: Session
    values: KnownValues
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def find(self, gap: UnknownResource) -> str | None:
        """The import id of what the gap is for, or None."""
        if listed := NAMED.get(gap.type):
            return self._named(gap, listed)
        place = PLACED.get(gap.type)
        return place(self, gap) if place else None

    def value(self, gap: UnknownResource, key: str) -> str | None:
        """What the configuration says at `key`."""
        return self.values.of(gap.layer, gap.body.get(key))

    def ask(self, gap: UnknownResource, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """The merged pages of an answer, asked in the region of the gap's layer."""
        region = provider_region(gap.layer.config) or self.session.env.region
        key = (region, service, operation, repr(arguments))
        if key not in self.answers:
            client = self.session.client(service, region)
            self.answers[key] = asked(partial(_whole, client, operation, arguments), **no_answer(self.session))
        return dict(self.answers[key])

    def _named(self, gap: UnknownResource, listed: _List) -> str | None:
        import jmespath

        name = self.value(gap, "name")
        account = {"AccountId": self.session.env.account_id} if listed.service == "budgets" else {}
        answer = self.ask(gap, listed.service, listed.operation, **listed.arguments, **account)
        found = dict(jmespath.search(listed.pairs, answer) or ()).get(name)
        return ":".join([*account.values(), found]) if found else None


def _route(search: _Search, gap: UnknownResource) -> str | None:
    table, to = search.value(gap, "route_table_id"), search.value(gap, "destination_cidr_block")
    for route in _table(search, gap, table).get("Routes", ()) if to else ():
        if route.get("DestinationCidrBlock") == to:
            return f"{table}_{to}"
    return None


def _association(search: _Search, gap: UnknownResource) -> str | None:
    table, subnet = search.value(gap, "route_table_id"), search.value(gap, "subnet_id")
    for each in _table(search, gap, table).get("Associations", ()) if subnet else ():
        if each.get("SubnetId") == subnet:
            return f"{subnet}/{table}"
    return None


def _table(search: _Search, gap: UnknownResource, table: str | None) -> Mapping[str, Any]:
    found = search.ask(gap, "ec2", "describe_route_tables", RouteTableIds=[table])["RouteTables"] if table else ()
    return next(iter(found), {})


def _rule(search: _Search, gap: UnknownResource) -> str | None:
    """The rule with the same owner, direction, ports and other side. Two alike can't exist (EC2 refuses duplicates)."""
    group = search.value(gap, "security_group_id")
    wanted = _rule_of(partial(search.value, gap))
    if group is None or wanted is None:
        return None
    filters = [{"Name": "group-id", "Values": [group]}]
    for rule in search.ask(gap, "ec2", "describe_security_group_rules", Filters=filters)["SecurityGroupRules"]:
        other = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
        sides = (rule.get("CidrIpv4"), rule.get("CidrIpv6"), rule.get("PrefixListId"), other)
        ports = (rule["FromPort"], rule["ToPort"]) if rule["IpProtocol"] != "-1" else (None, None)
        found = (rule["IpProtocol"], *(None if port is None else str(port) for port in ports), *sides)
        if found == wanted and rule["IsEgress"] == gap.type.endswith("_egress_rule"):
            return str(rule["SecurityGroupRuleId"])
    return None


def _rule_of(value: Callable[[str], str | None]) -> tuple[str | None, ...] | None:
    """Protocol, ports and the other side; None when the other side isn't known."""
    sides = tuple(value(key) for key in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"))
    return (value("ip_protocol"), value("from_port"), value("to_port"), *sides) if any(sides) else None


def _record(search: _Search, gap: UnknownResource) -> str | None:
    zone, name, kind = (search.value(gap, key) for key in ("zone_id", "name", "type"))
    if not (zone and name and kind):
        return None
    start = {"StartRecordName": name, "StartRecordType": kind, "MaxItems": "1"}
    answer = search.ask(gap, "route53", "list_resource_record_sets", HostedZoneId=zone, **start)
    for each in answer["ResourceRecordSets"]:
        if (each["Name"].rstrip("."), each["Type"]) == (name.rstrip("."), kind):
            return f"{zone}_{name}_{kind}"
    return None


def _delivery(search: _Search, gap: UnknownResource) -> str | None:
    """The only delivery of its source: one with several may send to places that aren't ours."""
    source = search.value(gap, "delivery_source_name")
    listed = search.ask(gap, "logs", "describe_deliveries")["deliveries"] if source else ()
    found = [str(each["id"]) for each in listed if each["deliverySourceName"] == source]
    return found[0] if len(found) == 1 else None


PLACED: Mapping[str, Callable[[_Search, UnknownResource], str | None]] = {
    "aws_cloudwatch_log_delivery": _delivery,
    "aws_route": _route,
    "aws_route53_record": _record,
    "aws_route_table_association": _association,
    "aws_vpc_security_group_egress_rule": _rule,
    "aws_vpc_security_group_ingress_rule": _rule,
}


def find_orphans_by_name(
    session: Session,
    synthesis: Synthesis,
    states: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Collection[str]],
) -> Iterator[Import]:
    """What exists of those kinds and stands in no state, with the address it belongs to.

    Raises SitechatError (6) when AWS can't be asked. What hangs on an orphan is only found once that is imported.
    """
    search = _Search(session, KnownValues(synthesis, states))
    for gap in unknown_resources(synthesis, known):
        found = search.find(gap)
        if found:
            yield Import(gap.layer.name, gap.address, found)


def _whole(client: Any, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    limited = "MaxItems" in arguments
    if limited or not client.can_paginate(operation):
        return dict(getattr(client, operation)(**arguments))
    return dict(client.get_paginator(operation).paginate(**arguments).build_full_result())
