"""The site's name: zones, records and distributions that have it already."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import site_name
from pipeline.doctor.account.asking import Account as Asked
from tests.pipeline.doctor.conftest import Describe, answers

CREATE = '[dns]\ndomain = "chat.example.org"\n'
EXISTING = f'{CREATE}zone_name = "example.org"\nzone = "existing"\nzone_id = "Z0000TRIAL"\n'
ZONE = {
    "Id": "/hostedzone/Z0000TRIAL",
    "Name": "example.org.",
    "CallerReference": "1",
    "Config": {"PrivateZone": False},
}
RECORDS = {
    f"alias_{kind.lower()}": {"name": "chat.example.org", "type": kind, "zone_id": "Z0000TRIAL"}
    for kind in ("A", "AAAA")
}


def lights(account: Asked) -> dict[str, str]:
    return {each.name: each.light for each in site_name.examine(account)}


def zones(*found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "list_hosted_zones_by_name", {"HostedZones": list(found), "IsTruncated": False, "MaxItems": "100"}


def records(*found: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "list_resource_record_sets", {"ResourceRecordSets": list(found), "IsTruncated": False, "MaxItems": "20"}


def zone(**changes: Any) -> tuple[str, dict[str, Any]]:
    return "get_hosted_zone", {"HostedZone": ZONE | changes}


def test_without_a_domain_nothing_is_asked(describe: Describe) -> None:
    assert lights(describe()) == {}


def test_a_second_zone_of_one_name_is_red_and_prints_the_lines(describe: Describe) -> None:
    there = ZONE | {"Name": "chat.example.org."}
    for listed, light in (((there,), "red"), ((), "green"), ((there | {"Config": {"PrivateZone": True}},), "green")):
        account = describe(CREATE, aws_route53_zone={"zone": {"name": "chat.example.org"}})
        answers(account, "route53", zones(*listed))
        (found,) = site_name.examine(account)
        assert found.light == light
    account = describe(CREATE, aws_route53_zone={"zone": {"name": "chat.example.org"}})
    answers(account, "route53", zones(there))
    assert 'zone = "existing" and zone_id = "Z0000TRIAL"' in next(iter(site_name.examine(account))).fix


def test_a_zone_of_ours_is_green_without_a_question(describe: Describe) -> None:
    assert lights(describe(CREATE)) == {"hosted zone": "green"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("NoSuchHostedZone", "does not exist"),
        ({"HostedZone": ZONE | {"Name": "other.org."}}, "is the zone other.org"),
        ({"HostedZone": ZONE | {"Config": {"PrivateZone": True}}}, "is private"),
    ],
    ids=("gone", "another", "private"),
)
def test_an_existing_zone_that_does_not_fit_is_red(describe: Describe, answer: Any, words: str) -> None:
    account = describe(EXISTING)
    answers(account, "route53", ("get_hosted_zone", answer))
    found = next(iter(site_name.examine(account)))
    assert (found.light, words in found.detail) == ("red", True)


@pytest.mark.parametrize(
    ("record", "light"),
    [
        ({"Type": "A", "ResourceRecords": [{"Value": "192.0.2.1"}], "TTL": 60}, "red"),
        ({"Type": "CNAME", "ResourceRecords": [{"Value": "old.example.net"}], "TTL": 60}, "red"),
        ({"Type": "TXT", "ResourceRecords": [{"Value": '"x"'}], "TTL": 60}, "green"),
        (None, "green"),
    ],
    ids=("same type", "alias of a name", "another type", "none"),
)
def test_a_record_of_the_sites_name_is_red(describe: Describe, record: dict[str, Any] | None, light: str) -> None:
    account = describe(EXISTING, aws_route53_record=RECORDS)
    later = {"Name": "other.example.org.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]}
    listed = ([{"Name": "chat.example.org.", **record}] if record else []) + [later]
    answers(account, "route53", zone(), records(*listed))
    found = {each.name: each for each in site_name.examine(account)}
    assert found["DNS record"].light == light
    if light == "red":
        assert "Never import it" in found["DNS record"].fix


def test_a_record_says_where_it_leads(describe: Describe) -> None:
    account = describe(EXISTING, aws_route53_record=RECORDS)
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": False}
    answers(account, "route53", zone(), records({"Name": "chat.example.org.", "Type": "AAAA", "AliasTarget": target}))
    (found,) = (each for each in site_name.examine(account) if each.name == "DNS record")
    assert "AAAA exists already, and leads to d1.cloudfront.net." in found.detail


@pytest.mark.parametrize(("names", "light"), [(["chat.example.org"], "red"), (["example.org"], "green")])
def test_a_distribution_with_the_sites_name_is_red(describe: Describe, names: list[str], light: str) -> None:
    account = describe(CREATE, aws_cloudfront_distribution={"site": {}})
    cloudfront = account.client("cloudfront")
    config = {
        "CallerReference": light,
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": names},
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "o", "DomainName": "x.example.org", "S3OriginConfig": {"OriginAccessIdentity": ""}}],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    try:
        (found,) = (each for each in site_name.examine(account) if each.name == "distribution")
        assert found.light == light
        assert (made in found.detail) is (light == "red")
    finally:
        version = cloudfront.get_distribution(Id=made)["ETag"]
        config = cloudfront.get_distribution_config(Id=made)["DistributionConfig"] | {"Enabled": False}
        version = cloudfront.update_distribution(Id=made, IfMatch=version, DistributionConfig=config)["ETag"]
        cloudfront.delete_distribution(Id=made, IfMatch=version)


def test_a_refused_question_names_the_permission(describe: Describe) -> None:
    account = describe(EXISTING)
    answers(account, "route53", ("get_hosted_zone", "AccessDenied:no"))
    found = next(iter(site_name.examine(account)))
    assert (found.name, found.light) == ("hosted zone", "yellow")
    assert found.fix == "Allow this role to call GetHostedZone."
