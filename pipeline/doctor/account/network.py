"""Compare an existing VPC with its configuration."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "existing VPC"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Compare VPC and configuration: Terraform doesn't check ids, and AWS refuses a foreign subnet only at use."""
    network = account.env.network
    if network.vpc_id is None:
        return
    wrong = list(_wrong(account, network.vpc_id))
    fix = f"Correct [network] in {account.env.name}.toml, or the VPC."
    yield Diagnosis(NAME, "red" if wrong else "green", "; ".join(wrong) or network.vpc_id, fix if wrong else "")


def _wrong(account: Account, vpc_id: str) -> Iterator[str]:
    network = account.env.network
    found = account.find("ec2", "describe_vpcs", "InvalidVpcID.NotFound", VpcIds=[vpc_id])
    if found is None:
        yield f"{vpc_id} does not exist in {account.env.region}"
        return
    (vpc,) = found["Vpcs"]
    blocks = {vpc["CidrBlock"], *(each["CidrBlock"] for each in vpc.get("CidrBlockAssociationSet", ()))}
    if network.cidr not in blocks:
        yield f"cidr is {network.cidr}, the VPC has {', '.join(sorted(blocks))}"
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    if not account.ask("ec2", "describe_internet_gateways", Filters=attached)["InternetGateways"]:
        yield "it has no internet gateway, which CloudFront's VPC origins ask for"
    wanted = (*network.private_subnet_ids, *network.public_subnet_ids)
    inside = account.all("ec2", "describe_subnets", "Subnets", Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
    strangers = sorted(set(wanted) - {each["SubnetId"] for each in inside})
    if strangers:
        yield f"no subnets of it: {', '.join(strangers)}"
    private = [each for each in inside if each["SubnetId"] in network.private_subnet_ids]
    if not strangers and len({each["AvailabilityZone"] for each in private}) < len(network.private_subnet_ids):
        yield "two of its private subnets are in the same zone"
