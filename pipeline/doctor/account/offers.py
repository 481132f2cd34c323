"""Offers of the account's availability zones; zone names map to different zones in each account."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

ZONES, SEARCH = "zones", "OpenSearch nodes"
# Zone ids without CloudFront VPC origins: CloudFront developer guide, "Restrict access with VPC origins".
NO_VPC_ORIGINS = frozenset({"use1-az3", "cac1-az3", "apne1-az3"})


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the zones are open to this account, allow VPC origins and offer the OpenSearch node type."""
    yield _zones(account)
    if account.env.search.enabled:
        yield _nodes(account)


def _zones(account: Account) -> Diagnosis:
    wanted = account.env.network.availability_zones
    answer = account.ask("ec2", "describe_availability_zones")["AvailabilityZones"]
    known = {each["ZoneName"]: each for each in answer}
    fix = f"Choose others in [network] availability_zones; open here: {', '.join(sorted(known))}."
    missing = [zone for zone in wanted if known.get(zone, {}).get("State") != "available"]
    if missing:
        return Diagnosis(ZONES, "red", f"not open to this account: {', '.join(missing)}", fix)
    closed = [f"{zone} ({known[zone]['ZoneId']})" for zone in wanted if known[zone]["ZoneId"] in NO_VPC_ORIGINS]
    if closed and account.env.edge.enabled:
        return Diagnosis(ZONES, "red", f"CloudFront has no VPC origins in {', '.join(closed)}", fix)
    return Diagnosis(ZONES, "green", ", ".join(f"{zone} ({known[zone]['ZoneId']})" for zone in wanted))


def _nodes(account: Account) -> Diagnosis:
    search, env = account.env.search, account.env
    if search.engine_version not in account.ask("opensearch", "list_versions", MaxResults=100)["Versions"]:
        return Diagnosis(SEARCH, "red", f"{search.engine_version} is not offered", "Choose another engine_version.")
    wanted = {"EngineVersion": search.engine_version, "InstanceType": search.instance_type, "RetrieveAZs": True}
    offered = account.ask("opensearch", "list_instance_type_details", **wanted)["InstanceTypeDetails"]
    zones = next(
        (each.get("AvailabilityZones", ()) for each in offered if each["InstanceType"] == search.instance_type), None
    )
    if zones is None:
        detail = f"{search.instance_type} with {search.engine_version} is not offered in {env.region}"
        return Diagnosis(SEARCH, "red", detail, "Choose another instance_type or engine_version in [search].")
    used = env.network.availability_zones[: env.search_zones]
    missing = [zone for zone in used if zones and zone not in zones]
    if missing:
        detail = f"{search.instance_type} is not offered in {', '.join(missing)}"
        return Diagnosis(SEARCH, "red", detail, f"Put one of {', '.join(sorted(zones))} first in availability_zones.")
    return Diagnosis(SEARCH, "green", f"{search.instance_type} with {search.engine_version} in {', '.join(used)}")
