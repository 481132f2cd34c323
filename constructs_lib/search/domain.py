"""The OpenSearch domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.opensearch_domain import (
    OpensearchDomain,
    OpensearchDomainAdvancedSecurityOptions,
    OpensearchDomainAdvancedSecurityOptionsMasterUserOptions,
    OpensearchDomainAutoTuneOptions,
    OpensearchDomainClusterConfig,
    OpensearchDomainClusterConfigZoneAwarenessConfig,
    OpensearchDomainDomainEndpointOptions,
    OpensearchDomainEbsOptions,
    OpensearchDomainEncryptAtRest,
    OpensearchDomainLogPublishingOptions,
    OpensearchDomainNodeToNodeEncryption,
    OpensearchDomainOffPeakWindowOptions,
    OpensearchDomainSoftwareUpdateOptions,
    OpensearchDomainTimeouts,
    OpensearchDomainVpcOptions,
)
from constructs import Construct

from constructs_lib.identity.policy import policy_document
from constructs_lib.search.access import DomainAccess
from constructs_lib.search.logs import DomainLogs

TLS_POLICY = "Policy-Min-TLS-1-2-PFS-2023-10"
MASTER_TYPE = "m6g.large.search"
# Values every gp3 volume has without extra cost; left out, the provider would report a change for ever.
GP3_IOPS = 3000
GP3_THROUGHPUT_MIB = 125


@dataclass(frozen=True)
class Nodes:
    """Size of a domain. `dedicated_masters` is 0, 3 or 5; `volume_gib` is the gp3 disk of each data node."""

    instance_type: str = "t3.small.search"
    instance_count: int = 1
    volume_gib: int = 10
    dedicated_masters: int = 0


@dataclass(frozen=True)
class VpcOptions:
    """Subnets, one a zone, 1 to 3 (OpenSearch Service guide, "Configuring a multi-AZ domain"), and security group."""

    subnets: Sequence[str]
    security_group_id: str


class SearchDomain(Construct):
    """A domain in a VPC: encrypted at rest and between nodes, HTTPS only, fine-grained access for IAM roles alone.

    The account must have the service-linked role `AWSServiceRoleForAmazonOpenSearchService`, which exists once and is
    not created here. With `protected`, Terraform refuses to destroy the domain.

    Raises:
        ValueError: no subnet or more than three, or nodes that don't spread evenly over the zones.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        engine_version: str,
        nodes: Nodes,
        vpc: VpcOptions,
        kms_key_arn: str,
        access: DomainAccess,
        logs: DomainLogs,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        _refuse_bad_spread(nodes, len(vpc.subnets))
        self.domain = OpensearchDomain(
            self,
            "domain",
            domain_name=name,
            engine_version=engine_version,
            cluster_config=_cluster(nodes, zones=len(vpc.subnets)),
            ebs_options=_disk(nodes.volume_gib),
            vpc_options=_vpc_options(vpc),
            encrypt_at_rest=OpensearchDomainEncryptAtRest(enabled=True, kms_key_id=kms_key_arn),
            node_to_node_encryption=OpensearchDomainNodeToNodeEncryption(enabled=True),
            domain_endpoint_options=_https_only(),
            advanced_security_options=_fine_grained_access(access.administrator_arn),
            access_policies=policy_document(self, "access", *access.statements),
            auto_tune_options=_auto_tune(nodes.instance_type),
            off_peak_window_options=OpensearchDomainOffPeakWindowOptions(enabled=True),
            software_update_options=OpensearchDomainSoftwareUpdateOptions(auto_software_update_enabled=True),
            log_publishing_options=_published(logs),
            # Creation, and every change that builds new nodes, takes up to an hour.
            timeouts=OpensearchDomainTimeouts(create="90m", update="90m", delete="90m"),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            # OpenSearch refuses a log group it may not write to yet, and a policy that names a role before it exists.
            depends_on=[logs.policy, *access.roles],
        )
        self.name: str = self.domain.domain_name
        self.endpoint: str = f"https://{self.domain.endpoint}"


def _refuse_bad_spread(nodes: Nodes, zones: int) -> None:
    if not 1 <= zones <= 3:
        raise ValueError(f"a domain spans 1 to 3 zones, with one subnet each; {zones} subnets were given")
    if nodes.instance_count % zones:
        raise ValueError(f"{nodes.instance_count} data nodes don't spread evenly over {zones} zones: give a multiple")


def _vpc_options(vpc: VpcOptions) -> OpensearchDomainVpcOptions:
    return OpensearchDomainVpcOptions(subnet_ids=list(vpc.subnets), security_group_ids=[vpc.security_group_id])


def _https_only() -> OpensearchDomainDomainEndpointOptions:
    return OpensearchDomainDomainEndpointOptions(enforce_https=True, tls_security_policy=TLS_POLICY)


def _cluster(nodes: Nodes, *, zones: int) -> OpensearchDomainClusterConfig:
    masters = nodes.dedicated_masters
    return OpensearchDomainClusterConfig(
        instance_type=nodes.instance_type,
        instance_count=nodes.instance_count,
        zone_awareness_enabled=zones > 1,
        zone_awareness_config=(
            OpensearchDomainClusterConfigZoneAwarenessConfig(availability_zone_count=zones) if zones > 1 else None
        ),
        dedicated_master_enabled=masters > 0,
        dedicated_master_count=masters or None,
        dedicated_master_type=MASTER_TYPE if masters else None,
        multi_az_with_standby_enabled=False,
    )


def _disk(volume_gib: int) -> OpensearchDomainEbsOptions:
    return OpensearchDomainEbsOptions(
        ebs_enabled=True,
        volume_type="gp3",
        volume_size=volume_gib,
        iops=GP3_IOPS,
        throughput=GP3_THROUGHPUT_MIB,
    )


def _fine_grained_access(administrator_arn: str) -> OpensearchDomainAdvancedSecurityOptions:
    return OpensearchDomainAdvancedSecurityOptions(
        enabled=True,
        anonymous_auth_enabled=False,
        internal_user_database_enabled=False,
        master_user_options=OpensearchDomainAdvancedSecurityOptionsMasterUserOptions(master_user_arn=administrator_arn),
    )


def _published(logs: DomainLogs) -> list[OpensearchDomainLogPublishingOptions]:
    return [
        OpensearchDomainLogPublishingOptions(log_type=log_type, cloudwatch_log_group_arn=arn, enabled=True)
        for log_type, arn in logs.arns.items()
    ]


def _auto_tune(instance_type: str) -> OpensearchDomainAutoTuneOptions:
    """Auto-Tune, off for T2 and T3: such nodes have none, and OpenSearch refuses a domain that doesn't say so."""
    if instance_type.startswith(("t2.", "t3.")):
        return OpensearchDomainAutoTuneOptions(desired_state="DISABLED")
    return OpensearchDomainAutoTuneOptions(desired_state="ENABLED", use_off_peak_window=True)
