"""VPC endpoints: the free gateway one for S3, and interface endpoints for private egress."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, policy_document

HTTPS = 443


class GatewayEndpoint(Construct):
    """Free route to S3 that keeps image layers off NAT gateways and the internet.

    It leads to nothing else but what `statements` allow.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        place: Place,
        route_tables: Sequence[str],
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.endpoint = VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_tables),
            # ECR's layer bucket (ECR user guide, interface endpoints): it belongs to AWS, so a condition on the
            # account would shut it out. A condition on this VPC would narrow nothing, since no other one uses the
            # endpoint, and isn't documented to hold for the signed addresses that layers are pulled from.
            policy=policy_document(
                self,
                "s3_policy",
                Statement(
                    sid="PullImageLayers",
                    actions=("s3:GetObject",),
                    resources=(place.bucket_arn(f"prod-{place.region}-starport-layer-bucket/*"),),
                    principals={"AWS": ("*",)},
                    conditions=(("Bool", "aws:SecureTransport", ("true",)),),
                ),
                *statements,
            ),
            tags={"Name": f"{name}-s3"},
        )


class InterfaceEndpoints(Construct):
    """One interface endpoint a service, about 7 USD a month each and zone, so that tasks need no way to the internet.

    Only members of the given security groups may open connections, and only principals of the place's account may call.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        place: Place,
        subnets: Sequence[str],
        client_groups: Sequence[str],
        services: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        group = self._group(f"{name}-endpoints", vpc_id)
        for index, client in enumerate(client_groups):
            self._admit(f"from_client_{index}", client, group)
        policy = policy_document(self, "policy", _this_account_only(place.account_id))
        for service in services:
            VpcEndpoint(
                self,
                service.replace(".", "_").replace("-", "_"),
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{place.region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=list(subnets),
                security_group_ids=[group.id],
                private_dns_enabled=True,
                policy=policy,
                tags={"Name": f"{name}-{service.replace('.', '-')}"},
            )
        self.security_group_id = group.id

    def _group(self, name: str, vpc_id: str) -> SecurityGroup:
        description = "Interface endpoints: HTTPS from the tasks"
        return SecurityGroup(self, "group", name=name, description=description, vpc_id=vpc_id, tags={"Name": name})

    def _admit(self, id_: str, client_group_id: str, group: SecurityGroup) -> None:
        VpcSecurityGroupIngressRule(
            self,
            id_,
            security_group_id=group.id,
            referenced_security_group_id=client_group_id,
            description="HTTPS from the tasks",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )


def _this_account_only(account_id: str) -> Statement:
    return Statement(
        sid="ThisAccountOnly",
        actions=("*",),
        resources=("*",),
        principals={"AWS": ("*",)},
        conditions=(("StringEquals", "aws:PrincipalAccount", (account_id,)),),
    )
