"""The function that finishes the domain, and its run at apply."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cdktf_cdktf_provider_aws.lambda_function import LambdaFunctionVpcConfig
from cdktf_cdktf_provider_aws.lambda_invocation import LambdaInvocation
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

import passages
from constructs_lib.functions.signed import FunctionNetwork, Runs, sign_sources, signed_function
from constructs_lib.search.bootstrap_role import BootstrapRole
from constructs_lib.search.domain import VpcOptions
from constructs_lib.security.code_signing import Signer
from passages.layout import DIMENSIONS

SOURCE = Path(__file__).with_name("bootstrap_lambda")
# What it shares with ingestion; a change of the other modules is none of this function.
SHARED = tuple(Path(passages.__path__[0]) / f"{name}.py" for name in ("__init__", "domain", "layout"))
HTTPS = 443
# Requests take seconds; a domain that is still settling is given about two minutes.
TIMEOUT_SECONDS = 300


@dataclass(frozen=True)
class DomainContent:
    """The index the domain shall hold, of `dimensions` floats, and ARNs of the roles that read and write it.

    `index` is an alias: the function makes `index`-001 behind it, and ingestion the versions after that.
    """

    endpoint: str
    index: str
    readers: tuple[str, ...]
    writers: tuple[str, ...] = ()
    dimensions: int = DIMENSIONS
    replicas: int = 0


class SearchBootstrap(Construct):
    """Runs a function inside the VPC whenever the domain, the wanted content or the function's code changes.

    Fine-grained access control, audit logging, slow-log thresholds and the k-NN index live inside the domain, which
    only the VPC reaches; the function sets them, and a second run changes nothing. It runs in the subnets of
    `domain_vpc`, and needs the domain and no other way out. Lambda takes only code that `signing` has signed. A failure
    ends the apply with the function's message.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        role: BootstrapRole,
        content: DomainContent,
        signing: Signer,
        vpc_id: str,
        domain_vpc: VpcOptions,
        kms_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        package = sign_sources(self, signing=signing, name=role.function_name, sources=(SOURCE,), with_modules=SHARED)
        wanted = json.dumps(asdict(content), sort_keys=True)
        group, rules = _reach(self, role.function_name, vpc_id, domain_vpc.security_group_id)
        # Terraform waits for the answer; a caller that doesn't wait must not lose a failure.
        self.function = signed_function(
            self,
            "function",
            runs_as=role.runs_as,
            runs=Runs(
                "bootstrap_lambda.handler.handle",
                "Finishes the OpenSearch domain: roles, audit log, slow logs, index",
                TIMEOUT_SECONDS,
            ),
            code=package,
            variables={"SEARCH_BOOTSTRAP": wanted},
            kms_key_arn=kms_key_arn,
            network=FunctionNetwork(
                LambdaFunctionVpcConfig(subnet_ids=list(domain_vpc.subnets), security_group_ids=[group.id])
            ),
        )
        LambdaInvocation(
            self,
            "run",
            function_name=self.function.function_name,
            input="{}",
            triggers={"code": package.sha256_base64, "content": wanted},
            # Before the rules exist, the function can't reach the domain.
            depends_on=list(rules),
        )


def _reach(
    scope: Construct, name: str, vpc_id: str, search_group_id: str
) -> tuple[SecurityGroup, tuple[VpcSecurityGroupEgressRule, VpcSecurityGroupIngressRule]]:
    """A security group that reaches the domain and nothing else, and that nothing reaches."""
    group = SecurityGroup(
        scope,
        "group",
        name=name,
        description="Function that finishes the OpenSearch domain",
        vpc_id=vpc_id,
        tags={"Name": name},
    )
    out = VpcSecurityGroupEgressRule(
        scope,
        "out",
        security_group_id=group.id,
        referenced_security_group_id=search_group_id,
        description="To the OpenSearch domain",
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
    )
    into = VpcSecurityGroupIngressRule(
        scope,
        "in",
        security_group_id=search_group_id,
        referenced_security_group_id=group.id,
        description="Function that finishes the domain",
        ip_protocol="tcp",
        from_port=HTTPS,
        to_port=HTTPS,
    )
    return group, (out, into)
