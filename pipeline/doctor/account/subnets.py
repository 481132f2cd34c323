"""Subnets of an existing VPC: the way out that the configuration says, room for addresses, names of AWS's services."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.doctor.account.asking import Account
from pipeline.doctor.account.zones import subnets
from pipeline.doctor.finding import Diagnosis

ROUTES, ROOM, DNS = "routes of the VPC", "addresses of the VPC", "DNS of the VPC"
# What S3 is needed for.
LAYERS = "where ECR keeps image layers"
LOADER = "from which the function that fills the index reads passages"
EVERYWHERE, MAIN = "0.0.0.0/0", "main"
# A load balancer wants eight free addresses in each of its subnets (its user guide, "Subnets for your load balancer").
LOAD_BALANCER = 8
# OpenSearch reserves three times its nodes for changes ("Reserving IP addresses in a VPC subnet", its developer guide).
A_NODE = 3
Route = Mapping[str, Any]


def examine(account: Account) -> Iterator[Diagnosis]:
    """Judge the existing VPC by its own subnets; a new one is built as it has to be."""
    network = account.env.network
    if network.vpc_id is None:
        return
    yield _names(account, network.vpc_id)
    private = subnets(account, network.private_subnet_ids)
    tasks = subnets(account, network.public_subnet_ids) if network.egress == "public_ip" else private
    tasks = tasks[: network.workload_zones]
    yield from _routes(account, network.vpc_id, private, tasks)
    if any(account.unapplied.of_type("aws_ecs_service")):
        yield _room(account, private, tasks)


def _names(account: Account, vpc_id: str) -> Diagnosis:
    """Private names of interface endpoints need both attributes, anything else the resolver alone."""
    wanted = {"enableDnsSupport": "EnableDnsSupport"}
    if account.env.network.egress == "endpoints":
        wanted["enableDnsHostnames"] = "EnableDnsHostnames"
    off = []
    for attribute, key in wanted.items():
        answer = account.ask("ec2", "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
        if not answer.get(key, {}).get("Value", False):
            off.append(attribute)
    if not off:
        return Diagnosis(DNS, "green", f"{' and '.join(wanted)} on")
    options = {"enableDnsSupport": "--enable-dns-support", "enableDnsHostnames": "--enable-dns-hostnames"}
    commands = " and ".join(f"`aws ec2 modify-vpc-attribute --vpc-id {vpc_id} {options[each]}`" for each in off)
    return Diagnosis(DNS, "red", f"{' and '.join(off)} off: AWS's services are not found by name", f"Run {commands}.")


def _routes(account: Account, vpc_id: str, private: Sequence[Route], tasks: Sequence[Route]) -> Iterator[Diagnosis]:
    tables = _tables(account, vpc_id)
    routes = {each["SubnetId"]: tables.get(each["SubnetId"], tables.get(MAIN, ())) for each in (*private, *tasks)}
    wrong = [text for each in tasks for text in _wrong(account, vpc_id, each["SubnetId"], routes[each["SubnetId"]])]
    if account.env.ingestion.sources:
        loading = [each["SubnetId"] for each in private[: account.env.search_zones]]
        wrong += [_no_s3(account, vpc_id, each, LOADER) for each in loading if not _leads_to_s3(routes[each])]
    public = [each["SubnetId"] for each in private if _is_gateway(_default(routes[each["SubnetId"]]))]
    fix = "Correct the route tables, or [network] egress and the ids of subnets."
    if wrong:
        yield Diagnosis(ROUTES, "red", "; ".join(wrong), fix)
    elif public:
        detail = f"called private, and lead to an internet gateway: {', '.join(public)}"
        yield Diagnosis(ROUTES, "yellow", detail, "Choose other private_subnet_ids, or give them a table.")
    else:
        yield Diagnosis(ROUTES, "green", f"as {account.env.network.egress} needs them")


def _wrong(account: Account, vpc_id: str, subnet: str, routes: Sequence[Route]) -> Iterator[str]:
    """What keeps tasks in this subnet from AWS's services."""
    egress, default = account.env.network.egress, _default(routes)
    if egress == "public_ip" and not _is_gateway(default):
        yield f"{subnet} has no route to an internet gateway"
    if egress.startswith("nat") and _is_gateway(default):
        yield f"{subnet} leads to an internet gateway, which a task without an address of its own can't use"
    elif egress.startswith("nat") and (default is None or default.get("State") == "blackhole"):
        yield f"{subnet} has no working route out, such as to a NAT gateway"
    if egress == "endpoints" and not any(_to_endpoint(route) for route in routes):
        yield _no_s3(account, vpc_id, subnet, LAYERS)


def _no_s3(account: Account, vpc_id: str, subnet: str, why: str) -> str:
    return (
        f"{subnet} has no route to a gateway endpoint of S3, {why}: `aws ec2 create-vpc-endpoint --vpc-id {vpc_id} "
        f"--service-name com.amazonaws.{account.env.region}.s3 --route-table-ids ID`"
    )


def _leads_to_s3(routes: Sequence[Route]) -> bool:
    """By a gateway endpoint, or out through a NAT gateway; a function has no address for an internet gateway."""
    default = _default(routes)
    out = default is not None and not _is_gateway(default) and default.get("State") != "blackhole"
    return out or any(_to_endpoint(route) for route in routes)


def _tables(account: Account, vpc_id: str) -> dict[str, Sequence[Route]]:
    """Routes by subnet, for those with a table of their own; those of the VPC's main table under MAIN."""
    inside = [{"Name": "vpc-id", "Values": [vpc_id]}]
    found: dict[str, Sequence[Route]] = {}
    for table in account.all("ec2", "describe_route_tables", "RouteTables", Filters=inside):
        for each in table.get("Associations", ()):
            found[MAIN if each.get("Main") else each.get("SubnetId", "")] = table.get("Routes", ())
    return found


def _default(routes: Sequence[Route]) -> Route | None:
    return next((route for route in routes if route.get("DestinationCidrBlock") == EVERYWHERE), None)


def _is_gateway(route: Route | None) -> bool:
    return route is not None and str(route.get("GatewayId", "")).startswith("igw-")


def _to_endpoint(route: Route) -> bool:
    """A gateway endpoint's route; DynamoDB's would pass, too."""
    return bool(route.get("DestinationPrefixListId")) and str(route.get("GatewayId", "")).startswith("vpce-")


def _room(account: Account, private: Sequence[Route], tasks: Sequence[Route]) -> Diagnosis:
    """Free addresses before the service exists; a deployment doubles the tasks."""
    env = account.env
    needed = {each["SubnetId"]: LOAD_BALANCER for each in private}
    for each in tasks:
        most = math.ceil(2 * env.service.max_tasks / len(tasks))
        needed[each["SubnetId"]] = needed.get(each["SubnetId"], 0) + most + len(_endpoints(account))
    if env.search.builds_domain:
        for each in private[: env.search_zones]:
            needed[each["SubnetId"]] += A_NODE * math.ceil(env.search.instance_count / env.search_zones)
    free = {each["SubnetId"]: each["AvailableIpAddressCount"] for each in (*private, *tasks)}
    short = [f"{subnet} has {free[subnet]} free of {count}" for subnet, count in needed.items() if free[subnet] < count]
    if not short:
        return Diagnosis(ROOM, "green", f"{min(free.values(), default=0)} or more free")
    return Diagnosis(ROOM, "red", f"{', '.join(short)} needed at full scale", "Choose larger subnets in [network].")


def _endpoints(account: Account) -> list[Any]:
    return list(account.unapplied.of_type("aws_vpc_endpoint"))
