"""The role of the function that finishes the domain. It exists before the domain, whose administrator it is."""

from __future__ import annotations

from constructs import Construct

from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.search.access import configure_statement

INTERFACE = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
LOOK_UP = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")


class BootstrapRole(Construct):
    """May configure `domain_arn`, write to its own log group, and let Lambda attach the function to the VPC.

    The function's own code may not touch network interfaces: only Lambda itself does that with the role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        function_name: str,
        domain_arn: str,
        log_group_name: str,
        log_retention_days: int,
        kms_key_arn: str,
        account_id: str,
        region: str,
        partition: str,
    ) -> None:
        super().__init__(scope, id_)
        self.log_group = LogGroup(
            self, "log", name=log_group_name, retention_days=log_retention_days, kms_key_arn=kms_key_arn
        )
        function = f"arn:{partition}:lambda:{region}:{account_id}:function:{function_name}"
        role = ServiceRole(
            self,
            "role",
            name=name,
            service="lambda.amazonaws.com",
            account_id=account_id,
            description="Finishes the OpenSearch domain from inside the VPC",
        )
        self.function_name = function_name
        self.arn: str = role.arn
        self.policy = role.allow(
            "access",
            (
                configure_statement(domain_arn),
                Statement(
                    sid="WriteLog",
                    actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                    resources=(f"{self.log_group.arn}:*",),
                ),
                Statement(
                    sid="ReadConfiguration",
                    actions=("kms:Decrypt",),
                    resources=(kms_key_arn,),
                    conditions=(("StringEquals", "kms:ViaService", (f"lambda.{region}.amazonaws.com",)),),
                ),
                *_network(function, account_id=account_id, region=region, partition=partition),
            ),
        )


def _network(function: str, *, account_id: str, region: str, partition: str) -> tuple[Statement, ...]:
    return (
        # Lambda names no interface beforehand, so it must hold for all ("Giving Lambda functions access to a VPC").
        Statement(sid="AttachToVpc", actions=INTERFACE, resources=(f"arn:{partition}:ec2:{region}:{account_id}:*/*",)),
        # These two work on all resources or not at all (service authorization reference, EC2).
        Statement(sid="LookUpVpc", actions=LOOK_UP, resources=("*",)),
        Statement(
            sid="NotTheCode",
            effect="Deny",
            actions=(*INTERFACE, *LOOK_UP),
            resources=("*",),
            conditions=(("ArnEquals", "lambda:SourceFunctionArn", (function,)),),
        ),
    )
