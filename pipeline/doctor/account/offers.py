"""Offers of region and zones: services, OpenSearch nodes, interface endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.account.zones import search_zones, task_zones
from pipeline.doctor.finding import Diagnosis

SEARCH, ENDPOINTS, SERVICES = "OpenSearch nodes", "interface endpoints", "services"
# Public parameters of Systems Manager ("Calling AWS service, Region, endpoint ... public parameters", its user guide).
_EVERYWHERE = "/aws/service/global-infrastructure/services/{service}"
_HERE = "/aws/service/global-infrastructure/regions/{region}/services/{service}"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the region has the services, and the zones the node type and the endpoints."""
    yield from ask_each(account, {SERVICES: _services, SEARCH: _nodes, ENDPOINTS: _endpoints})


def _services(account: Account) -> Iterator[Diagnosis]:
    """A service that the parameters don't know at all isn't judged: ids are AWS's, and change."""
    env, security = account.env, account.env.security
    owned = {"guardduty": security.detector, "inspector2": security.inspector, "securityhub": security.hub}
    wanted = ["bedrock", "fargate", *(service for service, mode in owned.items() if mode == "own")]
    here = {service: _HERE.format(region=env.region, service=service) for service in wanted}
    everywhere = {service: _EVERYWHERE.format(service=service) for service in wanted}
    asked = account.ask("ssm", "get_parameters", Names=[*here.values(), *everywhere.values()])
    there = {each["Name"] for each in asked["Parameters"]}
    lacking = [each for each in wanted if everywhere[each] in there and here[each] not in there]
    told = [each for each in wanted if here[each] in there]
    if lacking:
        fix = "Choose another region, or switch off what is owned in [security]."
        yield Diagnosis(SERVICES, "red", f"{env.region} has no {', '.join(lacking)}", fix)
    else:
        yield Diagnosis(SERVICES, "green", f"{env.region} has {', '.join(told) or 'what could be asked for'}")


def _nodes(account: Account) -> Iterator[Diagnosis]:
    if account.env.search.builds_domain:
        yield _node_type(account)


def _node_type(account: Account) -> Diagnosis:
    search, env = account.env.search, account.env
    if search.engine_version not in account.ask("opensearch", "list_versions", MaxResults=100)["Versions"]:
        return Diagnosis(SEARCH, "red", f"{search.engine_version} is not offered", "Choose another engine_version.")
    wanted = {"EngineVersion": search.engine_version, "InstanceType": search.instance_type, "RetrieveAZs": True}
    listed = account.ask("opensearch", "list_instance_type_details", **wanted)["InstanceTypeDetails"]
    offer = next((each for each in listed if each["InstanceType"] == search.instance_type), None)
    name = f"{search.instance_type} with {search.engine_version}"
    if offer is None:
        fix = "Choose another instance_type or engine_version in [search]."
        return Diagnosis(SEARCH, "red", f"{name} is not offered in {env.region}", fix)
    if lacking := _lacking(offer):
        return Diagnosis(SEARCH, "red", f"{name} has no {' and no '.join(lacking)}", "Choose another instance_type.")
    zones, used = offer.get("AvailabilityZones", ()), search_zones(account)
    missing = [zone for zone in used if zones and zone not in zones]
    if missing:
        setting = "availability_zones" if env.network.vpc_id is None else "private_subnet_ids"
        detail = f"{search.instance_type} is not offered in {', '.join(missing)}"
        return Diagnosis(SEARCH, "red", detail, f"Put one of {', '.join(sorted(zones))} first in {setting}.")
    return Diagnosis(SEARCH, "green", f"{name} in {', '.join(used)}")


def _lacking(offer: dict[str, Any]) -> list[str]:
    """Features that the domain asks for and this type lacks; one that AWS doesn't tell counts as there."""
    features = {
        "EncryptionEnabled": "encryption at rest",
        "AdvancedSecurityEnabled": "fine-grained access control",
        "AppLogsEnabled": "application logs",
    }
    return [words for key, words in features.items() if not offer.get(key, True)]


def _endpoints(account: Account) -> Iterator[Diagnosis]:
    """Interface endpoints that the next apply creates: offered in each zone, and no private name taken."""
    new = list(account.unapplied.of_type("aws_vpc_endpoint")) if account.env.network.egress == "endpoints" else []
    names = sorted({str(each.body.get("service_name")) for each in new if each.body.get("private_dns_enabled")})
    if not names:
        return
    wanted = [{"Name": "service-name", "Values": names}]
    listed = account.all("ec2", "describe_vpc_endpoint_services", "ServiceDetails", Filters=wanted)
    offered = {each["ServiceName"]: set(each["AvailabilityZones"]) for each in listed}
    zones, fix = task_zones(account), "Choose other zones in [network], or another egress."
    lacking = [f"{name} in {zone}" for name in names for zone in zones if zone not in offered.get(name, ())]
    if lacking:
        yield Diagnosis(ENDPOINTS, "red", f"not offered: {', '.join(lacking)}", fix)
    elif taken := _taken_endpoints(account, names):
        detail = f"the VPC has them with private names already, and refuses a second one: {', '.join(taken)}"
        command = "aws ec2 modify-vpc-endpoint --vpc-endpoint-id ID --no-private-dns-enabled"
        yield Diagnosis(ENDPOINTS, "red", detail, f"Use another egress, or free the names: `{command}`.")
    else:
        yield Diagnosis(ENDPOINTS, "green", f"{len(names)} services in {', '.join(zones)}")


def _taken_endpoints(account: Account, names: list[str]) -> list[str]:
    vpc_id = account.env.network.vpc_id
    if vpc_id is None:
        return []
    wanted = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "service-name", "Values": names}]
    there = account.all("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=wanted)
    return sorted(each["ServiceName"] for each in there if each.get("PrivateDnsEnabled"))
