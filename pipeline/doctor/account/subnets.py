"""Subnets of an existing VPC: the way out that the configuration says, room for addresses, names of AWS's services."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.doctor.account.asking import Account
from pipeline.doctor.account.zones import subnets
from pipeline.doctor.finding import Diagnosis

ROUTES, ROOM, DNS = "routes of the VPC", "addresses of the VPC", "DNS of the VPC"
EVERYWHERE = "0.0.0.0/0"
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
    wrong = list(_wrong_routes(account, network.vpc_id, private, tasks))
    fix = "Correct the route tables, or [network] egress and the ids of subnets."
    yield Diagnosis(
        ROUTES, "red" if wrong else "green", "; ".join(wrong) or f"as {network.egress} needs them", fix if wrong else ""
    )
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


def _wrong_routes(account: Account, vpc_id: str, private: Sequence[Route], tasks: Sequence[Route]) -> Iterator[str]:
    routes = _routes(account, vpc_id)
    egress = account.env.network.egress
    for each in private:
        if _is_gateway(_default(routes(each["SubnetId"]))):
            yield f"{each['SubnetId']} is called private, and leads to an internet gateway"
    for each in tasks:
        subnet = each["SubnetId"]
        default = _default(routes(subnet))
        if egress == "public_ip" and not _is_gateway(default):
            yield f"{subnet} has no route to an internet gateway"
        if egress.startswith("nat") and (default is None or default.get("State") == "blackhole"):
            yield f"{subnet} has no working route out, such as to a NAT gateway"
        if egress == "endpoints" and not any(_to_endpoint(route) for route in routes(subnet)):
            yield (
                f"{subnet} has no route to a gateway endpoint of S3, where ECR keeps image layers: `aws ec2 "
                f"create-vpc-endpoint --vpc-id {vpc_id} --service-name com.amazonaws.{account.env.region}.s3 "
                "--route-table-ids ID`"
            )


def _routes(account: Account, vpc_id: str) -> Any:
    """Function that gives a subnet's routes: those of its own table, or of the VPC's main one."""
    inside = [{"Name": "vpc-id", "Values": [vpc_id]}]
    by_subnet: dict[str, list[Route]] = {}
    for table in account.all("ec2", "describe_route_tables", "RouteTables", Filters=inside):
        for each in table.get("Associations", ()):
            by_subnet["main" if each.get("Main") else each.get("SubnetId", "")] = table.get("Routes", [])
    return lambda subnet: by_subnet.get(subnet, by_subnet.get("main", []))


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
    if env.search.enabled:
        for each in private[: env.search_zones]:
            needed[each["SubnetId"]] += A_NODE * math.ceil(env.search.instance_count / env.search_zones)
    free = {each["SubnetId"]: each["AvailableIpAddressCount"] for each in (*private, *tasks)}
    short = [f"{subnet} has {free[subnet]} free of {count}" for subnet, count in needed.items() if free[subnet] < count]
    if not short:
        return Diagnosis(ROOM, "green", f"{min(free.values(), default=0)} or more free")
    return Diagnosis(ROOM, "red", f"{', '.join(short)} needed at full scale", "Choose larger subnets in [network].")


def _endpoints(account: Account) -> list[Any]:
    return list(account.unapplied.of_type("aws_vpc_endpoint"))
