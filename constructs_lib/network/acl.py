"""Network ACLs: a second, stateless fence around the subnets."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl, NetworkAclEgress, NetworkAclIngress
from constructs import Construct

ANYWHERE = "0.0.0.0/0"
HTTPS = 443
# Ports that answers to connections from inside come back to (VPC guide, "Ephemeral ports"): Linux takes them from
# 32768 up. NAT gateways and Lambda functions start at 1024, where 3389 (remote desktop) stays closed.
LINUX_ANSWERS = ((32768, 65535),)
LOW_ANSWERS = ((1024, 3388), (3390, 65535))


class SubnetAcl(Construct):
    """Allows everything within the VPC, and HTTPS out with its answers; nothing else.

    Administration ports (22, 3389) are closed to the world in both directions. HTTPS out is open in private subnets
    too, where routes decide how far it goes: a gateway endpoint answers from S3's public addresses, which change.
    Ports below 32768 are closed to the world, whatever security groups say, unless `low_answers` opens them to answers:
    for NAT gateways in the subnets, and for functions that reach S3 from there.

    `listener_port` opens the port of a load balancer that a CloudFront VPC origin reaches: its packets may carry
    CloudFront's own addresses, which is why AWS lets a security group name CloudFront's prefix list for it. A network
    ACL can't name one, so the port is open here, and the security group decides.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        vpc_cidr: str,
        subnets: Sequence[str],
        low_answers: bool = False,
        listener_port: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        ranges = LOW_ANSWERS if low_answers else LINUX_ANSWERS
        ingress = [_ingress(200 + index, ANYWHERE, "tcp", *ports) for index, ports in enumerate(ranges)]
        egress = [_egress(200, ANYWHERE, "tcp", HTTPS, HTTPS)]
        if listener_port:
            ingress.append(_ingress(300, ANYWHERE, "tcp", listener_port, listener_port))
            egress += [_egress(300 + index, ANYWHERE, "tcp", *ports) for index, ports in enumerate(LOW_ANSWERS)]
        self.acl = NetworkAcl(
            self,
            "acl",
            vpc_id=vpc_id,
            subnet_ids=list(subnets),
            ingress=[_ingress(100, vpc_cidr, "-1", 0, 0), *ingress],
            egress=[_egress(100, vpc_cidr, "-1", 0, 0), *egress],
            tags={"Name": name},
        )


def _ingress(number: int, cidr: str, protocol: str, first: int, last: int) -> NetworkAclIngress:
    return NetworkAclIngress(
        rule_no=number, action="allow", cidr_block=cidr, protocol=protocol, from_port=first, to_port=last
    )


def _egress(number: int, cidr: str, protocol: str, first: int, last: int) -> NetworkAclEgress:
    return NetworkAclEgress(
        rule_no=number, action="allow", cidr_block=cidr, protocol=protocol, from_port=first, to_port=last
    )
