"""Reader of the deployed VPCs, from EC2's and ECS's APIs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Any

from local_aws.traffic.vpc.parts import (
    Acl,
    AclEntry,
    Endpoint,
    Group,
    GroupRule,
    Interface,
    Route,
    RouteTable,
    Subnet,
    Vpcs,
)

Item = Mapping[str, Any]
# IP protocol numbers of the rules that can concern a TCP connection; "-1" is every protocol.
_TCP = {"tcp", "6", "-1"}
_LAST_PORT = 65535


def read_vpcs(ec2: Any) -> Vpcs:
    """Read with a boto3 client of EC2; the interfaces of tasks are missing."""
    groups = ec2.describe_security_groups()["SecurityGroups"]
    rules = list(_group_rules(ec2.describe_security_group_rules()["SecurityGroupRules"]))
    acls = ec2.describe_network_acls()["NetworkAcls"]
    tables = ec2.describe_route_tables()["RouteTables"]
    subnets = {each["SubnetId"]: _subnet(each, acls, tables) for each in ec2.describe_subnets()["Subnets"]}
    return Vpcs(
        vpcs={each["VpcId"]: tuple(_cidrs(each)) for each in ec2.describe_vpcs()["Vpcs"]},
        subnets=subnets,
        groups={
            each["GroupId"]: Group(
                each["GroupId"],
                each["GroupName"],
                each["VpcId"],
                tuple(rule for group, rule in rules if group == each["GroupId"]),
            )
            for each in groups
        },
        lists={each["PrefixListId"]: _prefix_list(ec2, each) for each in _used_lists(ec2, rules)},
        interfaces={each.ip: each for each in _known_interfaces(ec2)},
        nat_gateways={each["NatGatewayId"]: each["SubnetId"] for each in _nat_gateways(ec2)},
        endpoints=tuple(_endpoints(ec2)),
    )


def _cidrs(vpc: Item) -> Iterator[IPv4Network]:
    blocks = vpc.get("CidrBlockAssociationSet") or [{"CidrBlock": vpc["CidrBlock"]}]
    for block in blocks:
        yield IPv4Network(block["CidrBlock"])


def _group_rules(rules: Iterable[Item]) -> Iterator[tuple[str, GroupRule]]:
    """Rules for TCP by their group's id. A rule for IPv6 never admits an IPv4 packet, so it is left out."""
    for rule in rules:
        peer = rule.get("CidrIpv4") or rule.get("PrefixListId") or rule.get("ReferencedGroupInfo", {}).get("GroupId")
        if not peer or str(rule["IpProtocol"]) not in _TCP:
            continue
        every = str(rule["IpProtocol"]) == "-1"
        first, last = (0, _LAST_PORT) if every else (rule["FromPort"], rule["ToPort"])
        yield rule["GroupId"], GroupRule(rule["SecurityGroupRuleId"], bool(rule["IsEgress"]), first, last, peer)


def _used_lists(ec2: Any, rules: Iterable[tuple[str, GroupRule]]) -> Iterator[Item]:
    """Prefix lists that a rule names; the entries of CloudFront's are always wanted, for ACLs."""
    named = {rule.peer for _, rule in rules}
    for each in ec2.describe_managed_prefix_lists()["PrefixLists"]:
        if each["PrefixListId"] in named or each["PrefixListName"].endswith(".cloudfront.origin-facing"):
            yield each


def _prefix_list(ec2: Any, described: Item) -> tuple[str, tuple[IPv4Network, ...]]:
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=described["PrefixListId"])["Entries"]
    networks = (ip_network(entry["Cidr"], strict=False) for entry in entries)
    return described["PrefixListName"], tuple(each for each in networks if isinstance(each, IPv4Network))


def _subnet(subnet: Item, acls: Iterable[Item], tables: Iterable[Item]) -> Subnet:
    name, vpc = subnet["SubnetId"], subnet["VpcId"]
    acl = next(
        (each for each in acls if name in {at["SubnetId"] for at in each["Associations"]}),
        {"NetworkAclId": "no ACL", "Entries": []},
    )
    own = (each for each in tables if name in {at.get("SubnetId") for at in each["Associations"]})
    main = (each for each in tables if each["VpcId"] == vpc and any(at.get("Main") for at in each["Associations"]))
    table = next(own, None) or next(main, {"RouteTableId": "no route table", "Routes": []})
    return Subnet(
        name, vpc, IPv4Network(subnet["CidrBlock"]), subnet["AvailabilityZone"], _acl(acl), _route_table(table)
    )


def _acl(acl: Item) -> Acl:
    entries = [
        AclEntry(
            number=int(entry["RuleNumber"]),
            egress=bool(entry["Egress"]),
            allow=entry["RuleAction"] == "allow",
            cidr=IPv4Network(entry["CidrBlock"]),
            first=0 if str(entry["Protocol"]) == "-1" else entry["PortRange"]["From"],
            last=_LAST_PORT if str(entry["Protocol"]) == "-1" else entry["PortRange"]["To"],
        )
        for entry in acl["Entries"]
        if entry.get("CidrBlock") and str(entry["Protocol"]) in _TCP
    ]
    return Acl(acl["NetworkAclId"], tuple(sorted(entries, key=lambda entry: entry.number)))


def _route_table(table: Item) -> RouteTable:
    keys = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId", "TransitGatewayId", "NetworkInterfaceId")
    return RouteTable(
        table["RouteTableId"],
        tuple(
            Route(destination, next((route[key] for key in keys if route.get(key)), "unknown"))
            for route in table["Routes"]
            if (destination := route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId"))
            and route.get("State", "active") == "active"
        ),
    )


def _nat_gateways(ec2: Any) -> Iterator[Item]:
    for each in ec2.describe_nat_gateways()["NatGateways"]:
        if each["State"] == "available":
            yield each


def _endpoints(ec2: Any) -> Iterator[Endpoint]:
    for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        if each.get("VpcEndpointType") == "Interface" and each.get("PrivateDnsEnabled") and each.get("SubnetIds"):
            groups = tuple(group["GroupId"] for group in each.get("Groups", []))
            yield Endpoint(each["VpcEndpointId"], each["ServiceName"], each["VpcId"], tuple(each["SubnetIds"]), groups)


def _known_interfaces(ec2: Any) -> Iterator[Interface]:
    for each in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        groups = tuple(group["GroupId"] for group in each.get("Groups", []))
        public = bool(each.get("Association", {}).get("PublicIp"))
        yield Interface(each["PrivateIpAddress"], each["SubnetId"], groups, each["NetworkInterfaceId"], public)


def read_task_interfaces(ecs: Any, subnets: Mapping[str, Subnet]) -> dict[str, Interface]:
    """Interfaces of tasks by address, with a boto3 client of ECS."""
    return {each.ip: each for each in _task_interfaces(ecs, subnets)}


def _task_interfaces(ecs: Any, subnets: Mapping[str, Subnet]) -> Iterator[Interface]:
    for cluster in ecs.list_clusters()["clusterArns"]:
        arns = ecs.list_tasks(cluster=cluster)["taskArns"]
        if not arns:
            continue
        tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
        names = sorted({each["group"].partition(":")[2] for each in tasks if each["group"].startswith("service:")})
        found = ecs.describe_services(cluster=cluster, services=names)["services"] if names else []
        services = {each["serviceName"]: each for each in found}
        for task in tasks:
            yield from _of_task(task, services.get(task["group"].partition(":")[2], {}), subnets)


def _of_task(task: Item, service: Item, subnets: Mapping[str, Subnet]) -> Iterator[Interface]:
    """The task's interface: address of its attachment, groups of the deployment that started it.

    Its subnet is the one of the service's that has the address: the attachment names the service's first one always.
    """
    started: list[Item] = [each for each in service.get("deployments", []) if each["id"] == task.get("startedBy")]
    settings = next((each.get("networkConfiguration") for each in started), None) or service.get("networkConfiguration")
    placed = (settings or {}).get("awsvpcConfiguration", {})
    for attachment in task.get("attachments", []):
        details = {each["name"]: each["value"] for each in attachment.get("details", [])}
        if address := details.get("privateIPv4Address"):
            named = [*placed.get("subnets", ()), details.get("subnetId", "")]
            around = (each for each in named if each in subnets and IPv4Network(address).subnet_of(subnets[each].cidr))
            subnet = next(around, named[-1] or named[0])
            groups = tuple(placed.get("securityGroups", ()))
            name = "task " + task["taskArn"].rpartition("/")[2]
            yield Interface(address, subnet, groups, name, placed.get("assignPublicIp") == "ENABLED")
