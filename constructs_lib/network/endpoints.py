"""VPC endpoints: the free gateway one for S3, and interface endpoints for private egress."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.identity.policy import Statement, policy_document

HTTPS = 443


class GatewayEndpoint(Construct):
    """Free route to S3 that keeps image layers off NAT gateways and the internet, and leads to nothing else."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        region: str,
        partition: str,
        route_tables: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        self.endpoint = VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_tables),
            # Only ECR's layer bucket (ECR user guide, interface endpoints): it belongs to AWS, so a condition on the
            # account would shut it out.
            policy=policy_document(
                self,
                "s3_policy",
                Statement(
                    sid="PullImageLayers",
                    actions=("s3:GetObject",),
                    resources=(f"arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*",),
                    principals={"AWS": ("*",)},
                    conditions=(("StringEquals", "aws:SourceVpc", (vpc_id,)),),
                ),
            ),
            tags={"Name": f"{name}-s3"},
        )


class InterfaceEndpoints(Construct):
    """One interface endpoint a service, about 7 USD a month each and zone, so that tasks need no way to the internet.

    Only members of the given security groups may open connections, and only principals of `account_id` may call.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        region: str,
        account_id: str,
        subnets: Sequence[str],
        client_groups: Sequence[str],
        services: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        group = SecurityGroup(
            self,
            "group",
            name=f"{name}-endpoints",
            description="Interface endpoints: HTTPS from the tasks",
            vpc_id=vpc_id,
            tags={"Name": f"{name}-endpoints"},
        )
        for index, client in enumerate(client_groups):
            VpcSecurityGroupIngressRule(
                self,
                f"from_client_{index}",
                security_group_id=group.id,
                referenced_security_group_id=client,
                description="HTTPS from the tasks",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
            )
        policy = policy_document(
            self,
            "policy",
            Statement(
                sid="ThisAccountOnly",
                actions=("*",),
                resources=("*",),
                principals={"AWS": ("*",)},
                conditions=(("StringEquals", "aws:PrincipalAccount", (account_id,)),),
            ),
        )
        for service in services:
            VpcEndpoint(
                self,
                service.replace(".", "_").replace("-", "_"),
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{region}.{service}",
                vpc_endpoint_type="Interface",
                subnet_ids=list(subnets),
                security_group_ids=[group.id],
                private_dns_enabled=True,
                policy=policy,
                tags={"Name": f"{name}-{service.replace('.', '-')}"},
            )
        self.security_group_id = group.id
