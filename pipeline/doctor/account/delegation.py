"""DNS delegation: compare the name servers that public DNS gives with the zone's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis

if TYPE_CHECKING:
    from dns.resolver import Resolver

NAME = "delegation"
LIMIT_SECONDS = 10


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the zone is delegated: ACM never issues a certificate for an undelegated zone."""
    zone = account.env.dns.zone_domain
    if zone is None:
        return
    servers = _servers(account, zone)
    if servers is None and account.env.dns.zone == "existing":
        yield Diagnosis(NAME, "red", f"there is no zone {account.env.dns.zone_id}", "Correct [dns] zone_id.")
        return
    if servers is None:
        fix = "It comes with the layer dns, in the first wave."
        yield Diagnosis(NAME, "yellow", f"the zone {zone} does not exist yet", fix)
        return
    yield compare_name_servers(zone, servers, delegated_servers(zone))


def compare_name_servers(zone: str, servers: frozenset[str], asked: frozenset[str]) -> Diagnosis:
    """Compare the zone's own name servers with those that public DNS gives."""
    if asked == servers:
        return Diagnosis(NAME, "green", f"{zone} is delegated to its zone")
    fix = f"Enter NS records for {zone} at the registrar or in the parent zone: {', '.join(sorted(servers))}"
    if not asked:
        return Diagnosis(NAME, "red", f"{zone} is not delegated: nobody is told its name servers", fix)
    return Diagnosis(NAME, "red", f"{zone} is delegated elsewhere: {', '.join(sorted(asked))}", fix)


def delegated_servers(zone: str, resolver: Resolver | None = None) -> frozenset[str]:
    """Name servers that DNS gives for `zone`; empty without a delegation.

    Raises UnansweredError when DNS doesn't answer.
    """
    import dns.exception
    import dns.resolver

    try:
        answer = (resolver or dns.resolver.Resolver()).resolve(zone, "NS", lifetime=LIMIT_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return frozenset()
    except dns.exception.DNSException as error:
        raise UnansweredError(
            f"DNS does not answer for {zone} ({type(error).__name__})", "Try again from a network with DNS."
        ) from None
    return frozenset(str(each.target).rstrip(".").lower() for each in answer)


def _servers(account: Account, zone: str) -> frozenset[str] | None:
    zone_id = account.env.dns.zone_id or _zone_id(account, zone)
    found = account.find("route53", "get_hosted_zone", "NoSuchHostedZone", Id=zone_id) if zone_id else None
    if found is None:
        return None
    return frozenset(each.rstrip(".").lower() for each in found["DelegationSet"]["NameServers"])


def _zone_id(account: Account, zone: str) -> str | None:
    """Id of the public hosted zone of that name, if there is one."""
    for each in account.ask("route53", "list_hosted_zones_by_name", DNSName=zone)["HostedZones"]:
        if each["Name"] == f"{zone}." and not each["Config"].get("PrivateZone"):
            return str(each["Id"])
    return None
