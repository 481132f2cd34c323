"""The functions of ingestion: one package for all, one handler module and one role a function."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.data_aws_ec2_managed_prefix_list import DataAwsEc2ManagedPrefixList
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from constructs_lib.functions.signed import FunctionNetwork, Runs, sign_sources, signed_function
from constructs_lib.identity.function_role import RunsAs
from constructs_lib.search.domain import VpcOptions
from constructs_lib.security.code_signing import Signer

_ROOT = Path(__file__).parents[2]
SOURCES = (_ROOT / "ingestion", _ROOT / "passages")
DISTRIBUTIONS = ("beautifulsoup4", "soupsieve", "typing_extensions")
VARIABLE = "INGESTION"
HTTPS = 443
# Lambda's longest; a run's own time is limited by its state machine.
TIMEOUT_SECONDS = 900
MEMORY_MIB = 512


class IngestionCode(Construct):
    """The package of all functions: our own code and the pinned distributions that it imports, signed."""

    def __init__(self, scope: Construct, id_: str, *, signer: Signer, name: str) -> None:
        super().__init__(scope, id_)
        self.package = sign_sources(
            self, signing=signer, name=name, archive=name, sources=SOURCES, distributions=DISTRIBUTIONS
        )


class IngestionFunction(Construct):
    """One function of the package, with handler `ingestion.functions.<module>.handle` and its settings as JSON.

    Without `network` it runs outside the VPC. An error that no caller waits for is told to the topic of failures.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        module: str,
        code: IngestionCode,
        runs_as: RunsAs,
        settings: Mapping[str, Any],
        kms_key_arn: str,
        network: LoadNetwork | None = None,
    ) -> None:
        super().__init__(scope, id_)
        function = signed_function(
            self,
            "function",
            runs_as=runs_as,
            runs=Runs(f"ingestion.functions.{module}.handle", f"Ingestion: {module}", TIMEOUT_SECONDS, MEMORY_MIB),
            code=code.package,
            variables={VARIABLE: json.dumps(settings, sort_keys=True)},
            kms_key_arn=kms_key_arn,
            network=FunctionNetwork(network.config, network.rules) if network else None,
        )
        self.arn: str = function.arn


class LoadNetwork(Construct):
    """Security group of the loader: to S3's gateway endpoint and to the domain, over HTTPS, and nowhere else."""

    def __init__(
        self, scope: Construct, id_: str, *, name: str, vpc_id: str, domain_vpc: VpcOptions, region: str
    ) -> None:
        super().__init__(scope, id_)
        description = "Loader of the index: reaches S3 and OpenSearch"
        group = SecurityGroup(self, "group", name=name, description=description, vpc_id=vpc_id, tags={"Name": name})
        s3 = DataAwsEc2ManagedPrefixList(self, "s3", name=f"com.amazonaws.{region}.s3")
        search = domain_vpc.security_group_id
        self.config = LambdaFunctionVpcConfig(subnet_ids=list(domain_vpc.subnets), security_group_ids=[group.id])
        self.rules: tuple[ITerraformDependable, ...] = (
            self._out("to_s3", group, "To S3 through its endpoint", prefix_list_id=s3.id),
            self._out("to_search", group, "To the OpenSearch domain", referenced_security_group_id=search),
            VpcSecurityGroupIngressRule(
                self,
                "into_search",
                security_group_id=search,
                referenced_security_group_id=group.id,
                description=description,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
            ),
        )

    def _out(
        self,
        id_: str,
        group: SecurityGroup,
        description: str,
        *,
        prefix_list_id: str | None = None,
        referenced_security_group_id: str | None = None,
    ) -> VpcSecurityGroupEgressRule:
        return VpcSecurityGroupEgressRule(
            self,
            id_,
            security_group_id=group.id,
            prefix_list_id=prefix_list_id,
            referenced_security_group_id=referenced_security_group_id,
            description=description,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )
