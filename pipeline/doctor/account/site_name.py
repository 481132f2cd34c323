"""The site's name: hosted zone, DNS records and distributions that have it already, and belong to somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.place import GLOBAL_REGION
from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.finding import Diagnosis

ZONE, RECORD, DISTRIBUTION = "hosted zone", "DNS record", "distribution"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the zone is the right one, and the site's name is free for what the next apply creates."""
    if account.env.dns.domain is not None:
        yield from ask_each(account, {ZONE: _zone, RECORD: _records, DISTRIBUTION: _distribution})


def _zone(account: Account) -> Iterator[Diagnosis]:
    yield _new_zone(account) if account.env.dns.zone == "create" else _existing_zone(account)


def _new_zone(account: Account) -> Diagnosis:
    """Route 53 creates a second zone of one name, and gives it other name servers: nobody is ever sent to them."""
    zone = str(account.env.dns.zone_domain)
    if not any(account.unapplied.of_type("aws_route53_zone")):
        return Diagnosis(ZONE, "green", f"{zone} is of this environment")
    listed = account.ask("route53", "list_hosted_zones_by_name", DNSName=zone)["HostedZones"]
    there = [each for each in listed if each["Name"] == f"{zone}." and not each["Config"].get("PrivateZone")]
    if not there:
        return Diagnosis(ZONE, "green", f"{zone} will be created")
    zone_id = there[0]["Id"].rpartition("/")[2]
    fix = f'Use it: set [dns] zone = "existing" and zone_id = "{zone_id}", or delete it.'
    return Diagnosis(ZONE, "red", f"{zone} exists already ({zone_id}); a second one would get no queries", fix)


def _existing_zone(account: Account) -> Diagnosis:
    zone, zone_id = str(account.env.dns.zone_domain), str(account.env.dns.zone_id)
    fix = "Correct [dns] zone_id: `aws route53 list-hosted-zones-by-name` lists them."
    found = account.find("route53", "get_hosted_zone", "NoSuchHostedZone", Id=zone_id)
    if found is None:
        return Diagnosis(ZONE, "red", f"{zone_id} does not exist in this account", fix)
    name = found["HostedZone"]["Name"].rstrip(".")
    if name != zone:
        return Diagnosis(ZONE, "red", f"{zone_id} is the zone {name}, not {zone}", f"{fix} Or set zone_name.")
    if found["HostedZone"].get("Config", {}).get("PrivateZone"):
        return Diagnosis(ZONE, "red", f"{zone_id} is private: neither readers nor ACM are told its records", fix)
    return Diagnosis(ZONE, "green", f"{zone} ({zone_id})")


def _records(account: Account) -> Iterator[Diagnosis]:
    """Records at the names of new ones. Route 53 refuses a second of the same type, and any beside a CNAME."""
    if account.env.dns.zone != "existing":
        return
    unapplied, zone_id = account.unapplied, str(account.env.dns.zone_id)
    new = [
        (unapplied.value(each, "name"), str(each.body.get("type"))) for each in unapplied.of_type("aws_route53_record")
    ]
    for name in dict.fromkeys(name for name, _ in new if name):
        kinds = {kind for each, kind in new if each == name}
        there = [each for each in _records_at(account, zone_id, name) if each["Type"] in (*kinds, "CNAME")]
        for each in there:
            target = each.get("AliasTarget", {}).get("DNSName") or ", ".join(
                one["Value"] for one in each.get("ResourceRecords", ())
            )
            fix = (
                "Whoever keeps it moves or deletes it; or set another [dns] domain. Never import it: the next apply "
                "would send its visitors here."
            )
            yield Diagnosis(RECORD, "red", f"{name} {each['Type']} exists already, and leads to {target}", fix)
        if not there:
            yield Diagnosis(RECORD, "green", f"{name} is free for {', '.join(sorted(kinds))}")


def _records_at(account: Account, zone_id: str, name: str) -> list[dict[str, Any]]:
    """Records of one name: the list starts there, and a name has some ten types at most."""
    given = {"HostedZoneId": zone_id, "StartRecordName": name, "MaxItems": "20"}
    listed = account.ask("route53", "list_resource_record_sets", **given)["ResourceRecordSets"]
    return [each for each in listed if each["Name"].rstrip(".") == name]


def _distribution(account: Account) -> Iterator[Diagnosis]:
    """CloudFront gives a name to one distribution; one of another account is seen only at the apply."""
    domain = account.env.dns.domain
    if not any(account.unapplied.of_type("aws_cloudfront_distribution")):
        return
    listed = account.at(GLOBAL_REGION).all("cloudfront", "list_distributions", "DistributionList.Items")
    owners = [each["Id"] for each in listed if domain in each.get("Aliases", {}).get("Items", ())]
    if owners:
        fix = "Take the name off that one (`aws cloudfront update-distribution`), or set another [dns] domain."
        yield Diagnosis(DISTRIBUTION, "red", f"{domain} is on {owners[0]} already, and no state knows it", fix)
    else:
        yield Diagnosis(DISTRIBUTION, "green", f"{domain} is on none of the {len(listed)} of this account")
