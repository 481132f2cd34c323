"""VPC Block Public Access: one setting of account and region that stops traffic through internet gateways."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "VPC Block Public Access"
BOTH_WAYS, INWARD = "block-bidirectional", "block-ingress"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the setting stops CloudFront's VPC origin or the tasks' way out.

    "VPC BPA basics" in the VPC user guide: both modes stop VPC origins and addresses of one's own; NAT gateways work
    under the one that blocks traffic inwards.
    """
    options = account.ask("ec2", "describe_vpc_block_public_access_options").get("VpcBlockPublicAccessOptions", {})
    mode = options.get("InternetGatewayBlockMode", "off")
    stopped = list(_stopped(account, mode))
    vpc_id = account.env.network.vpc_id
    if not stopped or (vpc_id and _excluded(account, vpc_id)):
        yield Diagnosis(NAME, "green", f"{mode}{', without effect here' if mode != 'off' else ''}")
        return
    exclude = f"aws ec2 create-vpc-block-public-access-exclusion --vpc-id {vpc_id or 'ID'}"
    when = "" if vpc_id else " once the layer infrastructure has built the VPC"
    fix = f"Exclude the VPC{when}: `{exclude} --internet-gateway-exclusion-mode allow-bidirectional`."
    if options.get("ExclusionsAllowed") == "not-allowed":
        fix = "The organization's declarative policy allows no exclusions: ask whoever keeps it."
    yield Diagnosis(NAME, "red", f"{mode} stops {' and '.join(stopped)}", fix)


def _stopped(account: Account, mode: str) -> Iterator[str]:
    egress = account.env.network.egress
    if account.env.edge.enabled and mode in (BOTH_WAYS, INWARD):
        yield "CloudFront's VPC origin"
    if egress == "public_ip" and mode in (BOTH_WAYS, INWARD):
        yield "tasks with an address of their own"
    if egress.startswith("nat") and mode == BOTH_WAYS:
        yield "NAT gateways"


def _excluded(account: Account, vpc_id: str) -> bool:
    """Whether the VPC as a whole is excluded in both directions."""
    listed = account.ask("ec2", "describe_vpc_block_public_access_exclusions")["VpcBlockPublicAccessExclusions"]
    return any(
        each["ResourceArn"].endswith(f":vpc/{vpc_id}")
        and each["InternetGatewayExclusionMode"] == "allow-bidirectional"
        and each["State"] in ("create-complete", "update-complete")
        for each in listed
    )
