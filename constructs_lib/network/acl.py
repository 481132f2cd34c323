"""Network ACLs: a second, stateless fence around the subnets."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.network_acl import NetworkAcl, NetworkAclEgress, NetworkAclIngress
from constructs import Construct

ANYWHERE = "0.0.0.0/0"
# Return traffic of connections opened from inside, without 3389 (remote desktop), which lies in the ephemeral range.
EPHEMERAL = ((1024, 3388), (3390, 65535))


class SubnetAcl(Construct):
    """Allows everything within the VPC and, if `internet`, HTTPS out with its answers; nothing else.

    Administration ports (22, 3389) are closed to the world in both directions.
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
        internet: bool,
    ) -> None:
        super().__init__(scope, id_)
        ingress = [_ingress(100, vpc_cidr, "-1", 0, 0)]
        egress = [_egress(100, vpc_cidr, "-1", 0, 0)]
        if internet:
            ingress += [
                _ingress(200 + index, ANYWHERE, "tcp", first, last) for index, (first, last) in enumerate(EPHEMERAL)
            ]
            egress.append(_egress(200, ANYWHERE, "tcp", 443, 443))
        self.acl = NetworkAcl(
            self,
            "acl",
            vpc_id=vpc_id,
            subnet_ids=list(subnets),
            ingress=ingress,
            egress=egress,
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
