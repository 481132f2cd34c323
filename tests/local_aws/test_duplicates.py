"""What exists is refused as AWS refuses it, through boto3; what AWS takes for the same again is given as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.duplicates import DUPLICATES
from local_aws.shims.base import Item

Make = Callable[..., Any]


def refusal(do: Callable[..., object], **arguments: Any) -> str:
    """Code of the error that a call is refused with."""
    with pytest.raises(ClientError) as refused:
        do(**arguments)
    return str(refused.value.response["Error"]["Code"])


@pytest.fixture(scope="session")
def network() -> list[str]:
    """Networks given out so far, so that no two are one."""
    return []


@pytest.fixture
def vpc(client: Make, network: list[str]) -> str:
    network.append("")
    made: Item = client("ec2").create_vpc(CidrBlock=f"10.{100 + len(network)}.0.0/16")["Vpc"]
    return str(made["VpcId"])


@pytest.fixture
def listener(client: Make, request: pytest.FixtureRequest) -> Item:
    """A listener on port 80 of a balancer, with its ARN, and a group of targets beside its own."""
    elb, name = client("elbv2"), request.node.name.replace("_", "-")[-24:].strip("-")
    balancer = elb.create_load_balancer(Name=name, Subnets=["subnet-1"])["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [
        elb.create_target_group(Name=f"{name}-{each}", Protocol="HTTP", Port=80, VpcId="vpc-1")["TargetGroups"][0]
        for each in "ab"
    ]
    own, other = (each["TargetGroupArn"] for each in groups)
    settings = {"LoadBalancerArn": balancer, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(own)}
    made = elb.create_listener(**settings)["Listeners"][0]
    return {"arn": made["ListenerArn"], "settings": settings, "other": other}


def forward(group: str) -> list[Item]:
    return [{"Type": "forward", "TargetGroupArn": group}]


def test_a_port_has_one_listener(client: Make, listener: Item) -> None:
    elb, settings = client("elbv2"), listener["settings"]
    (again,) = elb.create_listener(**settings)["Listeners"]
    assert (again["ListenerArn"], again["Port"]) == (listener["arn"], 80)
    changed = {**settings, "DefaultActions": forward(listener["other"])}
    assert refusal(elb.create_listener, **changed) == "DuplicateListener"
    moved = elb.create_listener(**{**settings, "Port": 81})["Listeners"][0]["ListenerArn"]
    assert refusal(elb.modify_listener, ListenerArn=moved, Port=80) == "DuplicateListener"
    elb.modify_listener(ListenerArn=moved, Port=81)
    found = elb.describe_listeners(LoadBalancerArn=settings["LoadBalancerArn"])["Listeners"]
    assert sorted(each["Port"] for each in found) == [80, 81]
    elb.delete_listener(ListenerArn=listener["arn"])
    assert elb.create_listener(**changed)["Listeners"][0]["ListenerArn"] != listener["arn"]


def test_a_priority_has_one_rule(client: Make, listener: Item) -> None:
    elb = client("elbv2")
    rule = {
        "ListenerArn": listener["arn"],
        "Conditions": [{"Field": "path-pattern", "Values": ["/a"]}],
        "Actions": forward(listener["other"]),
    }
    made = elb.create_rule(Priority=5, **rule)["Rules"][0]["RuleArn"]
    assert refusal(elb.create_rule, Priority=5, **rule) == "PriorityInUse"
    elb.create_rule(Priority=6, **rule)
    elb.delete_rule(RuleArn=made)
    elb.create_rule(Priority=5, **rule)


def test_a_vpc_has_one_internet_gateway(client: Make, vpc: str) -> None:
    ec2 = client("ec2")
    first, second = (ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2))
    ec2.attach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    attach = {"InternetGatewayId": second, "VpcId": vpc}
    assert refusal(ec2.attach_internet_gateway, **attach) == "InvalidParameterValue"
    ec2.detach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    ec2.attach_internet_gateway(**attach)


def test_a_subnet_has_one_route_table(client: Make, vpc: str) -> None:
    ec2 = client("ec2")
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"].replace("/16", "/24")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
    own, other = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    made = ec2.associate_route_table(RouteTableId=own, SubnetId=subnet)["AssociationId"]
    refused = refusal(ec2.associate_route_table, RouteTableId=other, SubnetId=subnet)
    assert refused == "Resource.AlreadyAssociated"
    ec2.disassociate_route_table(AssociationId=made)
    ec2.associate_route_table(RouteTableId=other, SubnetId=subnet)


def test_a_vpc_has_one_endpoint_of_a_service(client: Make, vpc: str) -> None:
    ec2 = client("ec2")
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": [table]}
    ec2.create_vpc_endpoint(**gateway)
    assert refusal(ec2.create_vpc_endpoint, **gateway) == "RouteAlreadyExists"
    interface = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface"}
    ec2.create_vpc_endpoint(**interface, PrivateDnsEnabled=True)
    assert refusal(ec2.create_vpc_endpoint, **interface, PrivateDnsEnabled=True) == "InvalidParameter"
    ec2.create_vpc_endpoint(**interface, PrivateDnsEnabled=False)


def test_a_topic_has_its_tags(client: Make) -> None:
    sns, tags = client("sns"), [{"Key": "Owner", "Value": "one"}]
    made = sns.create_topic(Name="twice", Tags=tags)["TopicArn"]
    assert sns.create_topic(Name="twice", Tags=tags)["TopicArn"] == made
    other = [{"Key": "Owner", "Value": "two"}]
    assert refusal(sns.create_topic, Name="twice", Tags=other) == "InvalidParameter"


def test_a_region_has_one_detector(client: Make) -> None:
    guard = client("guardduty", "eu-west-3")
    made = guard.create_detector(Enable=True)["DetectorId"]
    assert refusal(guard.create_detector, Enable=True) == "BadRequestException"
    guard.delete_detector(DetectorId=made)
    guard.delete_detector(DetectorId=guard.create_detector(Enable=True)["DetectorId"])


def test_a_profile_has_its_name_for_good(client: Make) -> None:
    signer = client("signer")
    profile = {"profileName": "twice_1", "platformId": "AWSLambda-SHA384-ECDSA"}
    signer.put_signing_profile(**profile)
    assert refusal(signer.put_signing_profile, **profile) == "ValidationException"
    signer.put_signing_profile(**{**profile, "profileName": "twice_2"})


def test_an_alias_leads_to_one_distribution(client: Make) -> None:
    front = client("cloudfront")
    origin = {
        "Id": "o",
        "DomainName": "example.org",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
    }
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0}
    behavior["ForwardedValues"] = {"QueryString": False, "Cookies": {"Forward": "none"}}

    def settings(reference: str, *aliases: str) -> Item:
        return {
            "CallerReference": f"alias of one, {reference}",
            "Comment": "",
            "Enabled": True,
            "Aliases": {"Quantity": len(aliases), "Items": list(aliases)},
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }

    front.create_distribution(DistributionConfig=settings("1", "twice.example.org"))
    taken = settings("2", "new.example.org", "twice.example.org")
    assert refusal(front.create_distribution, DistributionConfig=taken) == "CNAMEAlreadyExists"
    tagged = {"DistributionConfig": taken, "Tags": {"Items": [{"Key": "a", "Value": "b"}]}}
    assert refusal(front.create_distribution_with_tags, DistributionConfigWithTags=tagged) == "CNAMEAlreadyExists"
    front.create_distribution(DistributionConfig=settings("3", "new.example.org"))


def test_every_code_that_is_documented_is_raised_above() -> None:
    """The documentation names no code that no test has seen, and no test is left without its line there."""
    seen = {"DuplicateListener", "PriorityInUse", "InvalidParameterValue", "Resource.AlreadyAssociated"}
    seen |= {"RouteAlreadyExists", "InvalidParameter", "BadRequestException", "ValidationException"}
    seen |= {"CNAMEAlreadyExists"}
    named = re.findall(r"[A-Z]+[a-z]+(?:\.?[A-Z][a-z]+)+", " ".join(each.words for each in DUPLICATES))
    assert set(named) == seen
