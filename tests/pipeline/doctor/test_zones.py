"""Zones by id: what CloudFront, Fargate and OpenSearch offer in the zones of this account."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from config import aws_data
from pipeline.doctor.account import offers, zones
from pipeline.doctor.account.asking import Account as Asked
from pipeline.doctor.finding import Diagnosis
from tests.pipeline.doctor.conftest import BARE_MODEL, Describe, answers

NO_SEARCH = "[search]\nenabled = false\n"
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
EXISTING = (
    '[network]\nvpc_id = "vpc-0123456789abcdef0"\ncidr = "10.9.0.0/16"\negress = "nat_gateway"\n'
    f'private_subnet_ids = ["{SUBNETS[0]}", "{SUBNETS[1]}"]\n'
)


def lights(findings: Iterable[Diagnosis]) -> dict[str, str]:
    return {each.name: each.light for each in findings}


def known(asked: Asked, *pairs: tuple[str, str], state: str = "available") -> tuple[str, dict[str, object]]:
    listed = [{"ZoneName": name, "ZoneId": zone_id, "State": state} for name, zone_id in pairs]
    return "describe_availability_zones", {"AvailabilityZones": listed}


def judge(describe: Describe, text: str, *pairs: tuple[str, str]) -> Diagnosis:
    account = describe(text)
    answers(account, "ec2", known(account, *pairs))
    (found,) = zones.examine(account)
    return found


def test_a_zone_that_is_not_open_is_red(describe: Describe) -> None:
    found = judge(describe, NO_SEARCH, ("us-east-1a", "use1-az1"))
    assert (found.light, found.detail) == ("red", "not open to this account: us-east-1b")


@pytest.mark.parametrize(
    ("region", "zone_id"), [("us-east-1", "use1-az3"), ("us-west-1", "usw1-az2"), ("ca-central-1", "cac1-az3")]
)
def test_a_zone_without_vpc_origins_is_red_by_its_id(describe: Describe, region: str, zone_id: str) -> None:
    zones = f"[network]\navailability_zones = ['{region}a', '{region}b']\n"
    text, other = f"region = '{region}'\n{BARE_MODEL}{zones}", f"{zone_id[:-1]}1"
    found = judge(describe, text, (f"{region}a", zone_id), (f"{region}b", other))
    assert (found.light, found.detail) == ("red", f"CloudFront has no VPC origins in {region}a ({zone_id})")
    assert f"open here: {region}a, {region}b" in found.fix
    found = judge(describe, text, (f"{region}a", f"{zone_id[:-1]}4"), (f"{region}b", other))
    assert found.light == "green"


def test_a_zone_of_reports_is_yellow(describe: Describe) -> None:
    pairs = (("ap-northeast-2a", "apne2-az1"), ("ap-northeast-2b", "apne2-az2"))
    found = judge(describe, f"region = 'ap-northeast-2'\n{BARE_MODEL}", *pairs)
    assert (found.light, "apne2-az1" in found.detail) == ("yellow", True)


def test_without_the_edge_only_fargate_counts_and_only_where_tasks_run(describe: Describe) -> None:
    zones = "[network]\navailability_zones = ['us-west-1a', 'us-west-1b']\n"
    text = f"region = 'us-west-1'\n{BARE_MODEL}{zones}[edge]\nenabled = false\n"
    found = judge(describe, text, ("us-west-1a", "usw1-az2"), ("us-west-1b", "usw1-az1"))
    assert (found.light, found.detail) == ("red", "Fargate runs no tasks in us-west-1a (usw1-az2)")
    found = judge(describe, text, ("us-west-1a", "usw1-az1"), ("us-west-1b", "usw1-az2"))
    assert found.light == "green"


def test_an_existing_vpc_is_judged_by_the_zones_of_its_subnets(describe: Describe) -> None:
    account = describe(EXISTING)
    places = [
        {"SubnetId": each, "AvailabilityZone": f"us-east-1{zone}"} for each, zone in zip(SUBNETS, "cd", strict=True)
    ]
    pairs = [(f"us-east-1{zone}", f"use1-az{number}") for number, zone in enumerate("abcd", 1)]
    answers(account, "ec2", known(account, *pairs), *[("describe_subnets", {"Subnets": places})] * 2)
    (found,) = zones.examine(account)
    assert (found.light, found.detail) == ("red", "CloudFront has no VPC origins in us-east-1c (use1-az3)")
    assert "private_subnet_ids" in found.fix


def test_ids_are_of_regions_that_there_are() -> None:
    """A zone id starts with an abbreviation of its region: use1 for us-east-1."""
    words = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}
    short = {
        region.split("-")[0]
        + "".join(words.get(part, part[0] + part[5:6]) for part in region.split("-")[1:-1])
        + region[-1]
        for region in aws_data.regions()
    }
    northeast = {each.replace("no", "ne") for each in short} | {"apne1", "apne2"}
    for zone in zones.NO_VPC_ORIGINS | zones.REPORTED | zones.NO_FARGATE:
        assert zone.split("-")[0] in short | northeast


def offered(asked: Asked, *details: dict[str, object]) -> None:
    versions = ("list_versions", {"Versions": ["OpenSearch_2.19"]})
    answers(asked, "opensearch", versions, ("list_instance_type_details", {"InstanceTypeDetails": list(details)}))


SMALL: dict[str, object] = {"InstanceType": "t3.small.search", "AvailabilityZones": ["us-east-1a"]}


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ([SMALL], "t3.small.search with OpenSearch_2.19 in us-east-1a"),
        ([SMALL | {"AvailabilityZones": ["us-east-1c"]}], "not offered in us-east-1a"),
        ([], "is not offered in us-east-1"),
        ([SMALL | {"EncryptionEnabled": False}], "no encryption at rest"),
        ([SMALL | {"AdvancedSecurityEnabled": False}], "no fine-grained access control"),
        ([SMALL | {"AppLogsEnabled": False}], "no application logs"),
    ],
    ids=("offered", "another zone", "nowhere", "encryption", "access control", "logs"),
)
def test_the_node_type_has_to_offer_what_the_domain_asks_for(
    describe: Describe, details: list[dict[str, object]], words: str
) -> None:
    account = describe()
    offered(account, *details)
    answers(account, "ssm", ("get_parameters", {"Parameters": []}))
    found = {each.name: each for each in offers.examine(account)}["OpenSearch nodes"]
    assert words in found.detail
    assert (found.light == "green") is words.startswith("t3")


def test_a_version_that_is_not_offered_is_red(describe: Describe) -> None:
    account = describe("[search]\nengine_version = 'OpenSearch_2.3'\n")
    answers(account, "ssm", ("get_parameters", {"Parameters": []}))
    answers(account, "opensearch", ("list_versions", {"Versions": ["OpenSearch_2.19"]}))
    assert lights(offers.examine(account))["OpenSearch nodes"] == "red"


EVERYWHERE = "/aws/service/global-infrastructure/services"
HERE = "/aws/service/global-infrastructure/regions/us-east-1/services"


@pytest.mark.parametrize(
    ("names", "light", "detail"),
    [
        ([f"{EVERYWHERE}/bedrock", f"{HERE}/bedrock"], "green", "us-east-1 has bedrock"),
        ([f"{EVERYWHERE}/bedrock"], "red", "us-east-1 has no bedrock"),
        ([], "green", "us-east-1 has what could be asked for"),
    ],
    ids=("here", "elsewhere", "unknown id"),
)
def test_a_service_that_the_region_lacks_is_red(describe: Describe, names: list[str], light: str, detail: str) -> None:
    account = describe(NO_SEARCH)
    answers(account, "ssm", ("get_parameters", {"Parameters": [{"Name": name} for name in names]}))
    (found,) = offers.examine(account)
    assert (found.light, found.detail) == (light, detail)


def endpoint(name: str) -> dict[str, object]:
    return {"service_name": f"com.amazonaws.us-east-1.{name}", "private_dns_enabled": True}


def service(name: str, *places: str) -> dict[str, object]:
    return {"ServiceName": f"com.amazonaws.us-east-1.{name}", "AvailabilityZones": list(places)}


def endpoints(describe: Describe, text: str, ec2: list[tuple[str, dict[str, object]]]) -> Diagnosis:
    account = describe(text, aws_vpc_endpoint={"logs": endpoint("logs"), "s3": {"service_name": "s3"}})
    answers(account, "ssm", ("get_parameters", {"Parameters": []}))
    answers(account, "ec2", *ec2)
    return {each.name: each for each in offers.examine(account)}["interface endpoints"]


@pytest.mark.parametrize(
    ("there", "light"),
    [
        ([service("logs", "us-east-1a", "us-east-1b")], "green"),
        ([service("logs", "us-east-1b")], "red"),
        ([], "red"),
    ],
    ids=("offered", "another zone", "nowhere"),
)
def test_an_endpoint_has_to_be_offered_in_the_zones_of_tasks(
    describe: Describe, there: list[dict[str, object]], light: str
) -> None:
    text = '[network]\negress = "endpoints"\n[search]\nenabled = false\n'
    found = endpoints(describe, text, [("describe_vpc_endpoint_services", {"ServiceDetails": there})])
    assert found.light == light
    if light == "red":
        assert "com.amazonaws.us-east-1.logs in us-east-1a" in found.detail


@pytest.mark.parametrize(("private", "light"), [(True, "red"), (False, "green")])
def test_a_private_name_that_the_vpc_has_already_is_red(describe: Describe, private: bool, light: str) -> None:
    text = EXISTING.replace("nat_gateway", "endpoints") + NO_SEARCH
    places = [{"SubnetId": each, "AvailabilityZone": "us-east-1a"} for each in SUBNETS]
    there = {"ServiceName": "com.amazonaws.us-east-1.logs", "PrivateDnsEnabled": private}
    stubs: list[tuple[str, dict[str, object]]] = [
        ("describe_vpc_endpoint_services", {"ServiceDetails": [service("logs", "us-east-1a")]}),
        ("describe_subnets", {"Subnets": places}),
        ("describe_vpc_endpoints", {"VpcEndpoints": [there]}),
    ]
    found = endpoints(describe, text, stubs)
    assert found.light == light
