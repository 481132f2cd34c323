"""Settings of account and organization: red, green, and refused."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import internet, regions, settings
from pipeline.doctor.account.asking import Account as Asked
from pipeline.doctor.finding import Diagnosis
from tests.pipeline.doctor.conftest import SCP, Describe, answers

BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
OWN = "[security]\naccount_settings = 'own'\n"


def examine(account: Asked, **given: Any) -> dict[str, Diagnosis]:
    """Findings by name; `given` replaces an answer of a service."""
    limit = {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}}
    found = {
        "lambda": ("get_account_settings", limit),
        "ecs": ("list_account_settings", {"settings": []}),
        "s3control": ("get_public_access_block", {"PublicAccessBlockConfiguration": BLOCKED}),
    }
    for service, (operation, answer) in found.items():
        answers(account, service, (operation, given.get(service, answer)))
    return {each.name: each for each in settings.examine(account)}


def test_an_account_as_aws_makes_it_is_green(describe: Describe) -> None:
    assert {each.light for each in examine(describe()).values()} == {"green"}


@pytest.mark.parametrize(("total", "free", "light"), [(10, 10, "green"), (1000, 0, "red"), (1000, 900, "green")])
def test_the_one_function_needs_one_execution(describe: Describe, total: int, free: int, light: str) -> None:
    limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": free}
    found = examine(describe(), **{"lambda": {"AccountLimit": limit}})["Lambda concurrency"]
    assert found.light == light
    assert ("new account" in found.detail) is (total == 10)
    assert ("delete-function-concurrency" in found.fix) is (light == "red")


def test_short_arns_are_red_because_ecs_refuses_tags(describe: Describe) -> None:
    short = {"name": "serviceLongArnFormat", "value": "disabled"}
    found = examine(describe(), ecs={"settings": [short]})["ECS settings"]
    assert (found.light, "put-account-setting-default --name serviceLongArnFormat" in found.fix) == ("red", True)
    strict = {"name": "tagResourceAuthorization", "value": "on"}
    found = examine(describe(), ecs={"settings": [strict]})["ECS settings"]
    assert (found.light, "ecs:TagResource" in found.detail) == ("green", True)


def test_a_block_that_this_environment_would_turn_on_for_others_is_yellow(describe: Describe) -> None:
    none = "NoSuchPublicAccessBlockConfiguration"
    assert examine(describe(), s3control=none)["public buckets"].light == "green"
    assert examine(describe(OWN), s3control=none)["public buckets"].light == "yellow"
    partly = {"PublicAccessBlockConfiguration": BLOCKED | {"BlockPublicAcls": False}}
    assert examine(describe(OWN), s3control=partly)["public buckets"].light == "yellow"
    assert examine(describe(OWN))["public buckets"].light == "green"


def test_password_rules_that_would_be_replaced_are_yellow(describe: Describe) -> None:
    rules = {"PasswordPolicy": {"ExpirePasswords": False}}
    new: dict[str, Any] = {"aws_iam_account_password_policy": {"passwords": {}}}
    for text, given, answer, light in (
        (OWN, new, rules, "yellow"),
        (OWN, new, "NoSuchEntity", "green"),
        (OWN, {}, rules, "green"),
    ):
        account = describe(text, **given)
        answers(account, "iam", ("get_account_password_policy", answer))
        assert examine(account)["password rules"].light == light


def test_a_refused_setting_names_the_permission(describe: Describe) -> None:
    found = examine(describe(), **{"lambda": "AccessDeniedException:no"})
    assert found["Lambda concurrency"].light == "yellow"
    assert found["Lambda concurrency"].fix == "Allow this role to call GetAccountSettings."
    assert found["ECS settings"].light == "green", "the others are still asked"


def public_access(mode: str, allowed: str = "allowed") -> tuple[str, dict[str, Any]]:
    options = {"InternetGatewayBlockMode": mode, "ExclusionsAllowed": allowed}
    return "describe_vpc_block_public_access_options", {"VpcBlockPublicAccessOptions": options}


@pytest.mark.parametrize(
    ("mode", "egress", "edge", "stopped"),
    [
        ("off", "public_ip", True, ""),
        ("block-ingress", "nat_gateway", True, "CloudFront's VPC origin"),
        ("block-ingress", "public_ip", False, "tasks with an address of their own"),
        ("block-ingress", "nat_gateway", False, ""),
        ("block-bidirectional", "nat_gateway", False, "NAT gateways"),
        ("block-bidirectional", "endpoints", False, ""),
    ],
)
def test_blocked_internet_gateways_stop_what_needs_them(
    describe: Describe, mode: str, egress: str, edge: bool, stopped: str
) -> None:
    account = describe(f"[network]\negress = '{egress}'\n[edge]\nenabled = {str(edge).lower()}\n")
    answers(account, "ec2", public_access(mode))
    (found,) = internet.examine(account)
    assert found.light == ("red" if stopped else "green")
    assert stopped in found.detail
    assert ("create-vpc-block-public-access-exclusion" in found.fix) is bool(stopped)


def test_an_excluded_vpc_is_green_and_a_policy_without_exclusions_is_said(describe: Describe) -> None:
    vpc = "vpc-0123456789abcdef0"
    text = (
        f'[network]\nvpc_id = "{vpc}"\ncidr = "10.9.0.0/16"\negress = "nat_gateway"\n'
        'private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]\n'
    )
    exclusion = {
        "ResourceArn": f"arn:aws:ec2:us-east-1:123456789012:vpc/{vpc}",
        "InternetGatewayExclusionMode": "allow-bidirectional",
        "State": "create-complete",
    }
    for listed, light in (([exclusion], "green"), ([exclusion | {"State": "delete-complete"}], "red"), ([], "red")):
        account = describe(text)
        there = ("describe_vpc_block_public_access_exclusions", {"VpcBlockPublicAccessExclusions": listed})
        answers(account, "ec2", public_access("block-bidirectional", "not-allowed"), there)
        (found,) = internet.examine(account)
        assert found.light == light
    assert "declarative policy" in found.fix


def look_at_regions(account: Asked, here: Any, elsewhere: Any) -> dict[str, str]:
    answers(account, "ec2", ("describe_availability_zones", here))
    for region in account.env.bedrock.destination_regions:
        if region != account.env.region:
            answers(account.at(region), "bedrock", ("list_inference_profiles", elsewhere))
    return {each.detail.split()[0]: each.light for each in regions.examine(account)}


def test_a_region_that_the_organization_closes_is_red_and_one_of_a_profile_yellow(describe: Describe) -> None:
    open_: dict[str, Any] = {"AvailabilityZones": []}
    profiles: dict[str, Any] = {"inferenceProfileSummaries": []}
    names = ("us-east-1", "us-east-2", "us-west-2")
    assert look_at_regions(describe(), open_, profiles) == dict.fromkeys(names, "green")
    denied = f"AccessDeniedException:{SCP}"
    found = look_at_regions(describe(), open_, denied)
    assert found == {"us-east-1": "green", "us-east-2": "yellow", "us-west-2": "yellow"}
    assert look_at_regions(describe(), f"UnauthorizedOperation:{SCP}", profiles)["us-east-1"] == "red"


def test_a_role_without_the_permission_is_yellow_not_closed(describe: Describe) -> None:
    account = describe()
    answers(account, "ec2", ("describe_availability_zones", "UnauthorizedOperation:not authorized"))
    found = next(iter(regions.examine(account)))
    assert (found.light, found.fix) == ("yellow", "Allow this role to call DescribeAvailabilityZones.")


def test_the_global_region_counts_where_the_home_is_another(describe: Describe) -> None:
    account = describe(
        "region = 'eu-west-1'\n[bedrock]\ndestination_regions = []\nmodel_id = 'amazon.nova-lite-v1:0'\n"
    )
    answers(account, "ec2", ("describe_availability_zones", {"AvailabilityZones": []}))
    answers(account.at("us-east-1"), "acm", ("list_certificates", f"AccessDeniedException:{SCP}"))
    found = {each.detail.split()[0]: each for each in regions.examine(account)}
    assert (found["us-east-1"].light, found["eu-west-1"].light) == ("red", "green")
    assert "global layers" in found["us-east-1"].fix
